import { ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBacklog } from '../../../src/exporters/logfire/backlog.ts';
import { fold } from '../../../src/exporters/logfire/fold.ts';
import { runMetrics } from '../run-metrics.ts';

const { DELTA, CUMULATIVE } = AggregationTemporality;
const collection = (value: number, method: string, temporality = DELTA): ResourceMetrics =>
  runMetrics([{ points: { cpuEnergy: [[value, { method }]], cpuPower: [[value]] } }], temporality);

const pointsOf = ({ scopeMetrics }: ResourceMetrics, name: string) =>
  scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }): readonly MetricData['dataPoints'][number][] => dataPoints);

describe('two collections as one', () => {
  it('add up deltas per series, and keep a series that only one has', () => {
    const folded = fold(
      fold(collection(1, 'rapl'), collection(2, 'load_model')),
      collection(4, 'rapl'),
    );
    const values = pointsOf(folded, 'codecarbon_cpu_energy').map(({ value }) => value);
    expect(values).toEqual([5, 2]);
  });

  it('take the newer gauge, and the newer total', () => {
    const folded = fold(collection(1, 'rapl', CUMULATIVE), collection(4, 'rapl', CUMULATIVE));
    expect(pointsOf(folded, 'codecarbon_cpu_power').map(({ value }) => value)).toEqual([4]);
    expect(pointsOf(folded, 'codecarbon_cpu_energy').map(({ value }) => value)).toEqual([4]);
  });

  it('cover the time of both', () => {
    const at = (second: number): ResourceMetrics =>
      runMetrics([{ at: second * 1000, points: { duration: [[1]] } }], DELTA);
    const [point] = pointsOf(fold(at(2_000_000_000), at(2_000_000_060)), 'codecarbon_duration');
    expect([point?.startTime[0], point?.endTime[0]]).toEqual([1_750_000_000, 2_000_000_060]);
  });

  it('add up histograms with the same buckets', () => {
    const [point] = pointsOf(fold(histogram([1, 2, 0], 5), histogram([0, 1, 4], 70)), 'h');
    expect(point?.value).toEqual({
      buckets: { boundaries: [10, 20], counts: [1, 3, 4] },
      count: 8,
      sum: 75,
      min: 1,
      max: 30,
    });
  });
});

describe('the backlog', () => {
  it('keeps every sum, however long it gets', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 50 });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 5 }), (values, longest) => {
        const backlog = openBacklog(longest);
        for (const value of values) backlog.add(collection(value, 'rapl'));
        expect(backlog.size).toBe(Math.min(values.length, longest));
        let total = 0;
        for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) {
          for (const { value } of pointsOf(next, 'codecarbon_cpu_energy')) total += Number(value);
        }
        expect(total).toBe(values.reduce((sum, value) => sum + value, 0));
      }),
    );
  });
});

function histogram(counts: number[], sum: number): ResourceMetrics {
  const value = {
    buckets: { boundaries: [10, 20], counts },
    count: counts.reduce((total, count) => total + count, 0),
    sum,
    min: 1,
    max: 30,
  };
  const metric: MetricData = {
    descriptor: { name: 'h', description: '', unit: 's', valueType: ValueType.DOUBLE },
    aggregationTemporality: DELTA,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [{ startTime: [1, 0], endTime: [2, 0], attributes: {}, value }],
  };
  const scopeMetrics = [{ scope: { name: 'x' }, metrics: [metric] }];
  return { resource: emptyResource(), scopeMetrics };
}
