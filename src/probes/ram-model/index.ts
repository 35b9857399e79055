import type { Host } from '../../host.ts';
import { once } from '../../once.ts';
import type { Method, Outcome } from '../../semconv.ts';
import { energyOf, type Gibibytes, type Seconds, seconds, type Watts, watts } from '../../units.ts';
import { type MemoryLimit, memoryLimit } from '../cgroup.ts';
import type { Opened, Probe, ProbeOptions, Sensor } from '../probe.ts';
import { dimmCount, dimmPower, installedSize, memoryPower } from './dimm.ts';
import { machineMemory } from './parse.ts';
import { groupMemory, hostMemory, type MemoryMeter } from './use.ts';

/**
 * Energy of the memory from its size, where no counter tells, and how much of it is in use. Reads `/proc/meminfo`
 * (proc(5)) every 5 s, or the memory files of the container that limits this process.
 */
export const ramModelProbe: Probe = {
  id: 'ram-model',
  description: 'Memory from its size: watts per DIMM, or per GB of the limit of a container',
  components: ['ram'],
  open,
};

function open(host: Host, options: ProbeOptions): Opened {
  const total = once(() => machineMemory(host));
  const isKnown = host.memory().total > 0 || total() > 0;
  if (!isKnown && options.forceRamPower === undefined) {
    return { outcome: 'failed', why: `${host.proc('meminfo')}: the size of the memory is unknown` };
  }
  const limit = memoryLimit(host, total);
  const power = once(() => choosePower(host, total(), limit, options));
  const meter = limit ? groupMemory(host, limit) : hostMemory(host);
  const sensor = sensorOf(power, meter, host.platform === 'linux');
  return { outcome: 'ok', sensor };
}

interface RamPower {
  readonly method: Method;
  readonly power: Watts;
  readonly found: string;
}

function choosePower(
  host: Host,
  total: Gibibytes,
  limit: MemoryLimit | undefined,
  { forceRamPower, powerModels }: ProbeOptions,
): RamPower {
  if (forceRamPower !== undefined) {
    const found = `constant ${forceRamPower} W, as the user states`;
    return { method: 'user', power: watts(forceRamPower), found };
  }
  const codecarbon = powerModels === 'codecarbon';
  if (limit && !codecarbon) return perGibibyte(limit.limit);
  return dimms(codecarbon ? total : installedSize(total), /^arm/.test(host.arch));
}

function perGibibyte(limit: Gibibytes): RamPower {
  const found = `container's limit of ${tidy(limit)} GB at 0.392 W/GB`;
  return { method: 'per_gb_model', power: memoryPower(limit), found };
}

function dimms(size: Gibibytes, arm: boolean): RamPower {
  const power = dimmPower(size, arm);
  const found = `${tidy(size)} GB, taken for ${dimmCount(size)} DIMMs: ${tidy(power)} W`;
  return { method: 'dimm_model', power, found };
}

function sensorOf(model: () => RamPower, meter: MemoryMeter, isReplayable: boolean): Sensor {
  let since: Seconds | undefined;
  return {
    get found() {
      return model().found;
    },
    isReplayable,
    read: (now) => {
      const { method, power } = model();
      const first = since === undefined;
      since ??= now;
      const time = seconds(Math.max(0, now - since));
      const use = meter.read();
      const outcome: Outcome = use === undefined ? 'failed' : first ? 'first' : 'ok';
      return {
        channels: [
          {
            component: 'ram',
            method,
            joules: energyOf(power, time),
            measuredUntil: seconds(since + time),
            lost: seconds(0),
          },
        ],
        outcomes: [outcome],
        ...(use && { load: { ramUsed: use.used, ramTotal: use.total } }),
      };
    },
    close: meter.close,
  };
}

const tidy = (value: number): string => String(Math.round(value * 100) / 100);
