import { describe, expect, it } from 'vitest';
import { type Log, type Run, type Setup, startRun } from '../../src/measure/index.ts';
import { addOverhead } from '../../src/overhead.ts';
import { PROBES } from '../../src/probes/index.ts';
import type { Opened, Probe, Sensor } from '../../src/probes/probe.ts';
import { counterOf, powercapTree } from '../../src/probes/rapl/fixture.ts';
import { raplProbe } from '../../src/probes/rapl/index.ts';
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

function start(
  probes: readonly Probe[],
  { host = fixtureHost(), ...about }: Partial<Setup> & { host?: FixtureHost } = {},
) {
  const options = { host, probes, options: {}, measurePowerSecs: seconds(1), log: SILENT };
  return { host, run: startRun({ ...options, ...about }) };
}

const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, at) => 1000 + at);

describe('samples are worked out', () => {
  it('a minute after the last ones, together and in order', () => {
    const { probe, read } = spy();
    const { host } = start([probe]);
    host.clock.advance(60);
    expect(read).toEqual([1000]);
    host.clock.advance(1);
    expect(read).toEqual(upTo(61));
    host.clock.advance(60);
    expect(read).toEqual(upTo(61));
    host.clock.advance(1);
    expect(read).toEqual(upTo(122));
  });

  it('only with the collections of a reader that collects once a minute, and what is not there is looked for then', () => {
    const { probe, read } = spy();
    const missing = spy({ open: () => ({ outcome: 'absent', why: 'none' }) });
    const { host, run } = start([probe, missing.probe]);
    host.clock.advance(0.3);
    run.snapshot();
    for (let minute = 1; minute <= 10; minute += 1) {
      const before = read.length;
      host.clock.advance(60.001);
      expect(read).toHaveLength(before);
      run.snapshot();
    }
    expect(missing.opened).toHaveLength(11);
  });

  it('when somebody asks', () => {
    const { probe, read } = spy();
    const { host, run } = start([probe]);
    host.clock.advance(7);
    expect(run.snapshot().energy[0]?.joules).toBe(560);
    expect(read).toEqual(upTo(7));
  });

  it('the first in a turn of its own', () => {
    const { probe, read } = spy();
    const { host } = start([probe]);
    expect(read).toEqual([]);
    host.clock.advance(0);
    expect(read).toEqual([1000]);
  });

  it('as far back as the window over which power is averaged', () => {
    const { host, run } = start([spy().probe], { measurePowerSecs: seconds(5) });
    for (const time of [60, 1, 1]) {
      host.clock.advance(time);
      expect(run.snapshot().power[0]?.watts).toBe(80);
    }
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

  it('often enough for the shortest wrap of a sensor, which may be another one when it is opened again', () => {
    let longestInterval = seconds(0.25);
    const { probe, read } = spy({
      read: (now) => {
        if (now === 1002) throw new Error('gone');
        read.push(now);
        return { channels: [], outcomes: ['ok'] };
      },
    });
    const wrapping: Probe = {
      ...probe,
      open: (machine, options) => {
        const opened = probe.open(machine, options);
        if (opened.outcome !== 'ok') return opened;
        return { ...opened, sensor: { ...opened.sensor, longestInterval } };
      },
    };
    const { host, run } = start([wrapping]);
    host.clock.advance(2);
    run.snapshot();
    expect(read).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((quarter) => 1000 + quarter / 4));
    longestInterval = seconds(0.5);
    host.clock.advance(13);
    run.snapshot();
    const late = read.filter((at) => at >= 1013);
    expect(late).toEqual([1013, 1013.5, 1014, 1014.5, 1015]);
  });
});

describe('a probe that is not there', () => {
  it('is looked for once a minute', () => {
    const { probe, opened } = spy({ open: () => ({ outcome: 'absent', why: 'none' }) });
    const { host } = start([probe]);
    host.clock.advance(600);
    expect(opened.map((at) => at - 1000)).toEqual([0, 61, 122, 183, 244, 305, 366, 427, 488, 549]);
  });

  it('is looked for sooner when something is there that cannot be read', () => {
    const { probe, opened } = spy({ open: () => ({ outcome: 'denied', why: 'not allowed' }) });
    const { host } = start([probe]);
    host.clock.advance(200);
    expect(opened.map((at) => at - 1000)).toEqual([0, 10, 30, 70, 129, 188]);
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
    expect(opened.map((at) => at - 1000)).toEqual([0, 15, 25, 45, 85, 144]);
  });
});

it('a sensor that dies in samples put off is opened again now, and not at a time that has passed', () => {
  const { probe, opened } = spy({
    read: (now) => {
      if (now >= 1005 && opened.length === 1) throw new Error('gone');
      return { channels: [], outcomes: ['ok'] };
    },
  });
  const { host } = start([probe]);
  host.clock.advance(61);
  expect(opened).toEqual([1000, 1061]);
});

const GARBAGE_FROM = 31;

/** Two sockets of 100 W, of which the second holds no count after half a minute: 100 s of them. */
async function troubled(act: (run: Run) => void) {
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
  let warnings = 0;
  let isUnderWay = false;
  const warn = (): void => {
    expect(isUnderWay).toBe(false);
    warnings += 1;
    act(run);
  };
  const { host, run } = start(PROBES, {
    host: fixtureHost({ files: { ...tree, ...at(0) } }),
    log: { ...SILENT, warn },
  });
  for (let second = 1; second <= 100; second += 1) {
    host.load(at(second));
    isUnderWay = true;
    host.clock.advance(1);
    isUnderWay = false;
    await Promise.resolve();
  }
  return { run, warnings };
}

describe('a logger', () => {
  it.each<[string, (run: Run) => void]>([
    ['that says nothing', () => undefined],
    ['that asks for figures', (run) => run.snapshot()],
    [
      'that throws',
      () => {
        throw new Error('a fault of the logger');
      },
    ],
    [
      'that stops the run and goes on with it',
      (run) => {
        run.pause();
        run.resume();
      },
    ],
  ])('%s does not change the figures', async (_, act) => {
    const { run, warnings } = await troubled(act);
    const { duration, energy, unmeasured } = run.snapshot();
    expect(warnings).toBeGreaterThan(0);
    expect(duration).toBe(100);
    expect(energy.find(({ method }) => method === 'rapl')?.joules).toBe(100 * 100 + 30 * 100);
    expect(unmeasured.find(({ component }) => component === 'cpu')?.seconds).toBe(70);
  });
});

/** Sockets whose files hold what a test says at the moment at which they are read. */
function sockets(texts: readonly ((second: number) => string)[]) {
  const ids = texts.map((_, index) => `intel-rapl:${index}`);
  const zones = ids.map((id, index) => [id, { name: `package-${index}`, energy: 0 }] as const);
  const host = fixtureHost({ files: powercapTree(Object.fromEntries(zones)) });
  const { open } = host;
  Object.assign(host, {
    open: (path: string, limit: number) => {
      const opened = open(path, limit);
      const text = texts[ids.findIndex((id) => path === counterOf(id))];
      if (!opened.ok || text === undefined) return opened;
      const now = (): string => text(host.now() - 1000);
      const copy = (target: Buffer, offset: number) => target.write(now(), offset, 'latin1');
      const read = () => ({ ok: true, value: now() });
      return { ok: true, value: { ...opened.value, copy, read } };
    },
  });
  const said: string[] = [];
  const log = { ...SILENT, warn: (words: string) => void said.push(words) };
  return { ...start([raplProbe], { host, log }), said };
}

const EIGHTY_WATTS = (second: number): string => `${Math.round(second * 80e6)}\n`;

describe('a counter', () => {
  it('that stood for a while is not called standing when it moves again', async () => {
    const { host, said } = sockets([(second) => EIGHTY_WATTS(Math.max(0, second - 22))]);
    host.clock.advance(40);
    await Promise.resolve();
    expect(said.filter((words) => words.includes('has not moved'))).toEqual([]);
  });

  it('that is empty at the last sample only, and not a moment later, is complete', () => {
    let empty = 0;
    const { host, run } = sockets([
      EIGHTY_WATTS,
      (second) => (empty-- > 0 ? '' : EIGHTY_WATTS(second)),
    ]);
    host.clock.advance(2.9);
    empty = 1;
    run.pause();
    const { energy, unmeasured } = run.snapshot();
    expect(energy[0]?.joules).toBeCloseTo(160 * 2.9, 6);
    expect(unmeasured.find(({ component }) => component === 'cpu')?.seconds).toBe(0);
  });
});

describe('what measuring itself takes', () => {
  it('has the opening of the probes in it', () => {
    const open = (): undefined => addBusyTime(0.05);
    const { run } = start([spy({ open }).probe]);
    expect(run.snapshot().overhead.cpuTime).toBeGreaterThan(0.05);
  });

  it('has the taking of samples in it that are put off', () => {
    const host = fixtureHost();
    const { now } = host;
    let taken = 0;
    Object.assign(host, { now: () => now() + taken });
    const file = { limit: 10, read: () => ({ ok: true, value: '1' }) as const, close: () => {} };
    const copy = () => {
      taken += 0.01;
      return 1;
    };
    Object.assign(host, { open: () => ({ ok: true, value: { ...file, copy } }) });
    const { probe } = spy();
    const keeping: Probe = {
      ...probe,
      open: (machine, options) => {
        machine.open('/proc/stat', 10);
        return probe.open(machine, options);
      },
    };
    const { run } = start([keeping], { host });
    host.clock.advance(20);
    expect(run.snapshot().overhead.cpuTime).toBeGreaterThan(0.19);
  });

  it.each([true, false])('is a share of the CPU’s energy, samples put off: %s', (isReplayable) => {
    // 0.05 s of the 0.25 s in which the CPU is busy: a fifth of 80 W, and a little for what really ran.
    const share = shareOfEnergy(0.05, 0.25, isReplayable);
    expect(share).toBeGreaterThan(0.195);
    expect(share).toBeLessThan(0.25);
  });

  it('is never more than all of it, however little the system says that the CPU was busy', () => {
    expect(shareOfEnergy(0.05, 0.001)).toBeCloseTo(1, 9);
  });
});

/** Our share of the CPU's energy when we take `own` seconds of the `busy` ones in each second. */
function shareOfEnergy(own: number, busy: number, isReplayable = true): number {
  const { probe } = spy({ isReplayable });
  const loaded: Probe = {
    ...probe,
    open: (host, options) => {
      const opened = probe.open(host, options);
      if (opened.outcome !== 'ok') return opened;
      const { sensor } = opened;
      const read: Sensor['read'] = (now) => ({
        ...sensor.read(now),
        load: { cpuBusy: seconds((now - 1000) * busy) },
      });
      return { outcome: 'ok', sensor: { ...sensor, read } };
    },
  };
  const host = fixtureHost({ cpuCount: 1 });
  const { run } = start([loaded], { host });
  for (let second = 0; second < 200; second += 1) {
    addOverhead(own);
    host.clock.advance(1);
  }
  return run.snapshot().overhead.energy / (80 * 200);
}

function addBusyTime(time: number): undefined {
  const end = performance.now() + time * 1e3;
  while (performance.now() < end);
}
