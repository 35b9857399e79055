import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startRun } from '../../src/measure/index.ts';
import { energyByMethod, simulate, source, unmeasured } from './support.ts';

const counterAndModel = () =>
  simulate((host) => [
    source(host, 'counter', 'cpu', 'rapl', 80),
    source(host, 'model', 'cpu', 'load_model', 40),
  ]);

describe('every moment is covered once', () => {
  it('uses the preferred source alone while it delivers', () => {
    const { host, run } = counterAndModel();
    host.clock.advance(5);
    expect(energyByMethod(run)).toEqual({ rapl: 400 });
    expect(unmeasured(run, 'cpu')).toBe(0);
  });

  it('lets the next good reading cover a short gap', () => {
    const { host, run, sources } = counterAndModel();
    host.clock.advance(5);
    if (sources[0]) sources[0].isWell = false;
    host.clock.advance(8);
    expect(energyByMethod(run)).toEqual({ rapl: 400 });
    if (sources[0]) sources[0].isWell = true;
    host.clock.advance(1);
    expect(energyByMethod(run)).toEqual({ rapl: 14 * 80 });
  });

  it('lets the model take over from the last good reading after ten seconds', async () => {
    const { host, run, sources, said } = counterAndModel();
    host.clock.advance(5);
    if (sources[0]) sources[0].isThere = false;
    host.clock.advance(20);
    expect(energyByMethod(run)).toEqual({ rapl: 400, load_model: 20 * 40 });
    expect(unmeasured(run, 'cpu')).toBe(0);
    await Promise.resolve();
    expect(said).toHaveLength(1);
  });

  it('starts a counter anew that returns after the model took over', () => {
    const { host, run, sources } = counterAndModel();
    host.clock.advance(5);
    if (sources[0]) sources[0].isThere = false;
    host.clock.advance(20);
    if (sources[0]) sources[0].isThere = true;
    host.clock.advance(11);
    const atReturn = energyByMethod(run);
    const total = (atReturn.rapl ?? 0) / 80 + (atReturn.load_model ?? 0) / 40;
    expect(total).toBeCloseTo(36, 6);
    host.clock.advance(5);
    expect(energyByMethod(run).rapl).toBeCloseTo((atReturn.rapl ?? 0) + 400, 6);
  });

  it('counts what nobody measures, and says 0 on a good run', () => {
    const { host, run, sources } = simulate((h) => [source(h, 'counter', 'cpu', 'rapl', 80)]);
    host.clock.advance(5);
    expect(unmeasured(run, 'cpu')).toBe(0);
    expect(unmeasured(run, 'ram')).toBe(5);
    if (sources[0]) sources[0].isThere = false;
    host.clock.advance(20);
    expect(unmeasured(run, 'cpu')).toBeCloseTo(20, 6);
    expect(energyByMethod(run)).toEqual({ rapl: 400 });
  });

  it('uses a better source from the moment it appears', () => {
    const { host, run, sources } = simulate((h) => [
      source(h, 'counter', 'cpu', 'rapl', 80),
      source(h, 'model', 'cpu', 'load_model', 40),
    ]);
    if (sources[0]) sources[0].isThere = false;
    host.clock.advance(30);
    if (sources[0]) sources[0].isThere = true;
    host.clock.advance(30);
    const { rapl = 0, load_model = 0 } = energyByMethod(run);
    expect(rapl / 80 + load_model / 40).toBeCloseTo(60, 6);
    expect(run.snapshot().methods).toEqual([
      { component: 'cpu', method: 'rapl', active: true },
      { component: 'cpu', method: 'load_model', active: false },
    ]);
  });

  it('waits ten seconds for a preferred source that has not delivered yet, then covers from the start', () => {
    const { host, run, sources } = simulate((h) => {
      const counter = source(h, 'counter', 'cpu', 'rapl', 80);
      counter.isWell = false;
      return [counter, source(h, 'model', 'cpu', 'load_model', 40)];
    });
    host.clock.advance(9);
    expect(energyByMethod(run)).toEqual({});
    host.clock.advance(3);
    expect(energyByMethod(run)).toEqual({ load_model: 12 * 40 });
    expect(sources[0]?.opened).toBeGreaterThan(0);
  });

  it('lets the model cover the time before a preferred source delivers for the first time', () => {
    const { host, run, sources } = simulate((h) => {
      const counter = source(h, 'counter', 'cpu', 'rapl', 80);
      counter.isWell = false;
      return [counter, source(h, 'model', 'cpu', 'load_model', 40)];
    });
    host.clock.advance(3);
    if (sources[0]) sources[0].isWell = true;
    host.clock.advance(7);
    const { rapl = 0, load_model = 0 } = energyByMethod(run);
    expect(rapl / 80 + load_model / 40).toBeCloseTo(10, 6);
    expect(unmeasured(run, 'cpu')).toBe(0);
  });

  it('closes an open gap at the end of a run', () => {
    const { host, run, sources } = counterAndModel();
    host.clock.advance(5);
    if (sources[0]) sources[0].isWell = false;
    host.clock.advance(3);
    run.pause();
    expect(energyByMethod(run)).toEqual({ rapl: 400, load_model: 120 });
  });

  it('reads often enough for one failed reading to lose nothing, however long the period', () => {
    const { host, run, sources } = simulate(
      (h) => [source(h, 'counter', 'cpu', 'rapl', 80), source(h, 'model', 'cpu', 'load_model', 40)],
      15,
    );
    host.clock.advance(29);
    if (sources[0]) sources[0].isWell = false;
    host.clock.advance(2);
    if (sources[0]) sources[0].isWell = true;
    host.clock.advance(29);
    expect(energyByMethod(run)).toEqual({ rapl: 60 * 80 });
  });

  it('leaves a gap open for the runs that go on when one ends', () => {
    const { host, run, sources, setup } = counterAndModel();
    const other = startRun(setup);
    host.clock.advance(5);
    if (sources[0]) sources[0].isWell = false;
    host.clock.advance(3);
    other.pause();
    if (sources[0]) sources[0].isWell = true;
    host.clock.advance(2);
    expect(energyByMethod(run)).toEqual({ rapl: 800 });
  });

  it('accounts for every second, whatever fails and whenever it is read', () => {
    const step = fc.record({
      wait: fc.double({ min: 0.01, max: 15, noNaN: true }),
      first: fc.constantFrom('well', 'ill', 'gone'),
      second: fc.constantFrom('well', 'ill', 'gone'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { host, run, sources } = simulate((h) => [
          source(h, 'counter', 'cpu', 'rapl', 50),
          source(h, 'model', 'cpu', 'load_model', 50),
        ]);
        const [counter, model] = sources;
        let before = 0;
        for (const { wait, first, second } of steps) {
          if (counter)
            Object.assign(counter, { isWell: first === 'well', isThere: first !== 'gone' });
          if (model)
            Object.assign(model, { isWell: second === 'well', isThere: second !== 'gone' });
          host.clock.advance(wait);
          const now = run.snapshot().energy.reduce((sum, { joules }) => sum + joules, 0);
          expect(now).toBeGreaterThanOrEqual(before);
          before = now;
        }
        run.pause();
        const { energy, duration } = run.snapshot();
        const total = energy.reduce((sum, { joules }) => sum + joules, 0);
        expect(total / 50 + unmeasured(run, 'cpu')).toBeCloseTo(duration, 6);
      }),
    );
  });
});
