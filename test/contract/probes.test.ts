import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host.ts';
import { createTape } from '../../src/measure/tape.ts';
import type { ProbeFixture } from '../../src/probes/fixture.ts';
import { PROBES } from '../../src/probes/index.ts';
import type { Opened, Probe, Reading, Sensor } from '../../src/probes/probe.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';

/** Ways in which a file can be wrong. */
const FAULTS: Readonly<Record<string, (host: FixtureHost, path: string) => void>> = {
  empty: (host, path) => host.write(path, ''),
  garbage: (host, path) => host.write(path, '\u0000\u00ff% 12abc\n'),
  negative: (host, path) => host.write(path, '-5\n'),
  'not a number': (host, path) => host.write(path, 'NaN\n'),
  'very long': (host, path) => host.write(path, '9'.repeat(100_000)),
  'broken (EIO)': (host, path) => host.fail(path, 'EIO'),
  'denied (EACCES)': (host, path) => host.fail(path, 'EACCES'),
  'no file but a FIFO': (host, path) => host.put(path, { special: true }),
  gone: (host, path) => host.remove(path),
};

const OUTCOMES = ['ok', 'first', 'wrapped', 'failed', 'implausible', 'reset'];

const fixtures = await Promise.all(PROBES.map(loadFixture));

it('every folder with a probe is in the list, under its own name', () => {
  const folders = readdirSync('src/probes', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(PROBES.map(({ id }) => id).sort()).toEqual(folders.sort());
});

describe.each(fixtures)('probe $probe.id', ({ probe, fixture }) => {
  it('says in one sentence what it is, and for which components', () => {
    expect(probe.description).toMatch(/^\S.{10,120}[^.\s]$/);
    expect(probe.components.length).toBeGreaterThan(0);
  });

  it('measures its machine: energy is power times time', () => {
    const run = start(probe, fixture);
    const first = run.read();
    const last = run.seconds(10);
    for (const [component, power] of Object.entries(fixture.watts)) {
      const before = joulesOf(first, component);
      expect(joulesOf(last, component) - before).toBeCloseTo(power * 10, 3);
    }
    expect(last.channels.map(({ component }) => component).sort()).toEqual(
      Object.keys(fixture.watts).sort(),
    );
    for (const { component, measuredUntil, lost } of last.channels) {
      expect(probe.components).toContain(component);
      expect(measuredUntil).toBe(run.host.now());
      expect(lost).toBe(0);
    }
    expect(run.sensor.problems ?? []).toEqual([]);
    expect(run.sensor.found).not.toBe('');
    run.close();
  });

  it('reads the same at the same moment, and keeps its channels in order', () => {
    const run = start(probe, fixture);
    const before = run.seconds(3);
    expect(run.read().channels).toEqual(before.channels);
    const kind = (reading: Reading) => reading.channels.map((one) => [one.component, one.method]);
    expect(kind(run.seconds(2))).toEqual(kind(before));
    run.close();
  });

  it('reads later what it would have read in time, if it says that it can', () => {
    const inTime = hostOf(fixture);
    const later = hostOf(fixture);
    const tape = createTape(later);
    const live = openOn(probe, inTime, fixture);
    const played = openOn(probe, tape.host, fixture);
    if (played.isReplayable !== true) return;
    const expected: Reading[] = [];
    for (let second = 0; second <= 5; second += 1) {
      for (const host of [inTime, later]) host.load(fixture.after(second));
      expected.push(live.read(inTime.now()));
      tape.record();
      for (const host of [inTime, later]) host.clock.advance(1);
    }
    later.load(fixture.after(60));
    const readings: Reading[] = [];
    tape.replay((at) => readings.push(played.read(at)), false);
    expect(readings).toEqual(expected);
    expect(expected.at(-1)?.channels).not.toEqual(expected[0]?.channels);
    played.close();
    expect(later.openFiles()).toEqual([]);
  });

  it('starts at zero', () => {
    const run = start(probe, fixture);
    for (const { joules, lost } of run.read().channels) expect([joules, lost]).toEqual([0, 0]);
    run.close();
  });

  it.each(['linux', 'darwin', 'win32'] as const)('on bare %s is absent, or models', (platform) => {
    const host = fixtureHost({ platform });
    const opened = probe.open(host, {});
    expect(fixture.always ? ['ok', 'absent'] : ['absent']).toContain(opened.outcome);
    check(opened, host);
  });

  it('closes every file, also twice', () => {
    const run = start(probe, fixture);
    run.seconds(2);
    run.close();
    run.sensor.close();
    expect(run.host.openFiles()).toEqual([]);
  });

  it.each(['EACCES', 'EPERM'])('says path, errno and remedy when all is denied by %s', (errno) => {
    if (fixture.always || fixture.vital.length === 0) return;
    const host = hostOf(fixture);
    for (const path of fixture.vital) host.fail(path, errno);
    const opened = probe.open(host, fixture.options ?? {});
    expect(opened).toMatchObject({ outcome: 'denied', why: expect.stringContaining(errno) });
    check(opened, host);
  });

  describe.each(Object.entries(FAULTS))('with a file that is %s', (_, spoil) => {
    const files = Object.keys(fixture.files).filter(
      (path) => typeof fixture.files[path] === 'string',
    );

    it.each(files)('opens or refuses in good order: %s', (path) => {
      const host = hostOf(fixture);
      spoil(host, path);
      check(probe.open(host, fixture.options ?? {}), host);
    });

    it.each(files)('goes on, and loses nothing when it is well after 3 s: %s', (path) => {
      const run = start(probe, fixture);
      const before = run.seconds(3);
      run.seconds(3, () => spoil(run.host, path));
      run.host.put(path, fixture.files[path] ?? '');
      const last = run.seconds(4);
      for (const [component, power] of Object.entries(fixture.watts)) {
        const energy = joulesOf(last, component) - joulesOf(before, component);
        expect(energy).toBeCloseTo(power * 7, 3);
      }
      expect(last.channels.map(({ lost }) => lost)).toEqual(last.channels.map(() => 0));
      run.close();
    });

    it.each(files)('goes on while it stays so, and measures when it is well again: %s', (path) => {
      const run = start(probe, fixture);
      run.seconds(2);
      run.seconds(12, () => spoil(run.host, path));
      run.host.put(path, fixture.files[path] ?? '');
      const before = run.seconds(12);
      const last = run.seconds(3);
      for (const [component, power] of Object.entries(fixture.watts)) {
        const energy = joulesOf(last, component) - joulesOf(before, component);
        expect(energy).toBeCloseTo(power * 3, 3);
      }
      run.close();
      expect(run.host.openFiles()).toEqual([]);
    });
  });
});

async function loadFixture(probe: Probe) {
  const { fixture } = (await import(`../../src/probes/${probe.id}/fixture.ts`)) as {
    fixture: ProbeFixture;
  };
  return { probe, fixture };
}

function hostOf(fixture: ProbeFixture): FixtureHost {
  return fixtureHost({ files: fixture.files, ...fixture.system });
}

function joulesOf({ channels }: Reading, component: string): number {
  const found = channels.find((one) => one.component === component);
  return found?.joules ?? Number.NaN;
}

/** What must hold for whatever `open` answers. */
function check(opened: Opened, host: FixtureHost): void {
  if (opened.outcome === 'ok') {
    const readings = [0, 1, 12, 1].map((pause) => opened.sensor.read(host.clock.advance(pause)));
    expectMonotone(readings);
    for (const { why } of opened.sensor.problems ?? []) expect(why).not.toBe('');
    opened.sensor.close();
  } else {
    expect(opened.why).not.toBe('');
  }
  if (opened.outcome === 'denied') {
    expect(opened.why).toMatch(/\/(sys|proc)\//);
    expect(opened.why).toMatch(/\bE[A-Z]{3,}\b/);
    expect(opened.remedy ?? '').toMatch(/\S/);
  }
  expect(host.openFiles()).toEqual([]);
}

/** Called at every second of every case, so it asks `expect` only when something is wrong. */
function expectMonotone(readings: readonly Reading[]): void {
  readings.forEach(({ channels, outcomes }, index) => {
    const unknown = outcomes.filter((outcome) => !OUTCOMES.includes(outcome));
    const wrong = channels.filter(({ joules, lost }, place) => {
      const before = readings[index - 1]?.channels[place];
      const grows = joules >= (before?.joules ?? 0) && lost >= (before?.lost ?? 0);
      return !grows || !Number.isFinite(joules) || !Number.isFinite(lost);
    });
    if (unknown.length + wrong.length > 0) expect({ unknown, wrong }).toBe('growing and finite');
  });
}

/** Opens a probe on its own machine and lets seconds pass, with a fault if one is given. */
function start(probe: Probe, fixture: ProbeFixture) {
  const host = hostOf(fixture);
  const sensor = openOn(probe, host, fixture);
  let passed = 0;
  let last = sensor.read(host.now());
  const read = (): Reading => {
    const next = sensor.read(host.now());
    expectMonotone([last, next]);
    last = next;
    return next;
  };
  return {
    host,
    sensor,
    read,
    close: () => sensor.close(),
    seconds: (count: number, spoil: () => void = () => undefined): Reading => {
      for (let second = 0; second < count; second += 1) {
        passed += 1;
        host.clock.advance(1);
        for (const [path, text] of Object.entries(fixture.after(passed))) host.write(path, text);
        spoil();
        read();
      }
      return last;
    },
  };
}

function openOn(probe: Probe, host: Host, fixture: ProbeFixture): Sensor {
  const opened = probe.open(host, fixture.options ?? {});
  if (opened.outcome !== 'ok') throw new Error(`${opened.outcome}: ${opened.why}`);
  return opened.sensor;
}
