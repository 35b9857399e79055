import {
  AggregationTemporality,
  type CollectionResult,
  type IMetricReader,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import {
  EmissionsMetricReader,
  type EmissionsMetricReaderOptions,
  withEmissions,
} from '../../src/reader/index.ts';
import { metric, rig, TestReader, value } from '../support/rig.ts';

const { CUMULATIVE, DELTA } = AggregationTemporality;

const asResult = (resourceMetrics: ResourceMetrics): CollectionResult => ({
  resourceMetrics,
  errors: [],
});

describe('EmissionsMetricReader', () => {
  it.each([
    ['cumulative', CUMULATIVE, [1, 5]],
    ['delta', DELTA, [1, 4]],
  ])('pushes emissions to a %s exporter', async (_, temporality, expected) => {
    const exporter = new InMemoryMetricExporter(temporality);
    const reader = new EmissionsMetricReader({
      exporter,
      exportIntervalMillis: 3_600_000,
      forceCarbonIntensity: 1000,
    });
    const { set, provider } = rig({ readers: [reader] });
    set(1);
    await reader.forceFlush();
    set(5);
    await provider.shutdown();
    const emissions = exporter
      .getMetrics()
      .map((pushed) => value(asResult(pushed), 'codecarbon_emissions'));
    expect(emissions).toEqual(expected.map((kilograms) => expect.closeTo(kilograms, 12)));
  });

  it('is left as it is when it is wrapped', async () => {
    const reader = new EmissionsMetricReader({
      exporter: new InMemoryMetricExporter(CUMULATIVE),
      forceCarbonIntensity: 1000,
    });
    const collect = reader.collect;
    expect(withEmissions(reader).collect).toBe(collect);
  });

  const exporter = new InMemoryMetricExporter(CUMULATIVE);

  it.each([
    ['maxExportBatchSize', { exporter, maxExportBatchSize: 100 }, 'several exports'],
    ['exporter', {}, 'a metric exporter is required'],
    ['countryIsoCode', { exporter, countryIsoCode: 'FRX' }, 'FRA (France)'],
    ['wue', { exporter, wue: -1 }, 'a number of L/kWh >= 0'],
    ['wue', { exporter, wue: Number.NaN }, 'a number of L/kWh >= 0'],
    ['forceCarbonIntensity', { exporter, forceCarbonIntensity: 'low' }, 'g/kWh >= 0'],
    ['countryIsoCod', { exporter, countryIsoCod: 'FRA' }, 'Did you mean countryIsoCode?'],
    ['pue', { exporter, pue: 1.2 }, 'no such option'],
  ])('refuses a bad %s', (option, options, text) => {
    const make = () => new EmissionsMetricReader(options as EmissionsMetricReaderOptions);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(text);
    expect(make).toThrow(option);
  });
});

describe('withEmissions', () => {
  it('makes a periodic reader push emissions', async () => {
    const exporter = new InMemoryMetricExporter(CUMULATIVE);
    const reader = withEmissions(new PeriodicExportingMetricReader({ exporter }), {
      forceCarbonIntensity: 1000,
    });
    const { set, provider } = rig({ readers: [reader] });
    set(2);
    await provider.shutdown();
    expect(exporter.getMetrics().map((m) => value(asResult(m), 'codecarbon_emissions'))).toEqual([
      2,
    ]);
  });

  it('refuses a reader that would cut a record', () => {
    const reader = new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(CUMULATIVE),
      maxExportBatchSize: 10,
    });
    expect(() => withEmissions(reader)).toThrow('maxExportBatchSize');
  });

  it('works on a reader of another copy of the SDK, and keeps its type', async () => {
    const inner = new TestReader();
    rig({ readers: [inner] }).set(3);
    // The same interface, nothing of this copy's classes.
    const other = {
      kind: 'other' as const,
      setMetricProducer: () => undefined,
      selectAggregation: () => ({ type: 0 as const }),
      selectAggregationTemporality: () => CUMULATIVE,
      selectCardinalityLimit: () => 2000,
      collect: () => inner.collect(),
      shutdown: async () => undefined,
      forceFlush: async () => undefined,
    } satisfies IMetricReader & { kind: 'other' };
    const reader = withEmissions(other, { forceCarbonIntensity: 1000 });
    expect(reader).toBe(other);
    expectTypeOf(reader.kind).toEqualTypeOf<'other'>();
    expect(value(await reader.collect(), 'codecarbon_emissions')).toBe(3);
  });

  it('takes the same options as the readers, and no others', () => {
    type Options = NonNullable<Parameters<typeof withEmissions>[1]>;
    expectTypeOf<{ countryIsoCode: string; wue: number }>().toExtend<Options>();
    expectTypeOf<Options['forceCarbonIntensity']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Options['cloudProvider']>().toEqualTypeOf<'aws' | 'azure' | 'gcp' | undefined>();
    expectTypeOf<keyof EmissionsMetricReaderOptions>().not.toExtend<'maxExportBatchSize'>();
    expectTypeOf<EmissionsMetricReaderOptions>().toHaveProperty('exportIntervalMillis');
    // @ts-expect-error an option that does not exist
    expect(() => withEmissions(new TestReader(), { pue: 2 })).toThrow(ConfigurationError);
  });
});

describe('two readers at once', () => {
  it('each has its own account, in its own temporality', async () => {
    const cumulative = withEmissions(new TestReader(CUMULATIVE), { forceCarbonIntensity: 1000 });
    const delta = withEmissions(new TestReader(DELTA), { forceCarbonIntensity: 500 });
    const { set } = rig({ readers: [cumulative, delta] });
    set(1);
    await cumulative.collect();
    set(4);
    expect(value(await delta.collect(), 'codecarbon_emissions')).toBe(2);
    set(6);
    expect(value(await cumulative.collect(), 'codecarbon_emissions')).toBe(6);
    expect(value(await delta.collect(), 'codecarbon_emissions')).toBe(1);
  });

  it('collections that overlap lose nothing and double nothing', async () => {
    const reader = withEmissions(new TestReader(DELTA), { forceCarbonIntensity: 1000 });
    const { set } = rig({ readers: [reader] });
    set(1);
    const first = reader.collect();
    set(3);
    const second = reader.collect();
    const results = await Promise.all([first, second]);
    const sum = results.reduce(
      (all, result) => all + (value(result, 'codecarbon_emissions') ?? 0),
      0,
    );
    expect(sum).toBeCloseTo(3, 12);
  });

  it('results that resolve out of order never go back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const inner = new TestReader();
    const collect = inner.collect.bind(inner);
    const release: (() => void)[] = [];
    inner.collect = async (options) => {
      const result = await collect(options);
      await new Promise<void>((resolve) => release.push(resolve));
      return result;
    };
    const reader = withEmissions(inner, { forceCarbonIntensity: 1000 });
    const { set } = rig({ readers: [reader] });
    set(1);
    const older = reader.collect();
    await until(() => release.length === 1);
    vi.setSystemTime(Date.now() + 1000);
    set(3);
    const newer = reader.collect();
    await until(() => release.length === 2);
    release[1]?.();
    expect(value(await newer, 'codecarbon_emissions')).toBeCloseTo(3, 12);
    release[0]?.();
    expect(value(await older, 'codecarbon_emissions')).toBeCloseTo(3, 12);
    expect(metric(await older, 'codecarbon_energy_consumed')).toBeDefined();
    vi.useRealTimers();
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
