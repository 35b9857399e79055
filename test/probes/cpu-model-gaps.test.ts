import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host.ts';
import { cpuModelProbe } from '../../src/probes/cpu-model/index.ts';
import type { Sensor } from '../../src/probes/probe.ts';
import { fixtureHost } from '../support/fixture-host.ts';
import { loadedMachine, meminfo, x86CpuInfo } from './cpu-model.fixtures.ts';

const STAT = '/proc/stat';
const FILES = {
  '/proc/cpuinfo': x86CpuInfo({ name: 'Intel(R) Core(TM) i7-12700K', threads: 20 }),
  '/proc/meminfo': meminfo(32),
};
const IDLE = 19;
const DYNAMIC = 171;

function open(host: Host): Sensor {
  const opened = cpuModelProbe.open(host, {});
  if (opened.outcome !== 'ok') throw new Error(opened.why);
  return opened.sensor;
}

describe('a failed read of /proc/stat', () => {
  it.each(['EIO', 'ENODEV', 'empty', 'garbage', 'removed'])(
    '(%s) is a gap that the next good read covers',
    (fault) => {
      const { host, run } = loadedMachine(20, { files: FILES });
      const sensor = open(host);
      const first = host.now();
      sensor.read(first);
      const failed = run(2, 0.5);
      if (fault === 'removed') host.remove(STAT);
      else if (fault === 'empty' || fault === 'garbage')
        host.write(STAT, fault === 'empty' ? '' : 'x');
      else host.fail(STAT, fault);
      const gap = sensor.read(failed);
      expect(gap.outcomes).toEqual(['failed']);
      expect(gap.channels[0]).toMatchObject({ joules: 0, measuredUntil: first, lost: 0 });
      let reading = gap;
      for (let tries = 0; tries < 2; tries++) reading = sensor.read(run(1, 0.5));
      expect(reading.outcomes).toEqual(['ok']);
      expect(reading.channels[0]?.joules).toBeCloseTo(4 * (IDLE + DYNAMIC * 0.5), 6);
      expect(reading.load?.cpuBusy).toBeCloseTo(2, 6);
    },
  );

  it('that lasts over 10 s is closed by others: the counter starts anew', () => {
    const { host, run } = loadedMachine(20, { files: FILES });
    const sensor = open(host);
    sensor.read(host.now());
    sensor.read(run(1, 1));
    for (let second = 0; second < 15; second++) {
      const now = run(1, 1);
      host.fail(STAT, 'EIO');
      expect(sensor.read(now).outcomes).toEqual(['failed']);
    }
    const back = sensor.read(run(1, 1));
    expect(back.outcomes).toEqual(['first']);
    expect(back.channels[0]).toMatchObject({ measuredUntil: host.now(), lost: 0 });
    expect(back.channels[0]?.joules).toBeCloseTo(190, 6);
    expect(sensor.read(run(1, 1)).channels[0]?.joules).toBeCloseTo(380, 6);
  });

  it('a late good read after a short failure loses nothing', () => {
    const { host, run } = loadedMachine(20, { files: FILES });
    const sensor = open(host);
    sensor.read(host.now());
    const now = run(5, 1);
    host.fail(STAT, 'EIO');
    sensor.read(now);
    expect(sensor.read(run(40, 1)).channels[0]?.joules).toBeCloseTo(45 * 190, 6);
  });
});

describe('counters of /proc/stat that do strange things', () => {
  const line = (busy: number, idle: number, iowait = 0): string =>
    `cpu  ${busy} 0 0 ${idle} ${iowait} 0 0 0 0 0\n`;

  it('reads within one tick wait for the next: nothing is lost or doubled', () => {
    const { host, run } = loadedMachine(20, { files: FILES });
    const sensor = open(host);
    sensor.read(host.now());
    for (let read = 0; read < 10; read++) sensor.read(host.clock.advance(0.0001));
    const now = run(0.999, 1);
    // The file moved on by 0.999 s while 1 s passed: full load all the time.
    expect(sensor.read(now).load?.cpuBusy).toBeCloseTo(1, 6);
  });

  it('iowait that runs back by hours costs no load', () => {
    const host = fixtureHost({ files: { ...FILES, [STAT]: line(1000, 1000, 9e8) } });
    const sensor = open(host);
    sensor.read(host.now());
    host.write(STAT, line(2000, 2000, 5e8));
    expect(sensor.read(host.clock.advance(1)).load?.cpuBusy).toBeCloseTo(0.5, 9);
    host.write(STAT, line(4000, 2000, 5e8));
    expect(sensor.read(host.clock.advance(1)).load?.cpuBusy).toBeCloseTo(1.5, 9);
  });

  it('busy time that falls a little counts once on its way up again', () => {
    const host = fixtureHost({ files: { ...FILES, [STAT]: line(9000, 1000) } });
    const sensor = open(host);
    sensor.read(host.now());
    host.write(STAT, line(8990, 3010));
    expect(sensor.read(host.clock.advance(1)).load?.cpuBusy).toBe(0);
    host.write(STAT, line(9990, 4010));
    expect(sensor.read(host.clock.advance(1)).load?.cpuBusy).toBeCloseTo(990 / 2000, 9);
  });

  it('counters that begin anew lose their interval, and say so', () => {
    const host = fixtureHost({ files: { ...FILES, [STAT]: line(9000, 90000) } });
    const sensor = open(host);
    sensor.read(host.now());
    host.write(STAT, line(10, 1990));
    const reset = sensor.read(host.clock.advance(3));
    expect(reset.outcomes).toEqual(['reset']);
    expect(reset.channels[0]).toMatchObject({ joules: 0, lost: 3, measuredUntil: host.now() });
    host.write(STAT, line(1010, 2990));
    const { channels } = sensor.read(host.clock.advance(1));
    expect(channels[0]?.joules).toBeCloseTo(IDLE + DYNAMIC / 2, 6);
  });

  it('totals never decrease and power stays between idle and full, whatever is read', () => {
    const number = fc.integer({ min: 0, max: 2 ** 40 });
    const text = fc.oneof(
      fc.tuple(number, number, number).map(([busy, idle, iowait]) => line(busy, idle, iowait)),
      fc.constantFrom('', 'cpu', 'cpu  1 2 3', '\0'),
    );
    const step = fc.tuple(fc.double({ min: 0, max: 20, noNaN: true }), text, fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const host = fixtureHost({ files: { ...FILES, [STAT]: line(1, 1) } });
        const sensor = open(host);
        let before = sensor.read(host.now());
        for (const [time, content, fails] of steps) {
          host.write(STAT, content);
          if (fails) host.fail(STAT, 'EIO');
          const reading = sensor.read(host.clock.advance(time));
          const [was, is] = [before.channels[0], reading.channels[0]];
          const growth = (is?.joules ?? Number.NaN) - (was?.joules ?? 0);
          const passed = (is?.measuredUntil ?? 0) - (was?.measuredUntil ?? 0);
          expect(growth).toBeGreaterThanOrEqual(-1e-9);
          // Up to half a second may have waited for the next tick.
          expect(growth).toBeLessThanOrEqual(190 * (passed + 0.5) + 1e-6);
          const busy = (reading.load?.cpuBusy ?? 0) - (before.load?.cpuBusy ?? 0);
          expect(busy).toBeGreaterThanOrEqual(0);
          expect(is?.lost).toBeGreaterThanOrEqual(was?.lost ?? 0);
          before = reading;
        }
      }),
    );
  });
});
