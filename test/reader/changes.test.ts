import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceTotals } from '../../src/emissions/index.ts';
import { type IntensityTimeline, startTimeline } from '../../src/emissions/timeline.ts';
import { openDerivation } from '../../src/reader/derive.ts';
import { readerSettings } from '../../src/reader/options.ts';
import { gramsPerKilowattHour, kilowattHours, litresPerKilowattHour } from '../../src/units.ts';
import { rig, TestReader, value } from '../support/rig.ts';

const START = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const intensity = (grams: number) => ({
  gramsPerKilowattHour: gramsPerKilowattHour(grams),
  source: 'live',
});

function readerOf(temporality: AggregationTemporality, timeline: IntensityTimeline, metric = {}) {
  const reader = new TestReader(temporality);
  const { derive } = openDerivation(readerSettings(metric), Date.now(), async () => ({
    timeline,
    wue: litresPerKilowattHour(0),
    pue: 1,
  }));
  const collect = reader.collect.bind(reader);
  reader.collect = async (options) => derive(await collect(options));
  return reader;
}

/** Power and intensity that move together: the case in which a mean of one hides the other. */
const powerAt = (second: number): number => 200 + 150 * Math.sin(second / 40);
const gramsAt = (hour: number): number => 300 + 250 * Math.sin((hour * 300) / 40);

describe('an intensity that changes while power varies with it', () => {
  it('readers with different periods agree with the integral to 1e-9', async () => {
    const timeline = startTimeline(intensity(gramsAt(0)));
    const fast = readerOf(AggregationTemporality.CUMULATIVE, timeline);
    const slow = readerOf(AggregationTemporality.CUMULATIVE, timeline);
    const delta = readerOf(AggregationTemporality.DELTA, timeline);
    const { set } = rig({ readers: [fast, slow, delta] });
    let energy = 0;
    const withdraw = announceTotals({
      projectName: 'test',
      scope: 'machine',
      runId: 'run-1',
      energyConsumed: () => kilowattHours(energy),
    });
    let grams = gramsAt(0);
    let integral = 0;
    let deltas = 0;
    const results = { fast: 0, slow: 0 };
    for (let second = 1; second <= 3600; second += 1) {
      vi.setSystemTime(START + second * 1000);
      const added = powerAt(second) / 3.6e6;
      energy += added;
      integral += (added * grams) / 1000;
      set(energy);
      if (second % 300 === 0) {
        grams = gramsAt(second / 300);
        timeline.change(intensity(grams), Date.now());
      }
      if (second % 7 === 0 || second === 3600) {
        results.fast = value(await fast.collect(), 'codecarbon_emissions') ?? 0;
      }
      if (second % 990 === 0 || second === 3600) {
        results.slow = value(await slow.collect(), 'codecarbon_emissions') ?? 0;
      }
      if (second % 61 === 0 || second === 3600) {
        deltas += value(await delta.collect(), 'codecarbon_emissions') ?? 0;
      }
    }
    withdraw();
    for (const emissions of [results.fast, results.slow, deltas]) {
      expect(Math.abs(emissions / integral - 1)).toBeLessThan(1e-9);
    }
  });

  it('foreign energy is weighted by time', async () => {
    const timeline = startTimeline(intensity(100));
    const reader = readerOf(AggregationTemporality.CUMULATIVE, timeline, { energyMetric: 'acme' });
    const { set } = rig({ readers: [reader], scopeName: 'acme', energyName: 'acme' });
    vi.setSystemTime(START + 30_000);
    timeline.change(intensity(500), Date.now());
    vi.setSystemTime(START + 120_000);
    set(4);
    const result = await reader.collect();
    expect(value(result, 'codecarbon_emissions')).toBeCloseTo(4 * (0.25 * 0.1 + 0.75 * 0.5), 12);
    expect(value(result, 'codecarbon_carbon_intensity')).toBeCloseTo(400, 9);
  });

  it('a run that ended is still cut where it was', async () => {
    const timeline = startTimeline(intensity(100));
    const reader = readerOf(AggregationTemporality.CUMULATIVE, timeline);
    const { set } = rig({ readers: [reader] });
    let energy = 0;
    const withdraw = announceTotals({
      projectName: 'test',
      scope: 'machine',
      runId: 'run-1',
      energyConsumed: () => kilowattHours(energy),
    });
    await reader.collect();
    vi.setSystemTime(START + 1000);
    energy = 3;
    timeline.change(intensity(500), Date.now());
    vi.setSystemTime(START + 100_000);
    set(4);
    withdraw();
    expect(value(await reader.collect(), 'codecarbon_emissions')).toBeCloseTo(0.8, 12);
  });
});
