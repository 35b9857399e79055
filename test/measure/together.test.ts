import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptFile } from '../../src/host.ts';
import { type Run, startRun } from '../../src/measure/index.ts';
import type { Snapshot } from '../../src/measure/snapshot.ts';
import { PROBES } from '../../src/probes/index.ts';
import type { Probe, Sensor } from '../../src/probes/probe.ts';
import { AMD_RANGE, counterOf, powercapTree } from '../../src/probes/rapl/fixture.ts';
import { raplProbe } from '../../src/probes/rapl/index.ts';
import { seconds } from '../../src/units.ts';
import { type FixtureHost, type FixtureTree, fixtureHost } from '../support/fixture-host.ts';

/** A machine whose files hold something else at each time, in seconds since it was started. */
interface Moving {
  readonly fixed: FixtureTree;
  at(time: number): Readonly<Record<string, string>>;
}

/** Zones of RAPL, each with a name, a power in W and a counter that wraps often. */
function rapl(zones: Readonly<Record<string, readonly [name: string, watts: number]>>): Moving {
  const entries = Object.entries(zones);
  const zone = (name: string) => ({ name, energy: 0, range: AMD_RANGE, limits: [200] });
  return {
    fixed: powercapTree(Object.fromEntries(entries.map(([id, [name]]) => [id, zone(name)]))),
    at: (time) =>
      Object.fromEntries(
        entries.map(([id, [, watts]], index) => {
          const counted = AMD_RANGE - (index + 1) * 1e9 + time * watts * 1e6;
          return [counterOf(id), `${Math.round(counted) % AMD_RANGE}\n`];
        }),
      ),
  };
}

const HWMON = '/sys/class/hwmon/hwmon2';
const CGROUP = '/sys/fs/cgroup';

const SERVER = rapl({
  'intel-rapl:0': ['package-0', 150],
  'intel-rapl:0:0': ['dram', 10],
  'intel-rapl:1': ['package-1', 90],
  'intel-rapl:1:0': ['dram', 6],
});

const MACHINES: Readonly<Record<string, Moving>> = {
  'two sockets with DRAM': SERVER,
  'twin counters': rapl({
    'intel-rapl:0': ['package-0', 150],
    'intel-rapl-mmio:0': ['package-0', 150],
  }),
  'two dies': rapl({
    'intel-rapl:0': ['package-0-die-0', 100],
    'intel-rapl:1': ['package-0-die-1', 90],
  }),
  hwmon: {
    fixed: {
      [`${HWMON}/name`]: 'amd_energy\n',
      [`${HWMON}/energy3_label`]: 'Esocket0\n',
      [`${HWMON}/energy4_label`]: 'Esocket1\n',
    },
    at: (time) => ({
      [`${HWMON}/energy3_input`]: `${Math.round(1e6 + 90e6 * time)}\n`,
      [`${HWMON}/energy4_input`]: `${Math.round(2e6 + 30e6 * time)}\n`,
    }),
  },
  container: {
    fixed: {
      [`${CGROUP}/cpu.max`]: '200000 100000\n',
      [`${CGROUP}/memory.max`]: `${2 ** 31}\n`,
    },
    at: (time) => ({
      [`${CGROUP}/cpu.stat`]: `usage_usec ${Math.round(time * 1.1e6)}\nuser_usec 1\n`,
      [`${CGROUP}/memory.current`]: `${2 ** 30 + Math.round(time * 1000)}\n`,
      // So long that the tape is full in half a minute, unless it rests.
      [`${CGROUP}/memory.stat`]: `inactive_file ${Math.round(1000 * time)}\n${'x 1\n'.repeat(500)}`,
    }),
  },
};

function filesAt(machine: Moving, time: number): Readonly<Record<string, string>> {
  const ticks = Math.round(time * 100);
  const free = 8_000_000 + ticks;
  return {
    ...machine.at(time),
    '/proc/stat': `cpu  ${100 + ticks} 0 100 ${10_000 + 3 * ticks} 0 0 0 0 0 0\n`,
    '/proc/meminfo': `MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: ${free} kB\n`,
  };
}

function hostOf(machine: Moving): FixtureHost {
  const known = { '/proc/cpuinfo': '', '/proc/self/cgroup': '0::/\n' };
  return fixtureHost({ files: { ...known, ...machine.fixed, ...filesAt(machine, 0) } });
}

function begin(host: FixtureHost, probes: readonly Probe[], period = 1) {
  const said: string[] = [];
  const log = { warn: (text: string) => said.push(text), info: () => {}, debug: () => {} };
  const measurePowerSecs = seconds(period);
  return { host, said, run: startRun({ host, probes, options: {}, measurePowerSecs, log }) };
}

/** The same probes, of which no file rests. */
const TIRELESS = PROBES.map(
  (probe): Probe => ({
    ...probe,
    open: (host, options) =>
      probe.open({ ...host, open: (path, limit) => host.open(path, limit) }, options),
  }),
);

/** The same, whose samples are worked out one by one. */
const SINGLY = TIRELESS.map((probe): Probe => {
  const open: Probe['open'] = (host, options) => {
    const opened = probe.open(host, options);
    if (opened.outcome !== 'ok') return opened;
    const get = (sensor: Sensor, name: keyof Sensor) =>
      name === 'isReplayable' ? false : sensor[name];
    return { ...opened, sensor: new Proxy(opened.sensor, { get }) };
  };
  return { ...probe, open };
});

/** What is the same, too, where files rest: all but memory in use, and how many samples there were. */
function othersOf({ ram: _, ramUsage: __, samples: ___, ...others }: Snapshot): unknown {
  return figures(others as Snapshot);
}

/** What must be the same, however many samples are worked out together. */
function figures({ overhead: _, ...snapshot }: Snapshot): unknown {
  return JSON.parse(
    JSON.stringify(snapshot, (__, value) =>
      typeof value === 'number' ? Number(value.toPrecision(11)) : value,
    ),
  );
}

const FAULTS = ['EIO', 'EACCES', 'empty', 'gone', 'stands still'] as const;

interface Step {
  readonly count: number;
  readonly pace: number;
  readonly broken: { readonly file: string; readonly fault: (typeof FAULTS)[number] } | undefined;
  readonly isCollected: boolean;
}

const stepOf = (machine: Moving, paces: readonly number[]): fc.Arbitrary<Step> =>
  fc.record({
    count: fc.integer({ min: 1, max: 40 }),
    pace: fc.constantFrom(...paces),
    broken: fc.option(
      fc.record({
        file: fc.constantFrom(...Object.keys(filesAt(machine, 0))),
        fault: fc.constantFrom(...FAULTS),
      }),
      { nil: undefined },
    ),
    isCollected: fc.boolean(),
  });

/** Lets the hosts go through the steps side by side, and calls `collect` after those at whose end somebody collects. */
function play(
  machine: Moving,
  steps: readonly Step[],
  hosts: readonly FixtureHost[],
  collect: () => void,
): void {
  let time = 0;
  for (const { count, pace, broken, isCollected } of steps) {
    for (let sample = 0; sample < count; sample += 1) {
      time += pace;
      for (const host of hosts) {
        load(host, filesAt(machine, time), broken);
        host.clock.advance(pace);
      }
    }
    if (isCollected) collect();
  }
}

function load(host: FixtureHost, files: Readonly<Record<string, string>>, broken: Step['broken']) {
  const { [broken?.fault === 'stands still' ? broken.file : '']: _, ...moving } = files;
  host.load(moving);
  if (broken?.fault === 'empty') host.write(broken.file, '');
  else if (broken?.fault === 'gone') host.remove(broken.file);
  else if (broken?.fault.startsWith('E')) host.fail(broken.file, broken.fault);
}

/** Plays the steps for two runs, which must have the same figures at every collection and at their end. */
function compare(
  machine: Moving,
  steps: readonly Step[],
  runs: readonly [ReturnType<typeof begin>, ReturnType<typeof begin>],
  figuresOf: (snapshot: Snapshot) => unknown,
): void {
  const [one, other] = runs;
  const check = () =>
    expect(figuresOf(one.run.snapshot())).toEqual(figuresOf(other.run.snapshot()));
  play(machine, steps, [one.host, other.host], check);
  for (const { run } of runs) run.pause();
  check();
}

describe.each(Object.entries(MACHINES))('%s', (_, machine) => {
  const stepsOf = (paces: readonly number[]) =>
    fc.array(stepOf(machine, paces), { minLength: 1, maxLength: 8 });

  it('gives the same figures and words whether samples are worked out together or one by one', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf([1, 1, 0.5, 0.03]), async (steps) => {
        const together = begin(hostOf(machine), TIRELESS);
        const singly = begin(hostOf(machine), SINGLY);
        compare(machine, steps, [together, singly], figures);
        expect(together.host.openFiles()).toEqual([]);
        await Promise.resolve();
        // Whether a counter stands is asked now and then, of the last sample only.
        const isOfItsTime = (words: string) => !words.includes('has not moved');
        expect(together.said.filter(isOfItsTime)).toEqual(singly.said.filter(isOfItsTime));
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same but for memory in use whether files rest or not', () => {
    fc.assert(
      fc.property(stepsOf([0.3, 1, 2, 5, 9]), (steps) => {
        const resting = begin(hostOf(machine), PROBES);
        const tireless = begin(hostOf(machine), TIRELESS);
        compare(machine, steps, [resting, tireless], othersOf);
      }),
      { numRuns: 60 },
    );
  });
});

describe.each([
  ['a machine', SERVER, '/proc/meminfo'],
  ['a container', MACHINES.container as Moving, `${CGROUP}/memory.stat`],
])('memory in use of %s', (_, machine, path) => {
  /** What a run has, whose machine moves on for some seconds, and how often it read the file in these. */
  function runFor(time: number, probes: readonly Probe[]) {
    let reads = 0;
    const host = hostOf(machine);
    const open: FixtureHost['open'] = (at, limit) => {
      const opened = host.open(at, limit);
      if (!opened.ok || at !== path) return opened;
      const copy: KeptFile['copy'] = (target, offset) => {
        reads += 1;
        return opened.value.copy(target, offset);
      };
      return { ok: true, value: { ...opened.value, copy } };
    };
    const { run } = begin({ ...host, open }, probes);
    host.clock.advance(0);
    reads = 0;
    for (let second = 1; second <= time; second += 1) {
      host.load(filesAt(machine, second));
      host.clock.advance(1);
    }
    return { run, reads, host };
  }

  it('is read every 5 s', () => {
    expect(runFor(20, TIRELESS).reads).toBe(20);
    expect(runFor(20, PROBES).reads).toBe(4);
  });

  it('is that of this moment, too, when somebody asks just after a sample', () => {
    const { run, host } = runFor(23, PROBES);
    host.load(filesAt(machine, 500));
    host.clock.advance(0.03);
    const { used } = run.snapshot().ram ?? {};
    const known = runFor(0, PROBES);
    known.host.load(filesAt(machine, 500));
    known.host.clock.advance(1);
    expect(used).toBe(known.run.snapshot().ram?.used);
  });

  it('is that of this moment when somebody asks, and all else the same as if it were read at each sample', () => {
    const tireless = runFor(33, TIRELESS);
    const resting = runFor(33, PROBES);
    for (const { host } of [tireless, resting]) {
      host.load(filesAt(machine, 34));
      host.clock.advance(0.5);
    }
    const expected = tireless.run.snapshot();
    const found = resting.run.snapshot();
    expect(othersOf(found)).toEqual(othersOf(expected));
    expect(found.ram).toEqual(expected.ram);
    expect((found.ramUsage ?? 0) / (expected.ramUsage ?? 0)).toBeCloseTo(1, 4);
  });
});

describe('what is wrong with a file', () => {
  it('is said a minute later at most, when it still can be read', async () => {
    const { host, said } = begin(hostOf(SERVER), PROBES);
    for (let second = 1; second <= 70; second += 1) {
      host.load(filesAt(SERVER, second));
      if (second > 5) host.write(counterOf('intel-rapl:1'), 'garbage\n');
      host.clock.advance(1);
    }
    await Promise.resolve();
    expect(said).toEqual([expect.stringContaining('holds no count')]);
  });
});

describe('several runs on one machine', () => {
  const PERIODS = [1, 3, 0.5, 7];
  const step = fc.record({
    halves: fc.integer({ min: 1, max: 90 }),
    which: fc.nat(PERIODS.length - 1),
    what: fc.constantFrom('begin or end', 'begin or end', 'collect', 'settle', 'nothing'),
  });

  it('each have power times their own time, whenever the others begin and end', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const host = hostOf(SERVER);
        const runs: { run: Run; time: number; isOn: boolean }[] = [];
        const places = new Map<number, (typeof runs)[number]>();
        let time = 0;
        const check = ({ run, time: own }: (typeof runs)[number]): void => {
          const { duration, energy, power, unmeasured } = run.snapshot();
          const joulesOf = (wanted: string) =>
            energy
              .filter(({ component }) => component === wanted)
              .reduce((sum, { joules }) => sum + joules, 0);
          expect(duration).toBeCloseTo(own, 6);
          expect(joulesOf('cpu')).toBeCloseTo(240 * own, 2);
          expect(joulesOf('ram')).toBeCloseTo(16 * own, 2);
          for (const { component, watts } of power) {
            expect(watts).toBeCloseTo(component === 'cpu' ? 240 : 16, 3);
          }
          expect(unmeasured.every(({ seconds: missing }) => missing === 0)).toBe(true);
        };
        for (const { halves, which, what } of steps) {
          for (let half = 0; half < halves; half += 1) {
            time += 0.5;
            host.load(filesAt(SERVER, time));
            host.clock.advance(0.5);
          }
          for (const one of runs) if (one.isOn) one.time += halves / 2;
          const one = places.get(which);
          if (what === 'begin or end' && one === undefined) {
            const begun = { run: begin(host, PROBES, PERIODS[which]).run, time: 0, isOn: true };
            places.set(which, begun);
            runs.push(begun);
          } else if (what === 'begin or end' && one !== undefined) {
            if (one.isOn) one.run.pause();
            else one.run.resume();
            one.isOn = !one.isOn;
          } else if (what === 'collect' && one !== undefined) check(one);
          else if (what === 'settle') one?.run.settle();
        }
        for (const one of runs) check(one);
        for (const { run } of runs) run.pause();
        expect(host.openFiles()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('are given nothing of what the others used, and hide nothing that is missing, when counters fail', () => {
    const failing = fc.record({
      count: fc.integer({ min: 1, max: 15 }),
      which: fc.nat(2),
      broken: fc.subarray(['intel-rapl:0', 'intel-rapl:1']),
    });
    fc.assert(
      fc.property(fc.array(failing, { minLength: 1, maxLength: 15 }), (steps) => {
        const host = hostOf(SERVER);
        const runs = new Map<number, { run: Run; time: number; isOn: boolean }>();
        let time = 0;
        for (const { count, which, broken } of steps) {
          const one = runs.get(which);
          if (one === undefined) {
            const { run } = begin(host, [raplProbe], (which + 1) / 2);
            runs.set(which, { run, time: 0, isOn: true });
          } else {
            if (one.isOn) one.run.pause();
            else one.run.resume();
            one.isOn = !one.isOn;
          }
          for (let half = 0; half < 2 * count; half += 1) {
            time += 0.5;
            host.load(filesAt(SERVER, time));
            for (const id of broken) host.fail(counterOf(id), 'EIO');
            host.clock.advance(0.5);
          }
          for (const each of runs.values()) if (each.isOn) each.time += count;
        }
        for (const { run } of runs.values()) run.pause();
        for (const { run, time: own } of runs.values()) {
          const { duration, energy, unmeasured } = run.snapshot();
          const joules = energy.find(({ component }) => component === 'cpu')?.joules ?? 0;
          const missing = unmeasured.find(({ component }) => component === 'cpu')?.seconds ?? 0;
          expect(duration).toBeCloseTo(own, 6);
          expect(missing).toBeLessThanOrEqual(own + 1e-6);
          expect(joules).toBeLessThanOrEqual(240 * own + 0.01);
          expect(joules + 240 * missing).toBeGreaterThanOrEqual(240 * own - 0.01);
        }
      }),
      { numRuns: 300 },
    );
  });
});
