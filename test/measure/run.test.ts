import { describe, expect, it } from 'vitest';
import { startRun } from '../../src/measure/index.ts';
import { energyByMethod, simulate, source, unmeasured } from './support.ts';

const oneSource = (measurePowerSecs = 1) =>
  simulate((host) => [source(host, 'counter', 'cpu', 'rapl', 80)], measurePowerSecs);

const cpuPower = (run: ReturnType<typeof oneSource>['run']): number | undefined =>
  run.snapshot().power.find(({ component }) => component === 'cpu')?.watts;

describe('a run', () => {
  it('has its first figure from a sample at the moment it is asked', () => {
    const { host, run } = oneSource();
    host.clock.advance(0.3);
    expect(energyByMethod(run)).toEqual({ rapl: 24 });
    expect(run.snapshot().duration).toBeCloseTo(0.3, 9);
  });

  it('has its first figure however soon it is asked, so that a short program is measured, too', () => {
    const { host, run } = oneSource();
    host.clock.advance(0.004);
    expect(energyByMethod(run)).toEqual({ rapl: 0.32 });
    host.clock.advance(0.004);
    expect(energyByMethod(run)).toEqual({ rapl: 0.32 });
  });

  it('has nothing unmeasured although time passes while the probes open', () => {
    const { host, run } = simulate((h) => {
      Object.assign(h, { now: () => h.clock.advance(0.001) });
      return [source(h, 'counter', 'cpu', 'rapl', 80)];
    });
    host.clock.advance(3);
    expect(unmeasured(run, 'cpu')).toBe(0);
    const [energy] = run.snapshot().energy;
    expect((energy?.joules ?? 0) / 80).toBeCloseTo(run.snapshot().duration, 6);
  });

  it('serves a collection from a sample younger than 50 ms', () => {
    const { host, run } = oneSource();
    host.clock.advance(0.3);
    run.snapshot();
    host.clock.advance(0.04);
    expect(run.snapshot().duration).toBeCloseTo(0.3, 9);
    host.clock.advance(0.02);
    expect(run.snapshot().duration).toBeCloseTo(0.36, 9);
  });

  it('gives no power before a whole window has passed, and then the mean over it', () => {
    const { host, run, sources } = oneSource(15);
    host.clock.advance(14);
    expect(cpuPower(run)).toBeUndefined();
    host.clock.advance(16);
    expect(cpuPower(run)).toBeCloseTo(80, 6);
    if (sources[0]) sources[0].watts = 20;
    host.clock.advance(15);
    expect(cpuPower(run)).toBeCloseTo(20, 6);
  });

  it('never reaches over unmeasured seconds with a mean', () => {
    const { host, run, sources } = oneSource();
    host.clock.advance(5);
    if (sources[0]) sources[0].isThere = false;
    host.clock.advance(15);
    expect(cpuPower(run)).toBeUndefined();
    if (sources[0]) sources[0].isThere = true;
    host.clock.advance(15);
    expect(cpuPower(run)).toBeCloseTo(80, 6);
  });

  it('shares the probes with a second run, and counts from its own beginning', () => {
    const { host, run, sources, setup } = oneSource();
    host.clock.advance(10);
    const second = startRun(setup);
    host.clock.advance(5);
    expect(sources[0]?.opened).toBe(1);
    expect(energyByMethod(run)).toEqual({ rapl: 1200 });
    expect(energyByMethod(second)).toEqual({ rapl: 400 });
    expect(second.snapshot().duration).toBeCloseTo(5, 9);
    run.pause();
    host.clock.advance(5);
    expect(energyByMethod(second)).toEqual({ rapl: 800 });
    expect(energyByMethod(run)).toEqual({ rapl: 1200 });
  });

  it('leaves out what happens between pause and resume, and never goes back', () => {
    const { host, run, sources } = oneSource();
    host.clock.advance(5);
    run.pause();
    host.clock.advance(100);
    expect(energyByMethod(run)).toEqual({ rapl: 400 });
    run.resume();
    host.clock.advance(5);
    expect(energyByMethod(run)).toEqual({ rapl: 800 });
    expect(run.snapshot().duration).toBeCloseTo(10, 9);
    expect(sources[0]?.opened).toBe(2);
  });

  it('lets a fault of a probe pass by', () => {
    const { host, run, sources } = simulate((h) => {
      const broken = source(h, 'counter', 'cpu', 'rapl', 80);
      const open = () => {
        throw new Error('a fault');
      };
      return [
        { ...broken, probe: { ...broken.probe, open } },
        source(h, 'model', 'cpu', 'load_model', 40),
      ];
    });
    host.clock.advance(5);
    expect(sources).toHaveLength(2);
    expect(energyByMethod(run)).toEqual({ load_model: 200 });
    expect(run.snapshot().probes).toEqual([
      { probe: 'counter', up: false },
      { probe: 'model', up: true },
    ]);
  });
});
