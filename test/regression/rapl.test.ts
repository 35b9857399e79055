import { describe, expect, it } from 'vitest';
import { counterOf, INTEL_RANGE, powercapTree } from '../../src/probes/rapl/fixture.ts';
import { raplProbe } from '../../src/probes/rapl/index.ts';
import { channel, openSensor } from '../probes/support.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';

// Cases in which other tools lose or invent energy (specification, section 12). The simulated machine
// draws 100 W for 5 s: 500 J, however badly its files behave.
const WATTS = 100;
const SECONDS = 5;

const COUNTER = counterOf('intel-rapl:0');

/** Runs the machine; `befall` is called at each second with the counter's true value in µJ. */
function run({
  start = 1e9,
  hasRange = true,
  seconds = SECONDS,
  befall = (_second: number, _host: FixtureHost, _energy: number): void => undefined,
} = {}) {
  const files = powercapTree({
    'intel-rapl:0': { name: 'package-0', energy: start, range: hasRange ? INTEL_RANGE : undefined },
  });
  const host = fixtureHost({ files });
  const sensor = openSensor(raplProbe, host);
  const outcomes: string[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    host.clock.advance(1);
    const energy = start + WATTS * second * 1e6;
    host.write(COUNTER, `${energy % INTEL_RANGE}\n`);
    befall(second, host, energy);
    outcomes.push(...sensor.read(host.now()).outcomes);
  }
  const { joules, lost } = channel(sensor, host);
  return { host, sensor, joules, lost, outcomes };
}

describe('one failed or empty read is a gap that the next good read closes', () => {
  it.each([
    ['EIO', (host: FixtureHost) => host.fail(COUNTER, 'EIO')],
    ['ENODATA', (host: FixtureHost) => host.fail(COUNTER, 'ENODATA')],
    ['empty', (host: FixtureHost) => host.write(COUNTER, '')],
    ['garbage', (host: FixtureHost) => host.write(COUNTER, 'N/A\n')],
  ])('%s: 500 J of 500', (_, spoil) => {
    const { joules, lost, outcomes } = run({
      befall: (second, host) => {
        if (second === 3) spoil(host);
      },
    });
    expect(joules).toBe(500);
    expect(lost).toBe(0);
    expect(outcomes).toEqual(['first', 'ok', 'ok', 'failed', 'ok', 'ok']);
  });
});

describe('a wrap', () => {
  const start = INTEL_RANGE - 250e6;

  it('is corrected by the range: 500 J of 500', () => {
    const { joules, lost, outcomes } = run({ start });
    expect(joules).toBe(500);
    expect(lost).toBe(0);
    expect(outcomes).toContain('wrapped');
  });

  it('with a range that cannot be read is dropped, counted, and its second shown as missing', () => {
    const { joules, lost, outcomes } = run({ start, hasRange: false });
    expect(joules).toBe(400);
    expect(lost).toBe(1);
    expect(outcomes).toContain('reset');
  });
});

it('a counter that restarts leaves no phantom: the lost second is shown', () => {
  let base = 0;
  const { joules, lost, outcomes } = run({
    start: 100e9,
    befall: (second, host, energy) => {
      if (second === 3) base = energy;
      if (second >= 3) host.write(COUNTER, `${energy - base}\n`);
    },
  });
  expect(joules).toBe(400);
  expect(lost).toBe(1);
  expect(outcomes.filter((outcome) => outcome === 'reset')).toHaveLength(1);
});

it('a domain that vanishes and returns with its counter has lost nothing: 500 J of 500', () => {
  const { joules, lost, host, sensor } = run({
    befall: (second, machine, energy) => {
      if (second === 2 || second === 3) machine.remove('/sys/devices/virtual/powercap/intel-rapl');
      if (second === 4) {
        machine.load(powercapTree({ 'intel-rapl:0': { name: 'package-0', energy } }));
      }
    },
  });
  expect(joules).toBe(500);
  expect(lost).toBe(0);
  sensor.close();
  expect(host.openFiles()).toEqual([]);
});

it('a domain that returns as another one is not mixed up with it', () => {
  const { joules } = run({
    befall: (second, machine) => {
      if (second === 2) machine.remove('/sys/devices/virtual/powercap/intel-rapl');
      if (second >= 3) {
        machine.load(powercapTree({ 'intel-rapl:0': { name: 'psys', energy: 1e9 + 9e8 } }));
      }
    },
  });
  expect(joules).toBe(100);
});

/** Two sockets at 60 and 40 W, as a test lets them differ. */
function sockets(difference: number) {
  const names = { 'intel-rapl:0': 60, 'intel-rapl:1': 40 };
  const zone = (name: string, energy: number) => ({ name, energy });
  const host = fixtureHost({
    files: powercapTree({
      'intel-rapl:0': zone('package-0', 1e9),
      'intel-rapl:1': zone('package-1', 1e9 + difference * 1e6),
    }),
  });
  const pass = (second: number, powers: Readonly<Record<string, number>> = names): void => {
    host.clock.advance(1);
    for (const [id, power] of Object.entries(powers)) {
      const start = id === 'intel-rapl:1' ? 1e9 + difference * 1e6 : 1e9;
      host.write(counterOf(id), `${start + power * second * 1e6}\n`);
    }
  };
  return { host, pass };
}

it('two sockets whose counters are 0.4 J apart are no mirror, even at the same power', () => {
  const { host, pass } = sockets(0.4);
  const sensor = openSensor(raplProbe, host);
  for (let second = 1; second <= SECONDS; second += 1) {
    pass(second, { 'intel-rapl:0': 50, 'intel-rapl:1': 50 });
    sensor.read(host.now());
  }
  expect(channel(sensor, host).joules).toBe(500);
});

describe('one of two sockets unreadable', () => {
  it('is said, with the remedy, and its seconds are missing', () => {
    const { host, pass } = sockets(0);
    host.fail(counterOf('intel-rapl:1'), 'EACCES');
    const sensor = openSensor(raplProbe, host);
    for (let second = 1; second <= SECONDS; second += 1) {
      pass(second, { 'intel-rapl:0': 60 });
      sensor.read(host.now());
    }
    expect(channel(sensor, host)).toMatchObject({ joules: 300, lost: 5 });
    expect(sensor.found).toBe('package-0');
    expect(sensor.problems).toEqual([
      {
        why: '/sys/class/powercap/intel-rapl:1/energy_uj cannot be read (EACCES)',
        remedy: expect.stringContaining('chmod'),
      },
    ]);
  });

  it('is said for a link into a masked directory, too', () => {
    const { host } = sockets(0);
    host.remove('/sys/devices/virtual/powercap/intel-rapl/intel-rapl:1');
    const sensor = openSensor(raplProbe, host);
    host.clock.advance(3);
    expect(channel(sensor, host).lost).toBe(3);
    expect(sensor.problems?.[0]?.remedy).toContain('docker run -v');
  });

  it('joins when it becomes readable', () => {
    const { host, pass } = sockets(0);
    host.fail(counterOf('intel-rapl:1'), 'EACCES');
    const sensor = openSensor(raplProbe, host);
    for (let second = 1; second <= 20; second += 1) {
      pass(second, second < 5 ? { 'intel-rapl:0': 60 } : undefined);
      sensor.read(host.now());
    }
    expect(sensor.problems).toEqual([]);
    expect(channel(sensor, host)).toMatchObject({ joules: 1200 + 15 * 40, lost: 5 });
  });
});

it('DRAM counters are read, as memory: 150 J of 150', () => {
  const host = fixtureHost({
    files: powercapTree({
      'intel-rapl:0': { name: 'package-0', energy: 0 },
      'intel-rapl:0:0': { name: 'dram', energy: 0 },
    }),
  });
  const sensor = openSensor(raplProbe, host);
  for (let second = 1; second <= SECONDS; second += 1) {
    host.clock.advance(1);
    host.write(counterOf('intel-rapl:0'), `${WATTS * second * 1e6}\n`);
    host.write(counterOf('intel-rapl:0:0'), `${30 * second * 1e6}\n`);
    sensor.read(host.now());
  }
  expect(channel(sensor, host).joules).toBe(500);
  expect(channel(sensor, host, 'ram').joules).toBe(150);
});

it('a late tick loses nothing: the counter covers it', () => {
  const { joules, lost } = run({
    befall: (second, host) => {
      if (second === 3) host.clock.advance(30);
    },
  });
  expect(joules).toBe(500);
  expect(lost).toBe(0);
});
