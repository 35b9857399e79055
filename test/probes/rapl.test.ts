import { describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probes/probe.ts';
import {
  AMD_RANGE,
  counterOf,
  directoryOf,
  powercapTree,
  type ZoneFixture,
} from '../../src/probes/rapl/fixture.ts';
import { raplProbe } from '../../src/probes/rapl/index.ts';
import { findZones, highestPower } from '../../src/probes/rapl/parse.ts';
import { watts } from '../../src/units.ts';
import { type FixtureHost, fixtureHost } from '../support/fixture-host.ts';
import { channel, openSensor, refusal } from './support.ts';

type Zones = Readonly<Record<string, ZoneFixture>>;

/** A machine whose zones draw a power: `run(3, { 'intel-rapl:0': 80 })` lets 3 s pass. */
function machine(zones: Zones, options: ProbeOptions = {}) {
  const host = fixtureHost({ files: powercapTree(zones) });
  const energy = new Map(Object.entries(zones).map(([id, zone]) => [id, Number(zone.energy)]));
  const sensor = openSensor(raplProbe, host, options);
  const run = (time: number, powers: Readonly<Record<string, number>>, step = 1): void => {
    for (let passed = 0; passed < time; passed += step) {
      host.clock.advance(step);
      for (const [id, power] of Object.entries(powers)) {
        energy.set(id, (energy.get(id) ?? 0) + power * step * 1e6);
        if (host.inspect(counterOf(id)) !== 'missing') set(host, id, energy.get(id) ?? 0);
      }
      sensor.read(host.now());
    }
  };
  return {
    host,
    sensor,
    run,
    cpu: () => channel(sensor, host),
    ram: () => channel(sensor, host, 'ram'),
  };
}

function set(host: FixtureHost, id: string, energy: number): void {
  // A file that was made to fail goes on failing.
  if (host.read(counterOf(id)).ok) host.write(counterOf(id), `${Math.round(energy)}\n`);
}

const one: Zones = { 'intel-rapl:0': { name: 'package-0', energy: 1000 } };
const two: Zones = { ...one, 'intel-rapl:1': { name: 'package-1', energy: 2000 } };
const dram: Zones = {
  ...two,
  'intel-rapl:0:0': { name: 'dram', energy: 10 },
  'intel-rapl:1:0': { name: 'dram', energy: 20 },
};

describe('what RAPL counts as CPU', () => {
  it('is the sum of the packages, and none of their parts', () => {
    const { run, cpu, sensor } = machine({
      ...two,
      'intel-rapl:0:0': { name: 'core', energy: 0 },
      'intel-rapl:0:1': { name: 'uncore', energy: 0 },
      'intel-rapl:2': { name: 'psys', energy: 0 },
    });
    const powers = { 'intel-rapl:0': 80, 'intel-rapl:1': 40, 'intel-rapl:0:0': 50 };
    run(5, { ...powers, 'intel-rapl:0:1': 5, 'intel-rapl:2': 200 });
    expect(cpu()).toMatchObject({ method: 'rapl', joules: 600, measuredUntil: 1005, lost: 0 });
    expect(sensor.found).toBe('package-0, package-1');
  });

  it('counts the first reading as such', () => {
    const { sensor, host } = machine(one);
    expect(sensor.read(host.now()).outcomes).toEqual(['first', 'ok']);
    expect(sensor.read(host.now()).outcomes).toEqual(['ok']);
  });

  it('that never moves is told of after 10 s, and no more once it moves', () => {
    const { run, sensor } = machine(two);
    run(10, { 'intel-rapl:0': 80 });
    expect(sensor.problems).toEqual([]);
    run(1, { 'intel-rapl:0': 80 });
    expect(sensor.problems?.[0]?.why).toContain('package-1 has not moved for 10 s');
    run(1, { 'intel-rapl:0': 80, 'intel-rapl:1': 40 });
    expect(sensor.problems).toEqual([]);
  });

  it('is the platform instead of the packages where that is preferred and there', () => {
    const zones = { ...two, 'intel-rapl:2': { name: 'psys', energy: 0 } };
    const { run, cpu, sensor } = machine(zones, { raplPreferPsys: true });
    run(5, { 'intel-rapl:0': 80, 'intel-rapl:1': 40, 'intel-rapl:2': 200 });
    expect(cpu().joules).toBe(1000);
    expect(sensor.found).toBe('psys');
    expect(sensor.facts).toEqual({ ram_counted_in: 'cpu', cpu_domain: 'psys' });
    const without = machine(two, { raplPreferPsys: true });
    without.run(5, { 'intel-rapl:0': 80, 'intel-rapl:1': 40 });
    expect(without.cpu().joules).toBe(600);
  });

  it('knows more than ten packages, and AMD by the same names', () => {
    const many = Array.from({ length: 12 }, (_, index) => index);
    const { run, cpu, sensor } = machine(
      Object.fromEntries(
        many.map((index) => [
          `intel-rapl:${index}`,
          { name: `package-${index}`, energy: 0, range: AMD_RANGE },
        ]),
      ),
    );
    run(2, Object.fromEntries(many.map((index) => [`intel-rapl:${index}`, 10])));
    expect(cpu().joules).toBe(240);
    expect(sensor.found).toMatch(/package-9, package-10, package-11$/);
  });

  it('is found in a tree without the class directory, and without links', () => {
    const files = Object.fromEntries(
      Object.entries(powercapTree(one)).filter(([path]) => !path.startsWith('/sys/class')),
    );
    const host = fixtureHost({ files });
    const sensor = openSensor(raplProbe, host);
    host.clock.advance(1);
    host.write(`${directoryOf('intel-rapl:0')}/energy_uj`, '70001000');
    expect(channel(sensor, host).joules).toBe(70);
  });

  it('counts two packages of one name under one control type as two', () => {
    const { run, cpu } = machine({
      ...one,
      'intel-rapl:1': { name: 'package-0', energy: 0 },
    });
    run(2, { 'intel-rapl:0': 80, 'intel-rapl:1': 40 });
    expect(cpu().joules).toBe(240);
  });
});

describe('MSR and MMIO twins', () => {
  const twins: Zones = { ...one, 'intel-rapl-mmio:0': { name: 'package-0', energy: 7 } };
  const both = { 'intel-rapl:0': 80, 'intel-rapl-mmio:0': 80.5 };

  it('count once: MSR', () => {
    const { run, cpu, sensor, host } = machine(twins);
    run(10, both);
    expect(cpu().joules).toBe(800);
    expect(sensor.found).toBe('package-0');
    expect(sensor.read(host.now()).outcomes).toEqual(['ok']);
  });

  it('MMIO from the start, when MSR cannot be read', () => {
    const host = fixtureHost({ files: powercapTree(twins) });
    host.fail(counterOf('intel-rapl:0'), 'EACCES');
    const sensor = openSensor(raplProbe, host);
    host.clock.advance(2);
    host.write(counterOf('intel-rapl-mmio:0'), '160000007\n');
    expect(channel(sensor, host)).toMatchObject({ joules: 160, lost: 0 });
    expect(sensor.problems).toEqual([]);
  });

  it('MMIO from the start, when MSR does not advance', () => {
    const { run, cpu } = machine(twins);
    run(10, { 'intel-rapl-mmio:0': 80 });
    expect(cpu()).toMatchObject({ joules: 800, lost: 0 });
  });

  it('hand over where one stops, and lose nothing', () => {
    const { run, cpu, host } = machine(twins);
    run(5, { 'intel-rapl:0': 80, 'intel-rapl-mmio:0': 80 });
    run(5, { 'intel-rapl-mmio:0': 80 });
    expect(cpu().joules).toBe(800);
    host.fail(counterOf('intel-rapl-mmio:0'), 'EIO');
    run(5, { 'intel-rapl:0': 80 });
    expect(cpu()).toMatchObject({ joules: 1200, lost: 0 });
  });

  it('cover a reset of the one in use', () => {
    const { run, cpu, host } = machine(twins);
    run(2, { 'intel-rapl:0': 80, 'intel-rapl-mmio:0': 80 });
    host.clock.advance(1);
    host.write(counterOf('intel-rapl:0'), '5\n');
    host.write(counterOf('intel-rapl-mmio:0'), `${7 + 240e6}\n`);
    expect(cpu()).toMatchObject({ joules: 240, lost: 0 });
    run(1, {});
  });

  it('are recognised where one interface shows dies and the other the whole package', () => {
    const { run, cpu } = machine({
      'intel-rapl:0': { name: 'package-0-die-0', energy: 0 },
      'intel-rapl:1': { name: 'package-0-die-1', energy: 0 },
      'intel-rapl-mmio:0': { name: 'package-0', energy: 0 },
    });
    run(10, { 'intel-rapl:0': 30, 'intel-rapl:1': 50, 'intel-rapl-mmio:0': 80 });
    expect(cpu().joules).toBe(800);
  });
});

describe('dies of one package', () => {
  const dies: Zones = {
    'intel-rapl:0': { name: 'package-0-die-0', energy: 500 },
    'intel-rapl:1': { name: 'package-0-die-1', energy: 500 },
  };

  it('count once when they mirror each other', () => {
    const { run, cpu } = machine(dies);
    for (const power of [60, 80, 0, 70, 90]) {
      run(1, { 'intel-rapl:0': power, 'intel-rapl:1': power });
    }
    expect(cpu().joules).toBe(300);
  });

  it('count once from the first reading on: the second is held back until it is known', () => {
    const { run, cpu } = machine(dies);
    run(1, { 'intel-rapl:0': 60, 'intel-rapl:1': 60 });
    expect(cpu().joules).toBe(60);
  });

  it('are added, with what was held back, once they differ', () => {
    const { run, cpu } = machine(dies);
    run(1, { 'intel-rapl:0': 60, 'intel-rapl:1': 40 });
    expect(cpu().joules).toBe(60);
    run(2, { 'intel-rapl:0': 60, 'intel-rapl:1': 40 });
    expect(cpu().joules).toBe(300);
  });

  it('are added when they differ a little, again and again', () => {
    const { run, cpu } = machine(dies);
    run(6, { 'intel-rapl:0': 60, 'intel-rapl:1': 60.01 });
    expect(cpu().joules).toBeCloseTo(720.06, 6);
  });

  it('stay a mirror when one read is late: it is level at the next', () => {
    const { run, cpu } = machine(dies);
    run(1, { 'intel-rapl:0': 60, 'intel-rapl:1': 60 });
    run(1, { 'intel-rapl:0': 60, 'intel-rapl:1': 64 });
    run(1, { 'intel-rapl:0': 60, 'intel-rapl:1': 56 });
    run(5, { 'intel-rapl:0': 60, 'intel-rapl:1': 60 });
    expect(cpu().joules).toBe(480);
  });

  it('stay a mirror when they are read twice at the same moment, as at the end of a run', () => {
    const { run, sensor, cpu, host } = machine(dies);
    run(1, { 'intel-rapl:0': 60, 'intel-rapl:1': 66 });
    set(host, 'intel-rapl:0', 66e6 + 500);
    sensor.read(host.now());
    run(1, { 'intel-rapl:0': 66, 'intel-rapl:1': 60 });
    run(5, { 'intel-rapl:0': 60, 'intel-rapl:1': 60 });
    expect(cpu().joules).toBe(426);
  });

  it('stay a mirror over a read of one that failed', () => {
    const { run, cpu, host } = machine(dies);
    const powers = { 'intel-rapl:0': 60, 'intel-rapl:1': 60 };
    run(5, powers);
    host.fail(counterOf('intel-rapl:1'), 'EIO');
    run(1, powers);
    host.write(counterOf('intel-rapl:1'), '360000500\n');
    run(4, powers);
    expect(cpu().joules).toBe(600);
  });

  it('undecided is told, so that no mean is made of a sum that is not complete', () => {
    const { run, cpu } = machine(dies);
    run(1, { 'intel-rapl:0': 50, 'intel-rapl:1': 47 });
    expect(cpu()).toMatchObject({ joules: 50, isPartial: true });
    run(5, { 'intel-rapl:0': 50, 'intel-rapl:1': 37 });
    expect(cpu().joules).toBe(50 * 6 + 47 + 37 * 5);
    expect(cpu().isPartial).toBeUndefined();
  });

  it('undecided at the end is not hidden: its seconds count as lost in part', () => {
    const { run, sensor, cpu, host } = machine(dies);
    run(1, { 'intel-rapl:0': 50, 'intel-rapl:1': 50 });
    sensor.settle?.(host.now());
    expect(cpu()).toMatchObject({ joules: 50, lost: 1, lostInPart: 1 });
  });

  it('clearly different at the end counts, however short the run', () => {
    const { run, sensor, cpu, host } = machine(dies);
    run(1, { 'intel-rapl:0': 50, 'intel-rapl:1': 37 });
    sensor.settle?.(host.now());
    expect(cpu()).toMatchObject({ joules: 87, lost: 0 });
  });

  it('of two mirrored pairs count two', () => {
    const { run, cpu } = machine({
      ...dies,
      'intel-rapl:2': { name: 'package-1-die-0', energy: 500 },
      'intel-rapl:3': { name: 'package-1-die-1', energy: 500 },
    });
    const all = { 'intel-rapl:0': 60, 'intel-rapl:1': 60, 'intel-rapl:2': 60, 'intel-rapl:3': 60 };
    run(10, all);
    expect(cpu().joules).toBe(1200);
  });
});

describe('twins of which one is not open', () => {
  const twins: Zones = { ...one, 'intel-rapl-mmio:0': { name: 'package-0', energy: 7 } };
  const both = { 'intel-rapl:0': 80, 'intel-rapl-mmio:0': 80 };

  it('are not read later, so that it is opened again in time', () => {
    const { run, sensor, host } = machine(twins);
    run(2, both);
    expect(sensor.isReplayable).toBe(true);
    host.fail(counterOf('intel-rapl-mmio:0'), 'EIO');
    run(1, both);
    expect(sensor.isReplayable).toBe(false);
    host.write(counterOf('intel-rapl-mmio:0'), `${7 + 240e6}\n`);
    run(1, both);
    expect(sensor.isReplayable).toBe(true);
  });

  it('are asked for their limits once, and not again for the time in which they wrap', () => {
    const { run, sensor, host } = machine(twins);
    const { read } = host;
    let asked = 0;
    Object.assign(host, {
      read: (path: string) => {
        if (path.endsWith('max_energy_range_uj')) asked += 1;
        return read(path);
      },
    });
    run(2, both);
    for (let time = 0; time < 3; time += 1) expect(sensor.longestInterval).toBeGreaterThan(5);
    expect(asked).toBe(2);
  });

  it('say what is missing when the one that takes over has been away itself', () => {
    const { run, cpu, host } = machine(twins);
    run(2, both);
    host.fail(counterOf('intel-rapl-mmio:0'), 'EIO');
    run(15, both);
    host.fail(counterOf('intel-rapl:0'), 'EIO');
    run(3, both);
    host.write(counterOf('intel-rapl-mmio:0'), `${7 + 80e6 * 20}\n`);
    run(3, both);
    // 17 s by the first, then nobody until the other one, which is tried every 10 s, began anew at 22 s.
    const { joules, lost } = cpu();
    expect(joules).toBe(80 * 17);
    expect(lost).toBe(23 - 17);
    run(3, both);
    expect(cpu()).toMatchObject({ joules: 80 * (17 + 3), lost: 23 - 17 });
  });

  it('count once what one covers that comes back as the other one goes', () => {
    const { run, cpu, host } = machine(twins);
    host.fail(counterOf('intel-rapl:0'), 'EIO');
    run(1, both);
    host.write(counterOf('intel-rapl:0'), `${1000 + 80e6}\n`);
    host.write(counterOf('intel-rapl-mmio:0'), '0\n');
    run(1, { 'intel-rapl:0': 80 });
    const { joules, lost } = cpu();
    expect(joules).toBeLessThanOrEqual(80 * 2);
    expect(joules + 80 * lost).toBeGreaterThanOrEqual(80 * 2);
  });
});

describe('DRAM', () => {
  const powers = {
    'intel-rapl:0': 80,
    'intel-rapl:1': 40,
    'intel-rapl:0:0': 6,
    'intel-rapl:1:0': 4,
  };

  it('of every socket is the memory, and not in the CPU', () => {
    const { run, cpu, ram, sensor } = machine(dram);
    run(15, powers);
    expect(cpu().joules).toBe(1800);
    expect(ram()).toMatchObject({ method: 'rapl', joules: 150, measuredUntil: 1015, lost: 0 });
    expect(sensor.found).toBe('package-0, package-1; dram');
  });

  it('is moved into the CPU by raplIncludeDram, and no model counts it again', () => {
    const { run, cpu, ram, sensor } = machine(dram, { raplIncludeDram: true });
    run(15, powers);
    expect(cpu().joules).toBe(1950);
    expect(ram()).toMatchObject({ method: 'rapl', joules: 0, measuredUntil: 1015 });
    expect(sensor.facts).toEqual({ ram_counted_in: 'cpu' });
  });

  it('of only one socket stays out of the CPU, with raplIncludeDram too', () => {
    const zones = { ...two, 'intel-rapl:0:0': { name: 'dram', energy: 10 } };
    const { run, cpu } = machine(zones, { raplIncludeDram: true });
    run(5, { 'intel-rapl:0': 80, 'intel-rapl:1': 40, 'intel-rapl:0:0': 6 });
    expect(cpu().joules).toBe(600);
  });

  it('that stands still leaves the memory to the model, with raplIncludeDram too', () => {
    const { run, ram } = machine(dram, { raplIncludeDram: true });
    run(3, powers);
    run(12, { ...powers, 'intel-rapl:1:0': 0 });
    expect(ram()).toMatchObject({ joules: 0, measuredUntil: 1003 });
  });

  it('missing on a socket is absent', () => {
    const zones = { ...two, 'intel-rapl:0:0': { name: 'dram', energy: 10 } };
    const { sensor, host } = machine(zones);
    expect(sensor.read(host.now()).channels).toHaveLength(1);
  });

  it('that does not advance while its package does stops measuring', () => {
    const { run, ram } = machine(dram);
    run(3, powers);
    run(12, { ...powers, 'intel-rapl:1:0': 0 });
    expect(ram()).toMatchObject({ joules: 30, measuredUntil: 1003, lost: 0 });
  });

  it('may move a moment after its package', () => {
    const { run, ram } = machine(dram);
    run(2, powers);
    run(0.002, { 'intel-rapl:0': 80, 'intel-rapl:1': 40 }, 0.001);
    expect(ram()).toMatchObject({ joules: 20, measuredUntil: 1002.002 });
    run(0.002, powers, 0.001);
    expect(ram().joules).toBeCloseTo(20.02, 6);
  });

  it('that stands still is found out however often it is read', () => {
    const { run, ram } = machine(dram);
    run(2, powers);
    run(12, { ...powers, 'intel-rapl:1:0': 0 }, 0.05);
    const { measuredUntil = 0 } = ram();
    expect(measuredUntil - 1002).toBeLessThan(0.11);
  });

  it('that advances again within 10 s has lost nothing, later it starts anew', () => {
    const { run, ram } = machine(dram);
    const stuck = { ...powers, 'intel-rapl:1:0': 0 };
    run(3, powers);
    run(5, stuck);
    run(1, powers);
    expect(ram()).toMatchObject({ joules: 30 + 5 * 6 + 10, measuredUntil: 1009 });
    run(12, stuck);
    run(1, powers);
    expect(ram()).toMatchObject({ joules: 70, measuredUntil: 1022 });
    run(2, powers);
    expect(ram()).toMatchObject({ joules: 90, measuredUntil: 1024 });
  });

  it('that stands while its package stands as well is not absent', () => {
    const { run, ram } = machine(dram);
    run(12, {});
    expect(ram()).toMatchObject({ joules: 0, measuredUntil: 1012 });
  });

  it('that cannot be read on one socket leaves the memory to a model, until it can', () => {
    const host = fixtureHost({ files: powercapTree(dram) });
    host.fail(counterOf('intel-rapl:1:0'), 'EACCES');
    const sensor = openSensor(raplProbe, host);
    expect(channel(sensor, host, 'ram').measuredUntil).toBeUndefined();
    expect(sensor.problems?.[0]?.why).toContain('intel-rapl:1:0/energy_uj');
    host.write(counterOf('intel-rapl:1:0'), '20\n');
    host.clock.advance(1);
    expect(channel(sensor, host, 'ram').measuredUntil).toBe(1001);
  });
});

describe('where the zones are listed', () => {
  const zone = (name: string, path: string) => ({
    [`${path}/name`]: `${name}\n`,
    [`${path}/energy_uj`]: '1\n',
  });
  const inside = (root: string) => ({
    ...zone('package-0', `${root}/intel-rapl:0`),
    ...zone('dram', `${root}/intel-rapl:0/intel-rapl:0:0`),
    ...zone('package-1', `${root}/intel-rapl:1`),
    ...zone('dram', `${root}/intel-rapl:1/intel-rapl:1:0`),
  });
  const LAYOUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'all in the class': powercapTree(dram) as Record<string, string>,
    'the packages in the class, DRAM inside of them': inside('/sys/class/powercap'),
    'all inside of the control type': inside('/sys/class/powercap/intel-rapl'),
    'all below the devices': inside('/sys/devices/virtual/powercap/intel-rapl'),
    'of one package in the class, of the other one inside': {
      ...zone('package-0', '/sys/class/powercap/intel-rapl:0'),
      ...zone('dram', '/sys/class/powercap/intel-rapl:0:0'),
      ...zone('package-1', '/sys/class/powercap/intel-rapl:1'),
      ...zone('dram', '/sys/class/powercap/intel-rapl:1/intel-rapl:1:0'),
    },
  };

  it.each(Object.entries(LAYOUTS))('%s: each is found once', (_, files) => {
    const found = findZones(fixtureHost({ files }));
    expect(found.ok && found.value.map(({ id, name }) => [id, name])).toEqual([
      ['intel-rapl:0', 'package-0'],
      ['intel-rapl:0:0', 'dram'],
      ['intel-rapl:1', 'package-1'],
      ['intel-rapl:1:0', 'dram'],
    ]);
  });
});

describe('RAPL that is there but unreadable', () => {
  it('says path, errno and command when the permission is missing', () => {
    const host = fixtureHost({ files: powercapTree(two) });
    host.fail(counterOf('intel-rapl:0'), 'EACCES');
    host.fail(counterOf('intel-rapl:1'), 'EACCES');
    const { outcome, why, remedy } = refusal(raplProbe, host);
    expect(outcome).toBe('denied');
    expect(why).toBe('/sys/class/powercap/intel-rapl:0/energy_uj cannot be read (EACCES)');
    expect(remedy).toContain('sudo chmod a+r /sys/class/powercap/*/energy_uj');
    expect(remedy).toContain('SUBSYSTEM=="powercap"');
    expect(host.openFiles()).toEqual([]);
  });

  it('says which directory to mount when the links lead into a masked one', () => {
    const host = fixtureHost({ files: powercapTree(two) });
    host.remove('/sys/devices/virtual/powercap');
    const { outcome, why, remedy } = refusal(raplProbe, host);
    expect(outcome).toBe('denied');
    expect(why).toBe('/sys/class/powercap/intel-rapl:0 is a link that leads nowhere (ENOENT)');
    expect(remedy).toContain('-v /sys/devices/virtual/powercap:');
  });

  it('is denied when the class directory is, and absent when there is none', () => {
    const host = fixtureHost({ files: powercapTree(one) });
    host.fail('/sys/class/powercap', 'EPERM');
    host.fail('/sys/devices/virtual/powercap', 'EPERM');
    expect(refusal(raplProbe, host)).toMatchObject({
      outcome: 'denied',
      why: '/sys/class/powercap cannot be read (EPERM)',
    });
    expect(refusal(raplProbe, fixtureHost())).toMatchObject({ outcome: 'absent' });
    expect(refusal(raplProbe, fixtureHost({ platform: 'darwin' })).why).toContain('darwin');
  });

  it('failed when it is broken, absent when it has no counter or no package', () => {
    const broken = fixtureHost({ files: powercapTree(one) });
    broken.fail(counterOf('intel-rapl:0'), 'EIO');
    expect(refusal(raplProbe, broken)).toMatchObject({ outcome: 'failed' });
    const garbage = fixtureHost({ files: powercapTree(one) });
    garbage.write(counterOf('intel-rapl:0'), '12abc\n');
    expect(refusal(raplProbe, garbage).why).toContain('holds no count');
    const none = fixtureHost({ files: powercapTree(one) });
    none.remove(counterOf('intel-rapl:0'));
    expect(refusal(raplProbe, none)).toMatchObject({ outcome: 'absent' });
    const psys = { 'intel-rapl:0': { name: 'psys', energy: 1 } };
    expect(refusal(raplProbe, fixtureHost({ files: powercapTree(psys) }))).toMatchObject({
      outcome: 'absent',
      remedy: expect.stringContaining('raplPreferPsys'),
    });
  });
});

describe('the plausible', () => {
  it('power of a package is 1 kW or three times what kernel or table state', () => {
    expect(highestPower([])).toBe(1000);
    expect(highestPower([watts(150), watts(250)])).toBe(1000);
    expect(highestPower([watts(500), watts(250)])).toBe(1500);
    expect(highestPower([watts(150)], watts(400))).toBe(1200);
    expect(highestPower([watts(4_294_967)])).toBe(1000);
  });

  it('interval between readings is half of the shortest time to a wrap', () => {
    const amd = { 'intel-rapl:0': { name: 'package-0', energy: 0, range: AMD_RANGE } };
    expect(machine(amd).sensor.longestInterval).toBeCloseTo(32.77, 2);
    const limited = { 'intel-rapl:0': { ...amd['intel-rapl:0'], limits: [500, 700] } };
    expect(machine(limited).sensor.longestInterval).toBeCloseTo(AMD_RANGE / 1e6 / 2100 / 2, 6);
    const unknown = { 'intel-rapl:0': { name: 'package-0', energy: 0, range: undefined } };
    expect(machine(unknown).sensor.longestInterval).toBeUndefined();
  });
});
