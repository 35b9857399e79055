import { describe, expect, it } from 'vitest';
import { type Log, type Run, type Setup, startRun } from '../../src/measure/index.ts';
import { addOverhead } from '../../src/overhead.ts';
import { PROBES } from '../../src/probes/index.ts';
import type { Opened, Probe, Sensor } from '../../src/probes/probe.ts';
import { counterOf, powercapTree } from '../../src/probes/rapl/fixture.ts';
import { joules, type Seconds, seconds } from '../../src/units.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';

const SILENT: Log = { warn: () => {}, info: () => {}, debug: () => {} };

/** A probe of 80 W that notes when it is opened and for which times it is read. */
function spy(about: Partial<Sensor> & { readonly open?: () => Opened | undefined } = {}) {
  const opened: Seconds[] = [];
  const read: Seconds[] = [];
  const { open: openAs, ...sensor } = about;
  const probe: Probe = {
    id: 'spy',
    description: 'notes what is asked of it',
    components: ['cpu'],
    open: (host) => {
      const since = host.now();
      opened.push(since);
      const ok: Opened = {
        outcome: 'ok',
        sensor: {
          found: 'a spy',
          isReplayable: true,
          close: () => undefined,
          read: (now) => {
            read.push(now);
            const energy = joules(80 * (now - since));
            const about = { component: 'cpu', method: 'rapl', lost: seconds(0) } as const;
            return {
              channels: [{ ...about, joules: energy, measuredUntil: now }],
              outcomes: ['ok'],
            };
          },
          ...sensor,
        },
      };
      return openAs?.() ?? ok;
    },
  };
  return { probe, opened, read };
}

function start(probes: readonly Probe[], about: Partial<Setup> = {}) {
  const host = fixtureHost();
  const options = { host, probes, options: {}, measurePowerSecs: seconds(1), log: SILENT };
  return { host, run: startRun({ ...options, ...about }) };
}

const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, at) => 1000 + at);

describe('samples are worked out', () => {
  it('30 s after the last ones, together and in order', () => {
    const { probe, read } = spy();
    const { host } = start([probe]);
    host.clock.advance(29);
    expect(read).toEqual([1000]);
    host.clock.advance(1);
    expect(read).toEqual(upTo(30));
    host.clock.advance(29);
    expect(read).toEqual(upTo(30));
    host.clock.advance(1);
    expect(read).toEqual(upTo(60));
  });

  it('when somebody asks', () => {
    const { probe, read } = spy();
    const { host, run } = start([probe]);
    host.clock.advance(7);
    expect(run.snapshot().energy[0]?.joules).toBe(560);
    expect(read).toEqual(upTo(7));
  });

  it('the first in a turn of its own, which the end of the run takes back', () => {
    const { probe, read } = spy();
    const first = start([probe]);
    expect(read).toEqual([]);
    first.host.clock.advance(0);
    expect(read).toEqual([1000]);
    const second = start([probe]);
    second.run.pause();
    const { length } = read;
    second.host.clock.advance(5);
    expect(read).toHaveLength(length);
  });

  it('at once where a sensor asks the machine for more than kept files', () => {
    const { probe, read } = spy({ isReplayable: false });
    const { host } = start([spy().probe, probe]);
    expect(read).toEqual([1000]);
    host.clock.advance(3);
    expect(read).toEqual(upTo(3));
  });

  it('at once while a reading fails', () => {
    let outcome: 'ok' | 'failed' = 'failed';
    const read: Seconds[] = [];
    const { probe } = spy({
      read: (now) => {
        read.push(now);
        return { channels: [], outcomes: [outcome] };
      },
    });
    const { host } = start([probe]);
    host.clock.advance(3);
    expect(read).toEqual(upTo(3));
    outcome = 'ok';
    host.clock.advance(30);
    expect(read).toEqual(upTo(4));
  });

  it.each(['linux', 'darwin', 'win32'] as const)(
    'on %s, with the probes that there are',
    (platform) => {
      const stat = (second: number) => ({
        '/proc/stat': `cpu  ${100 + 50 * second} 0 0 ${1000 + 50 * second} 0 0 0 0 0 0\n`,
        '/proc/meminfo': 'MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\n',
      });
      const times = { busy: seconds(0), total: seconds(0) };
      const host = fixtureHost({ platform, files: stat(0), cpuTimes: times, cpuCount: 1 });
      let asked = 0;
      Object.assign(host, { cpuTimes: () => ({ busy: asked++ as Seconds, total: 2 * asked }) });
      const run = startRun({
        host,
        probes: PROBES,
        options: {},
        measurePowerSecs: seconds(1),
        log: SILENT,
      });
      for (let second = 1; second <= 20; second += 1) {
        host.load(stat(second));
        host.clock.advance(1);
      }
      // What is not in a kept file has been asked for at each of its times.
      expect(asked).toBe(platform === 'linux' ? 0 : 22);
      expect(run.snapshot().utilization.find(({ component }) => component === 'cpu')?.percent).toBe(
        50,
      );
    },
  );

  it('often enough for the shortest wrap of a sensor', () => {
    const { probe, read } = spy({ longestInterval: seconds(0.25) });
    const { host, run } = start([probe]);
    host.clock.advance(2);
    run.snapshot();
    expect(read).toHaveLength(9);
  });
});

describe('a probe that is not there', () => {
  it('is looked for once a minute', () => {
    const { probe, opened } = spy({ open: () => ({ outcome: 'absent', why: 'none' }) });
    const { host } = start([probe]);
    host.clock.advance(600);
    expect(opened.map((at) => at - 1000)).toEqual([
      0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600,
    ]);
  });

  it('is looked for sooner when it was there a moment ago, and then less and less often', () => {
    let isThere = true;
    const { probe, opened } = spy({
      open: () => (isThere ? undefined : { outcome: 'absent', why: 'gone' }),
      read: (now) => {
        if (now >= 1005) throw new Error('gone');
        return { channels: [], outcomes: ['ok'] };
      },
      isReplayable: false,
    });
    const { host } = start([probe]);
    isThere = false;
    host.clock.advance(200);
    expect(opened.map((at) => at - 1000)).toEqual([0, 15, 25, 45, 85, 145]);
  });
});

const GARBAGE_FROM = 31;

/** Two sockets of 100 W, of which the second holds no count after half a minute. */
function troubled(log: (host: FixtureHost) => Partial<Log>): Run {
  const at = (second: number) => ({
    [counterOf('intel-rapl:0')]: `${second * 100e6}\n`,
    [counterOf('intel-rapl:1')]: second < GARBAGE_FROM ? `${second * 100e6}\n` : 'x\n',
    '/proc/stat': `cpu  ${100 + second * 100} 0 0 ${1000 + second * 300} 0 0 0 0 0 0\n`,
    '/proc/meminfo': 'MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\n',
  });
  const tree = powercapTree({
    'intel-rapl:0': { name: 'package-0', energy: 0 },
    'intel-rapl:1': { name: 'package-1', energy: 0 },
  });
  const host = fixtureHost({ files: { ...tree, ...at(0) } });
  const run = startRun({
    host,
    probes: PROBES,
    options: {},
    measurePowerSecs: seconds(1),
    log: { ...SILENT, ...log(host) },
  });
  runs.set(host, run);
  for (let second = 1; second <= 100; second += 1) {
    host.load(at(second));
    host.clock.advance(1);
  }
  return run;
}

const runs = new WeakMap<FixtureHost, Run>();

describe('a logger', () => {
  it.each<[string, (host: FixtureHost) => void]>([
    ['that says nothing', () => undefined],
    ['that asks for figures', (host) => void runs.get(host)?.snapshot()],
    [
      'that throws',
      () => {
        throw new Error('a fault of the logger');
      },
    ],
  ])('%s does not change the figures', (_, act) => {
    let warnings = 0;
    const run = troubled((host) => ({
      warn: () => {
        warnings += 1;
        act(host);
      },
    }));
    const { duration, energy, unmeasured } = run.snapshot();
    expect(warnings).toBeGreaterThan(0);
    expect(duration).toBe(100);
    expect(energy.find(({ method }) => method === 'rapl')?.joules).toBe(100 * 100 + 30 * 100);
    expect(unmeasured.find(({ component }) => component === 'cpu')?.seconds).toBe(70);
  });
});

describe('what measuring itself takes', () => {
  it('has the opening of the probes in it', () => {
    const open = (): undefined => addBusyTime(0.05);
    const { run } = start([spy({ open }).probe]);
    expect(run.snapshot().overhead.cpuTime).toBeGreaterThan(0.05);
  });

  it.each([true, false])('is a share of the CPU’s energy, samples put off: %s', (isReplayable) => {
    const { probe } = spy({ isReplayable });
    const loaded: Probe = {
      ...probe,
      open: (host, options) => {
        const opened = probe.open(host, options);
        if (opened.outcome !== 'ok') return opened;
        const { sensor } = opened;
        const cpuBusy = (now: Seconds) => seconds((now - 1000) / 4);
        const read: Sensor['read'] = (now) => ({
          ...sensor.read(now),
          load: { cpuBusy: cpuBusy(now) },
        });
        return { outcome: 'ok', sensor: { ...sensor, read } };
      },
    };
    const host = fixtureHost({ cpuCount: 1 });
    const { run } = start([loaded], { host });
    for (let second = 0; second < 200; second += 1) {
      addOverhead(0.05);
      host.clock.advance(1);
    }
    // 0.05 s of the 0.25 s in which the CPU is busy: a fifth of 80 W, and a little for what really ran.
    const { energy } = run.snapshot().overhead;
    expect(energy / (80 * 200)).toBeGreaterThan(0.195);
    expect(energy / (80 * 200)).toBeLessThan(0.25);
  });
});

function addBusyTime(time: number): undefined {
  const end = performance.now() + time * 1e3;
  while (performance.now() < end);
}
