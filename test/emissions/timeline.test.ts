import { afterEach, describe, expect, it } from 'vitest';
import { announceTotals, findTotals, type TotalsSource } from '../../src/emissions/index.ts';
import { startTimeline } from '../../src/emissions/timeline.ts';
import { gramsPerKilowattHour, kilowattHours } from '../../src/units.ts';

const intensity = (grams: number) => ({
  gramsPerKilowattHour: gramsPerKilowattHour(grams),
  source: 'test',
});

const interval = (energy: number, fromMillis: number, toMillis: number, before = 0) => ({
  energy: kilowattHours(energy),
  fromMillis,
  toMillis,
  before: kilowattHours(before),
  after: kilowattHours(before + energy),
});

const withdraw: (() => void)[] = [];
afterEach(() => {
  for (const stop of withdraw.splice(0)) stop();
});

function announce(energyConsumed: () => number, runId = 'r'): TotalsSource {
  const source: TotalsSource = {
    projectName: 'p',
    scope: 'machine',
    runId,
    energyConsumed: () => kilowattHours(energyConsumed()),
  };
  withdraw.push(announceTotals(source));
  return source;
}

describe('an intensity that changes', () => {
  it('cuts energy of this process exactly where it was', () => {
    const source = announce(() => 3);
    const timeline = startTimeline(intensity(100));
    timeline.change(intensity(500), 1000);
    // 3 kWh at 100 g and 1 kWh at 500 g, although most of the time was after the change.
    const { emissions, mean } = timeline.price(interval(4, 0, 100_000), source);
    expect(emissions).toBeCloseTo(0.8, 12);
    expect(mean).toBeCloseTo(200, 12);
  });

  it('cuts foreign energy by time', () => {
    const timeline = startTimeline(intensity(100));
    timeline.change(intensity(500), 1000);
    expect(timeline.price(interval(4, 0, 4000)).emissions).toBeCloseTo(1.6, 12);
  });

  it('more than once in an interval', () => {
    let total = 1;
    const source = announce(() => total);
    const timeline = startTimeline(intensity(100));
    timeline.change(intensity(200), 1000);
    total = 3;
    timeline.change(intensity(400), 2000);
    total = 4;
    timeline.change(intensity(800), 3000);
    const { emissions } = timeline.price(interval(4, 0, 9000, 0.5), source);
    expect(emissions).toBeCloseTo((0.5 * 100 + 2 * 200 + 1 * 400 + 0.5 * 800) / 1000, 12);
  });

  it('has no effect on what was measured before or after it', () => {
    const source = announce(() => 3);
    const timeline = startTimeline(intensity(100));
    timeline.change(intensity(500), 1000);
    expect(timeline.price(interval(2, 0, 500), source).mean).toBe(100);
    expect(timeline.price(interval(3, 0, 2000), source).mean).toBe(100);
    expect(timeline.price(interval(2, 2000, 3000, 3), source).mean).toBe(500);
    expect(timeline.price(interval(0, 2000, 3000, 3), source).mean).toBe(500);
    expect(timeline.price(interval(0, 500, 500)).mean).toBe(100);
    expect(timeline.price(interval(0, 5000, 5000)).mean).toBe(500);
  });

  it('has priced all energy of a source that began after it', () => {
    const timeline = startTimeline(intensity(100));
    timeline.change(intensity(500), 1000);
    const source = announce(() => 0);
    expect(timeline.price(interval(2, 0, 3000), source).mean).toBe(500);
  });

  it('a source that could not say its total is cut by time', () => {
    const source = announce(() => {
      throw new Error('closed');
    });
    const timeline = startTimeline(intensity(100));
    timeline.change(intensity(500), 1000);
    expect(timeline.price(interval(4, 0, 4000), source).emissions).toBeCloseTo(1.6, 12);
  });

  it('cuts a source that was paused then where it stood', () => {
    let total = 3;
    const source = announce(() => total);
    const timeline = startTimeline(intensity(100));
    withdraw.pop()?.();
    timeline.change(intensity(500), 1000);
    withdraw.push(announceTotals(source));
    total = 4;
    expect(timeline.price(interval(4, 0, 100_000), source).emissions).toBeCloseTo(0.8, 12);
  });

  it('is remembered for a thousand changes', () => {
    let total = 0;
    const source = announce(() => total);
    const timeline = startTimeline(intensity(0));
    for (let change = 1; change <= 5000; change += 1) {
      total = change;
      timeline.change(intensity(change), change);
    }
    expect(timeline.current().gramsPerKilowattHour).toBe(5000);
    expect(timeline.price(interval(2, 0, 1, 4500.5), source).mean).toBeCloseTo(4501, 9);
  });
});

describe('announced totals', () => {
  it('are found by project and scope, by run where several match, and no more when withdrawn', () => {
    const one = announce(() => 1, 'one');
    expect(findTotals('p', 'machine')).toBe(one);
    expect(findTotals('p', 'machine', 'one')).toBe(one);
    expect(findTotals('q', 'machine', 'one')).toBeUndefined();
    const two = announce(() => 2, 'two');
    expect(findTotals('p', 'machine', 'two')).toBe(two);
    expect(findTotals('p', 'machine')).toBeUndefined();
    withdraw.pop()?.();
    expect(findTotals('p', 'machine', 'two')).toBeUndefined();
  });
});
