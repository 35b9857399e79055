import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startRun } from '../../src/measure/index.ts';
import type { Snapshot } from '../../src/measure/snapshot.ts';
import { createTape } from '../../src/measure/tape.ts';
import { PROBES } from '../../src/probes/index.ts';
import type { Probe, Sensor } from '../../src/probes/probe.ts';
import { AMD_RANGE, counterOf, powercapTree } from '../../src/probes/rapl/fixture.ts';
import { seconds } from '../../src/units.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';

const PATH = '/proc/stat';

/** A tape of a machine whose one file is kept open, and what it held at each time that is worked out. */
function recorder(text = 'a') {
  const machine = fixtureHost({ files: { [PATH]: text } });
  const tape = createTape(machine);
  const opened = tape.host.open(PATH, 100);
  if (!opened.ok) throw new Error(opened.errno);
  const played: [at: number, text: string, isNow: boolean][] = [];
  const play = (endsNow: boolean) =>
    tape.replay((at, isNow) => {
      const read = opened.value.read();
      played.push([at, read.ok ? read.value : read.errno, isNow]);
      expect(tape.host.now()).toBe(at);
    }, endsNow);
  return { machine, tape, file: opened.value, played, play };
}

describe('a tape', () => {
  it('gives back what the files held at each sample, whatever they hold now', () => {
    const { machine, tape, played, play } = recorder();
    tape.record();
    machine.clock.advance(1);
    machine.write(PATH, 'bcd');
    tape.record();
    machine.clock.advance(1);
    machine.write(PATH, 'e');
    play(false);
    expect(played).toEqual([
      [1000, 'a', false],
      [1001, 'bcd', false],
    ]);
    expect(tape.isDue).toBe(false);
    expect(tape.host.now()).toBe(1002);
  });

  it('plays each sample once', () => {
    const { tape, played, play } = recorder();
    tape.record();
    play(true);
    play(true);
    expect(played).toHaveLength(1);
  });

  it.each([
    ['fails', (machine: FixtureHost) => machine.fail(PATH, 'EIO'), 'EIO'],
    ['is empty', (machine: FixtureHost) => machine.write(PATH, ''), ''],
    ['is gone', (machine: FixtureHost) => machine.remove(PATH), 'ENODEV'],
  ])(
    'is due when a file %s, and then says of this moment what the machine says',
    (_, spoil, what) => {
      const { machine, tape, played, play } = recorder();
      tape.record();
      spoil(machine);
      tape.record();
      expect(tape.isDue).toBe(true);
      play(true);
      expect(played.map(([, text]) => text)).toEqual(['a', what]);
      expect(tape.isDue).toBe(false);
    },
  );

  it('never gives what a file holds now as what it held before', () => {
    const { machine, tape, played, play } = recorder();
    machine.fail(PATH, 'EIO');
    tape.record();
    machine.clock.advance(1);
    machine.write(PATH, 'b');
    tape.record();
    play(true);
    expect(played.map(([, text]) => text)).toEqual(['EAGAIN', 'b']);
  });

  it('goes on with a file that is opened again while the past is worked out', () => {
    const { machine, tape, file } = recorder();
    for (const text of ['a', 'b', 'c']) {
      machine.write(PATH, text);
      tape.record();
      machine.clock.advance(1);
    }
    machine.write(PATH, 'd');
    const read: unknown[] = [];
    let kept = file;
    tape.replay(() => {
      read.push(kept.read());
      kept.close();
      const again = tape.host.open(PATH, 100);
      if (again.ok) kept = again.value;
    }, false);
    expect(read).toEqual(['a', 'b', 'c'].map((value) => ({ ok: true, value })));
    expect(machine.openFiles()).toEqual([PATH]);
    tape.record();
    tape.replay(() => read.push(kept.read()), false);
    expect(read.at(-1)).toEqual({ ok: true, value: 'd' });
  });

  it('has no past for a file that was not open then', () => {
    const { machine, tape } = recorder();
    machine.write('/proc/other', 'x');
    tape.record();
    tape.record();
    const read: unknown[] = [];
    tape.replay(() => {
      const other = tape.host.open('/proc/other', 100);
      read.push(other.ok && other.value.read());
    }, true);
    expect(read).toEqual([
      { ok: false, errno: 'EAGAIN' },
      { ok: true, value: 'x' },
    ]);
  });

  it('keeps nothing of files that were opened again', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const machine = fixtureHost({ files: { [PATH]: 'a' } });
    const opened: WeakRef<object>[] = [];
    const open: FixtureHost['open'] = (path, limit) => {
      const result = machine.open(path, limit);
      if (result.ok) opened.push(new WeakRef(result.value));
      return result;
    };
    const tape = createTape({ ...machine, open });
    let kept = tape.host.open(PATH, 100);
    for (let round = 0; round < 50; round += 1) {
      tape.record();
      tape.replay(() => {
        if (kept.ok) kept.value.close();
        kept = tape.host.open(PATH, 100);
      }, false);
      await new Promise((resolve) => setImmediate(resolve));
    }
    collectGarbage();
    expect(opened.filter((each) => each.deref() !== undefined).length).toBeLessThan(5);
    expect(kept.ok).toBe(true);
  });

  it('is due when it is full, and loses nothing', () => {
    const { machine, tape, played, play } = recorder('x'.repeat(100));
    let count = 0;
    while (!tape.isDue) {
      tape.record();
      machine.clock.advance(1);
      count += 1;
      expect(count).toBeLessThan(1000);
    }
    machine.clock.advance(-1);
    play(true);
    expect(played).toHaveLength(count);
    expect(new Set(played.map(([, text]) => text))).toEqual(new Set(['x'.repeat(100)]));
  });

  it('is empty after a fault in what works it out', () => {
    const { tape, played, play } = recorder();
    tape.record();
    expect(() =>
      tape.replay(() => {
        throw new Error('a fault');
      }, true),
    ).toThrow('a fault');
    tape.record();
    play(true);
    expect(played).toHaveLength(1);
  });
});

const ZONES = ['intel-rapl:0', 'intel-rapl:0:0', 'intel-rapl:1', 'intel-rapl:1:0'];
const FILES = [...ZONES.map(counterOf), '/proc/stat', '/proc/meminfo'];

/** Two sockets with DRAM whose counters wrap often, at a power and load that a test sets. */
function machineAt(counted: number): Record<string, string> {
  const energy = (start: number, power: number) =>
    `${Math.round(start + counted * power * 1e6) % AMD_RANGE}\n`;
  const ticks = Math.round(counted * 100);
  return {
    [counterOf('intel-rapl:0')]: energy(AMD_RANGE - 2e9, 150),
    [counterOf('intel-rapl:0:0')]: energy(3e6, 10),
    [counterOf('intel-rapl:1')]: energy(5e6, 90),
    [counterOf('intel-rapl:1:0')]: energy(7e6, 6),
    '/proc/stat': `cpu  ${100 + ticks} 0 100 ${10_000 + 3 * ticks} 0 0 0 0 0 0\n`,
    '/proc/meminfo': `MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: ${8_000_000 + ticks} kB\n`,
  };
}

function startOn(probes: readonly Probe[]) {
  const tree = powercapTree({
    'intel-rapl:0': { name: 'package-0', energy: 0, range: AMD_RANGE, limits: [200] },
    'intel-rapl:0:0': { name: 'dram', energy: 0, range: AMD_RANGE },
    'intel-rapl:1': { name: 'package-1', energy: 0, range: AMD_RANGE, limits: [200] },
    'intel-rapl:1:0': { name: 'dram', energy: 0, range: AMD_RANGE },
  });
  const files = { ...tree, ...machineAt(0), '/proc/cpuinfo': '', '/proc/self/cgroup': '0::/\n' };
  const host = fixtureHost({ files });
  const said: string[] = [];
  const log = { warn: (text: string) => said.push(text), info: () => {}, debug: () => {} };
  const measurePowerSecs = seconds(1);
  const run = startRun({ host, probes, options: {}, measurePowerSecs, log });
  return { host, run, said };
}

/** The same probes, whose samples are worked out one by one. */
const SINGLY = PROBES.map((probe): Probe => {
  const open: Probe['open'] = (host, options) => {
    const opened = probe.open(host, options);
    if (opened.outcome !== 'ok') return opened;
    const get = (sensor: Sensor, name: keyof Sensor) =>
      name === 'isReplayable' ? false : sensor[name];
    return { ...opened, sensor: new Proxy(opened.sensor, { get }) };
  };
  return { ...probe, open };
});

/** What must be the same, however many samples are worked out together. */
function figures({ overhead: _, ...snapshot }: Snapshot): unknown {
  return JSON.parse(
    JSON.stringify(snapshot, (__, value) =>
      typeof value === 'number' ? Number(value.toPrecision(12)) : value,
    ),
  );
}

const FAULTS = ['EIO', 'EACCES', 'empty', 'gone'] as const;

function spoil(host: FixtureHost, path: string, fault: (typeof FAULTS)[number]): void {
  if (fault === 'empty') host.write(path, '');
  else if (fault === 'gone') host.remove(path);
  else host.fail(path, fault);
}

describe('samples that are worked out together', () => {
  it('wait for 30 s at most: what is wrong with them is said by then', () => {
    const { host, said } = startOn(PROBES);
    for (let second = 1; second <= 40; second += 1) {
      host.load(machineAt(second));
      if (second > 5) host.write(counterOf('intel-rapl:1'), 'garbage\n');
      host.clock.advance(1);
    }
    expect(said).toEqual([expect.stringContaining('holds no count')]);
  });

  it('give the figures of samples that are worked out one by one, whatever fails', () => {
    const step = fc.record({
      seconds: fc.integer({ min: 1, max: 40 }),
      broken: fc.option(
        fc.record({ file: fc.constantFrom(...FILES), fault: fc.constantFrom(...FAULTS) }),
        { nil: undefined },
      ),
      isCollected: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const together = startOn(PROBES);
        const singly = startOn(SINGLY);
        let passed = 0;
        for (const { seconds: count, broken, isCollected } of steps) {
          for (let second = 0; second < count; second += 1) {
            passed += 1;
            for (const { host } of [together, singly]) {
              host.load(machineAt(passed));
              if (broken !== undefined) spoil(host, broken.file, broken.fault);
              host.clock.advance(1);
            }
          }
          if (isCollected) {
            expect(figures(together.run.snapshot())).toEqual(figures(singly.run.snapshot()));
          }
        }
        together.run.pause();
        singly.run.pause();
        expect(figures(together.run.snapshot())).toEqual(figures(singly.run.snapshot()));
        expect(together.host.openFiles()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
