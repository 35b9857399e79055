import type { Host } from '../../host.ts';
import { once } from '../../once.ts';
import type { Outcome } from '../../semconv.ts';
import { type Seconds, watts } from '../../units.ts';
import { socketTdp } from '../cpu-info.ts';
import { type KeptCounter, keepCounter } from '../kept-counter.ts';
import {
  IMPLAUSIBLE_PACKAGE_POWER,
  type Opened,
  type Probe,
  type Problem,
  type Sensor,
} from '../probe.ts';
import { createSum } from '../summed.ts';
import { findSockets, type SocketCounter } from './parse.ts';

/**
 * Energy of CPU sockets from hwmon drivers (specification, section 4). The driver accumulates to 64 bits,
 * so a wrap is neither known nor to be expected.
 */
export const hwmonProbe: Probe = {
  id: 'hwmon',
  description: 'CPU energy counters of Linux hardware-monitoring drivers (amd_energy)',
  components: ['cpu'],
  open: (host) => {
    if (host.platform !== 'linux') {
      return { outcome: 'absent', why: `hwmon is a part of Linux, not of ${host.platform}` };
    }
    const sockets = findSockets(host);
    if (sockets.length === 0) {
      return {
        outcome: 'absent',
        why: `${host.sys('class/hwmon')}: no energy counter of a CPU socket`,
      };
    }
    return openCounters(host, sockets);
  },
};

function openCounters(host: Host, sockets: readonly SocketCounter[]): Opened {
  const now = host.now();
  const limits = once(() => ({
    maxPower: watts(Math.max(IMPLAUSIBLE_PACKAGE_POWER, 3 * (socketTdp(host) ?? 0))),
  }));
  const counters = sockets.map(({ path, label, labelPath }) => {
    const isSame = (): boolean => {
      const text = host.read(labelPath);
      return text.ok && text.value.trim() === label;
    };
    return keepCounter({ host, path, limits, isSame }, now);
  });
  const outcomes = counters.map((counter) => counter.read(now));
  if (outcomes.includes('first')) {
    const found = sockets.map(({ label }) => label).join(', ');
    return { outcome: 'ok', sensor: createSensor(now, counters, outcomes, found) };
  }
  for (const counter of counters) counter.close();
  const [problem] = counters.flatMap((counter) => explain(counter) ?? []);
  const isDenied = counters.some((counter) => DENIED.test(counter.errno() ?? ''));
  return { outcome: isDenied ? 'denied' : 'failed', why: 'cannot be read', ...problem };
}

function createSensor(
  now: Seconds,
  counters: readonly KeptCounter[],
  opening: readonly Outcome[],
  found: string,
): Sensor {
  const sum = createSum(() => counters);
  sum.update(now);
  let pending = opening;
  return {
    found,
    get isReplayable() {
      return counters.every((counter) => counter.isOpen());
    },
    read: (at) => {
      const outcomes = [...pending, ...counters.map((counter) => counter.read(at))];
      pending = [];
      sum.update(at);
      const joules = sum.joules();
      const [measuredUntil, lost] = [sum.measuredUntil(), sum.lost()];
      return {
        channels: [
          {
            component: 'cpu',
            method: 'hwmon',
            joules,
            measuredUntil,
            lost,
            lostInPart: sum.lostInPart(),
            ...(sum.isWaiting() && { isPartial: true }),
          },
        ],
        outcomes,
      };
    },
    settle: sum.settle,
    close: () => {
      for (const counter of counters) counter.close();
    },
    get problems() {
      const missing = counters.filter((counter) => counter.lostSince() !== undefined);
      return missing.flatMap((counter) => explain(counter) ?? []);
    },
  };
}

const DENIED = /^(EACCES|EPERM)$/;

/** Why a counter cannot be read now, and the command that mends it. */
function explain(counter: KeptCounter): Problem | undefined {
  const errno = counter.errno();
  if (errno === undefined) return undefined;
  const why = `${counter.path} cannot be read (${errno})`;
  if (!DENIED.test(errno)) return { why };
  return { why, remedy: 'Let every user read it: sudo chmod a+r /sys/class/hwmon/*/energy*_input' };
}
