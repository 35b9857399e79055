import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceTotals } from '../../src/emissions/index.ts';
import { overheadCpuTime } from '../../src/overhead.ts';
import { withEmissions } from '../../src/reader/index.ts';
import { kilowattHours } from '../../src/units.ts';
import { captureDiag } from '../support/diag.ts';
import { INFO, metric, points, rig, SERIES, TestReader, value } from '../support/rig.ts';

const { CUMULATIVE, DELTA } = AggregationTemporality;
const START = Date.UTC(2026, 0, 1);
const FRANCE = 44.18;
const WORLD = 472.94;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const clockAt = (seconds: number): void => void vi.setSystemTime(START + seconds * 1000);

describe('derived metrics', () => {
  it('stand in the scope of the energy, with value type, unit and kind', async () => {
    const reader = withEmissions(new TestReader());
    const { set } = rig({ readers: [reader] });
    clockAt(10);
    set(2);
    const result = await reader.collect();
    expect(result.errors).toEqual([]);
    const [scope] = result.resourceMetrics.scopeMetrics;
    expect(scope?.metrics.map(({ descriptor: { name, unit } }) => [name, unit])).toEqual([
      ['codecarbon_energy_consumed', '{kWh}'],
      ['codecarbon_info', '{info}'],
      ['codecarbon_emissions', '{kg}'],
      ['codecarbon_emissions_rate', '{kg/s}'],
      ['codecarbon_carbon_intensity', '{g/kWh}'],
      ['codecarbon_water_consumed', '{L}'],
    ]);
    expect(metric(result, 'codecarbon_emissions')).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      aggregationTemporality: CUMULATIVE,
      descriptor: { valueType: ValueType.DOUBLE, type: 'OBSERVABLE_COUNTER' },
    });
    expect(metric(result, 'codecarbon_emissions_rate')).toMatchObject({
      dataPointType: DataPointType.GAUGE,
      descriptor: { valueType: ValueType.DOUBLE },
    });
  });

  it('the first energy counts from the construction of the reader', async () => {
    const reader = withEmissions(new TestReader());
    const { set } = rig({ readers: [reader] });
    clockAt(10);
    set(2);
    const result = await reader.collect();
    expect(points(result, 'codecarbon_emissions')).toEqual([
      {
        attributes: SERIES,
        value: (2 * FRANCE) / 1000,
        startTime: [START / 1000, 0],
        endTime: [START / 1000 + 10, 0],
      },
    ]);
    expect(value(result, 'codecarbon_emissions_rate')).toBeCloseTo((2 * FRANCE) / 1000 / 10, 12);
  });

  it('the intensity carries its source, year and zone', async () => {
    const reader = withEmissions(new TestReader());
    rig({ readers: [reader] });
    expect(points(await reader.collect(), 'codecarbon_carbon_intensity')).toMatchObject([
      { value: FRANCE, attributes: { ...SERIES, source: 'country', year: 2024, zone: 'FRA' } },
    ]);
  });

  it('the rate is that of the last interval', async () => {
    const reader = withEmissions(new TestReader(), { forceCarbonIntensity: 100 });
    const { set } = rig({ readers: [reader] });
    clockAt(10);
    set(1);
    await reader.collect();
    clockAt(30);
    set(5);
    const result = await reader.collect();
    expect(value(result, 'codecarbon_emissions')).toBeCloseTo(0.5, 12);
    expect(value(result, 'codecarbon_emissions_rate')).toBeCloseTo(0.4 / 20, 12);
  });

  it('a delta reader gets the emissions of each interval, with its times', async () => {
    const reader = withEmissions(new TestReader(DELTA), { forceCarbonIntensity: 100, wue: 2 });
    const { set } = rig({ readers: [reader] });
    clockAt(10);
    set(1);
    const first = await reader.collect();
    clockAt(30);
    set(5);
    const second = await reader.collect();
    expect(value(first, 'codecarbon_emissions')).toBeCloseTo(0.1, 12);
    expect(value(second, 'codecarbon_emissions')).toBeCloseTo(0.4, 12);
    expect(value(second, 'codecarbon_water_consumed')).toBeCloseTo(8, 12);
    expect(metric(second, 'codecarbon_emissions')?.aggregationTemporality).toBe(DELTA);
    expect(points(second, 'codecarbon_emissions')[0]).toMatchObject({
      startTime: [START / 1000 + 10, 0],
      endTime: [START / 1000 + 30, 0],
    });
  });

  it('water is WUE times the energy of the equipment, PUE taken out', async () => {
    const reader = withEmissions(new TestReader(), { wue: 1.8 });
    const state = rig({ readers: [reader] });
    state.info = { ...INFO, pue: 1.5 };
    state.set(3);
    expect(value(await reader.collect(), 'codecarbon_water_consumed')).toBeCloseTo(3.6, 12);
  });

  it('WUE comes from the instrumentation when the reader has none', async () => {
    const reader = withEmissions(new TestReader());
    const state = rig({ readers: [reader] });
    state.info = { ...INFO, wue: '0.5' };
    state.set(3);
    expect(value(await reader.collect(), 'codecarbon_water_consumed')).toBeCloseTo(1.5, 12);
  });

  it('every set of attributes is a series of its own', async () => {
    const reader = withEmissions(new TestReader(), { forceCarbonIntensity: 100 });
    const state = rig({ readers: [reader] });
    const other = { scope: 'machine', project_name: 'other' };
    state.energy = [
      [1, SERIES],
      [2, other],
    ];
    state.info = undefined;
    const collected = await reader.collect();
    expect(points(collected, 'codecarbon_emissions')).toEqual([]);
    clockAt(6);
    const info = state.meter.createObservableGauge('codecarbon_info');
    info.addCallback((result) => {
      for (const series of [SERIES, other]) result.observe(1, { ...INFO, ...series });
    });
    state.energy = [
      [3, SERIES],
      [7, other],
    ];
    const result = await reader.collect();
    const found = points(result, 'codecarbon_emissions').map((p) => [p.attributes, p.value]);
    expect(found).toEqual([
      [SERIES, expect.closeTo(0.3, 12)],
      [other, expect.closeTo(0.7, 12)],
    ]);
  });
});

describe('place and intensity', () => {
  const collected = async (
    options: Parameters<typeof withEmissions>[1],
    info: Record<string, string | number>,
  ): Promise<CollectionResult> => {
    const reader = withEmissions(new TestReader(), options);
    const state = rig({ readers: [reader] });
    state.info = { ...SERIES, run_id: 'run-1', ...info };
    state.set(1);
    return reader.collect();
  };
  const intensity = async (...given: Parameters<typeof collected>) => {
    const [point] = points(await collected(...given), 'codecarbon_carbon_intensity');
    return [point?.value, point?.attributes.source];
  };

  it.each([
    ['the place in codecarbon_info', {}, { country_iso_code: 'FRA' }, [FRANCE, 'country']],
    [
      "the reader's own country",
      { countryIsoCode: 'fra' },
      { country_iso_code: 'DEU' },
      [FRANCE, 'country'],
    ],
    ['a forced intensity', { forceCarbonIntensity: 7 }, { country_iso_code: 'FRA' }, [7, 'forced']],
    ['one that the instrumentation was given', {}, { force_carbon_intensity: '9' }, [9, 'forced']],
    [
      "the reader's place before that",
      { countryIsoCode: 'FRA' },
      { force_carbon_intensity: 9 },
      [FRANCE, 'country'],
    ],
    ['the world, when the place is unknown', {}, {}, [WORLD, 'world']],
    [
      'the world, when the facts are nonsense',
      {},
      { country_iso_code: '??', pue: 'x' },
      [WORLD, 'world'],
    ],
  ] as const)('come from %s', async (_, options, info, expected) => {
    expect(await intensity(options, info)).toEqual(expected);
  });

  it('energy from before the place was settled is held back, and priced then', async () => {
    for (const temporality of [CUMULATIVE, DELTA]) {
      clockAt(0);
      const reader = withEmissions(new TestReader(temporality), { wue: 1 });
      const state = rig({ readers: [reader] });
      state.info = undefined;
      state.set(1);
      expect(value(await reader.collect(), 'codecarbon_emissions')).toBeUndefined();
      clockAt(2);
      state.set(3);
      expect(value(await reader.collect(), 'codecarbon_emissions')).toBeUndefined();
      clockAt(3);
      state.info = { ...INFO };
      state.set(4);
      const result = await reader.collect();
      expect(value(result, 'codecarbon_emissions')).toBeCloseTo((4 * FRANCE) / 1000, 12);
      expect(points(result, 'codecarbon_emissions')[0]?.startTime).toEqual([START / 1000, 0]);
      expect(value(result, 'codecarbon_water_consumed')).toBeCloseTo(4, 12);
    }
  });

  it('a View that drops codecarbon_info disables derivation, whatever the options say, and one warning says so', async () => {
    const diag = captureDiag();
    const views = [{ instrumentName: 'codecarbon_info', aggregation: { type: 1 as const } }];
    const reader = withEmissions(new TestReader(), { countryIsoCode: 'FRA', wue: 1 });
    const state = rig({ readers: [reader], views });
    for (const second of [0, 6, 12]) {
      clockAt(second);
      state.set(1 + second);
      const result = await reader.collect();
      expect(metric(result, 'codecarbon_emissions')).toBeUndefined();
      expect(metric(result, 'codecarbon_water_consumed')).toBeUndefined();
      expect(result.errors).toEqual([]);
    }
    expect(diag.messages('warn')).toHaveLength(1);
    expect(diag.messages('warn')[0]).toContain('codecarbon_info');
    diag.stop();
  });

  it('codecarbon_info that comes very late still prices everything', async () => {
    const diag = captureDiag();
    const reader = withEmissions(new TestReader(), { forceCarbonIntensity: 1000, wue: 1 });
    const state = rig({ readers: [reader] });
    state.info = undefined;
    state.set(1);
    await reader.collect();
    clockAt(60);
    await reader.collect();
    state.info = { ...INFO, pue: 2 };
    clockAt(120);
    state.set(4);
    const result = await reader.collect();
    expect(value(result, 'codecarbon_emissions')).toBe(4);
    expect(value(result, 'codecarbon_water_consumed')).toBe(2);
    diag.stop();
  });

  it('a collection that lacks codecarbon_info once does not lose the place', async () => {
    const reader = withEmissions(new TestReader(DELTA));
    const state = rig({ readers: [reader] });
    state.set(1);
    await reader.collect();
    state.info = undefined;
    clockAt(60);
    state.set(2);
    const result = await reader.collect();
    expect(value(result, 'codecarbon_carbon_intensity')).toBe(FRANCE);
  });
});

describe('derivation', () => {
  it('is counted as overhead, but not the collection around it', async () => {
    const inner = new TestReader();
    const state = rig({ readers: [inner] });
    state.energy = Array.from({ length: 1900 }, (_, series) => [1, { ...SERIES, series }]);
    const before = overheadCpuTime();
    await inner.collect();
    expect(overheadCpuTime()).toBe(before);
    await withEmissions(inner).collect();
    expect(overheadCpuTime()).toBeGreaterThan(before);
  });
});

describe('faults', () => {
  it('a counter that restarts goes on', async () => {
    const reader = withEmissions(new TestReader(), { forceCarbonIntensity: 1000 });
    const { set } = rig({ readers: [reader] });
    set(5);
    await reader.collect();
    clockAt(10);
    set(2);
    const result = await reader.collect();
    expect(value(result, 'codecarbon_energy_consumed')).toBe(2);
    expect(value(result, 'codecarbon_emissions')).toBeCloseTo(7, 12);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%d is left out with an error and poisons nothing',
    async (bad) => {
      const inner = new TestReader();
      const collect = inner.collect.bind(inner);
      let spoil = false;
      inner.collect = async (options) => {
        const base = await collect(options);
        const [point] = spoil ? points(base, 'codecarbon_energy_consumed') : [];
        if (point !== undefined) Object.assign(point, { value: bad });
        return base;
      };
      const reader = withEmissions(inner, { forceCarbonIntensity: 1000 });
      const { set } = rig({ readers: [reader] });
      set(1);
      await reader.collect();
      clockAt(10);
      spoil = true;
      const broken = await reader.collect();
      expect(broken.errors.map(String).join()).toContain('codecarbon_energy_consumed is left out');
      expect(points(broken, 'codecarbon_emissions')).toEqual([]);
      spoil = false;
      clockAt(20);
      set(4);
      expect(value(await reader.collect(), 'codecarbon_emissions')).toBeCloseTo(4, 12);
    },
  );

  it('a fault inside goes to errors and the base result passes through', async () => {
    const inner = new TestReader();
    const broken = {
      resourceMetrics: { resource: {}, scopeMetrics: undefined },
      errors: ['first'],
    };
    inner.collect = async () => broken as unknown as CollectionResult;
    const result = await withEmissions(inner).collect();
    expect(result.resourceMetrics).toBe(broken.resourceMetrics);
    expect(result.errors).toEqual(['first', expect.any(TypeError)]);
    expect(broken.errors).toEqual(['first']);
  });

  it('a base result without a list of errors is no fault', async () => {
    const inner = new TestReader();
    const collect = inner.collect.bind(inner);
    inner.collect = async () => {
      const { resourceMetrics } = await collect();
      return { resourceMetrics } as CollectionResult;
    };
    const reader = withEmissions(inner, { forceCarbonIntensity: 1000 });
    rig({ readers: [reader] }).set(1);
    const result = await reader.collect();
    expect(value(result, 'codecarbon_emissions')).toBe(1);
    expect(result.errors).toEqual([]);
  });

  it('what the base result says about errors is kept', async () => {
    const reader = withEmissions(new TestReader());
    const { meter, set } = rig({ readers: [reader] });
    meter.createObservableGauge('broken').addCallback(() => {
      throw new Error('no');
    });
    set(1);
    const result = await reader.collect();
    expect(result.errors).toHaveLength(1);
    expect(value(result, 'codecarbon_emissions')).toBeGreaterThan(0);
  });

  it('frozen input is no problem, and nothing in it changes', async () => {
    const inner = new TestReader();
    const collect = inner.collect.bind(inner);
    const seen: CollectionResult[] = [];
    inner.collect = async (options) => {
      const base = deepFreeze(await collect(options));
      seen.push(base);
      return base;
    };
    const reader = withEmissions(inner);
    const { set } = rig({ readers: [reader] });
    set(1);
    const result = await reader.collect();
    expect(result.errors).toEqual([]);
    expect(value(result, 'codecarbon_emissions')).toBeGreaterThan(0);
    expect(seen[0]?.resourceMetrics.scopeMetrics[0]?.metrics).toHaveLength(2);
  });

  it('an exporter that changes what it gets spoils no later collection', async () => {
    const reader = withEmissions(new TestReader(), { forceCarbonIntensity: 1000 });
    const { set } = rig({ readers: [reader] });
    set(1);
    const first = await reader.collect();
    for (const { attributes } of points(first, 'codecarbon_emissions')) attributes.host = 'x';
    clockAt(1);
    const [point] = points(await reader.collect(), 'codecarbon_emissions');
    expect(point?.attributes).toEqual(SERIES);
  });

  it('a reader that is shut down rejects as it always did', async () => {
    const reader = withEmissions(new TestReader());
    rig({ readers: [reader] });
    await reader.shutdown();
    await expect(reader.collect()).rejects.toThrow('MetricReader is shutdown');
  });
});

describe('who derives', () => {
  it('a reader that is wrapped twice derives once', async () => {
    const once = withEmissions(new TestReader(), { forceCarbonIntensity: 1000 });
    const twice = withEmissions(once, { forceCarbonIntensity: 5 });
    expect(twice).toBe(once);
    const { set } = rig({ readers: [twice] });
    set(1);
    const result = await twice.collect();
    expect(points(result, 'codecarbon_emissions').map((point) => point.value)).toEqual([1]);
  });

  it('emissions that are in the data already are left alone', async () => {
    const inner = new TestReader();
    const reader = withEmissions(inner);
    const { meter, set } = rig({ readers: [reader] });
    meter.createObservableCounter('codecarbon_emissions').addCallback((result) => {
      result.observe(42, SERIES);
    });
    set(1);
    const result = await reader.collect();
    expect(points(result, 'codecarbon_emissions').map((point) => point.value)).toEqual([42]);
    expect(metric(result, 'codecarbon_emissions_rate')).toBeUndefined();
  });

  it('energy whose instrumentation observes emissions itself is left alone from the first', async () => {
    const withdraw = announceTotals({
      projectName: 'test',
      scope: 'machine',
      runId: 'run-1',
      observesEmissions: true,
      energyConsumed: () => kilowattHours(1),
    });
    const reader = withEmissions(new TestReader());
    rig({ readers: [reader] }).set(1);
    expect(metric(await reader.collect(), 'codecarbon_emissions')).toBeUndefined();
    withdraw();
    clockAt(1);
    expect(metric(await reader.collect(), 'codecarbon_emissions')).toBeUndefined();
  });

  it.each([
    ['renames', [{ instrumentName: 'codecarbon_energy_consumed', name: 'energy' }]],
    [
      'drops',
      [{ instrumentName: 'codecarbon_energy_consumed', aggregation: { type: 1 as const } }],
    ],
  ])('a View that %s the energy disables derivation, and one warning says so', async (_, views) => {
    const diag = captureDiag();
    const reader = withEmissions(new TestReader());
    const { set } = rig({ readers: [reader], views });
    set(1);
    for (const second of [1, 2, 3]) {
      clockAt(second);
      expect(metric(await reader.collect(), 'codecarbon_emissions')).toBeUndefined();
    }
    const warnings = diag.messages('warn').filter((text) => text.includes('emissions:'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('View');
    diag.stop();
  });

  it('a View that strips the attributes leaves one series, priced by the only run', async () => {
    const views = [
      {
        instrumentName: 'codecarbon_energy_consumed',
        attributesProcessors: [{ process: () => ({}) }],
      },
    ];
    const reader = withEmissions(new TestReader());
    const { set } = rig({ readers: [reader], views });
    set(1);
    expect(value(await reader.collect(), 'codecarbon_emissions')).toBeCloseTo(FRANCE / 1000, 12);
  });
});

describe('energy that somebody else measured', () => {
  const foreign = { scopeName: 'acme', energyName: 'acme_energy' };

  it('is priced at once, and stays in its own scope and unscaled', async () => {
    const options = { energyMetric: 'acme_energy', countryIsoCode: 'FRA', wue: 2 };
    const reader = withEmissions(new TestReader(), options);
    const state = rig({ readers: [reader], ...foreign });
    state.info = undefined;
    state.set(3, { site: 'a' });
    const result = await reader.collect();
    expect(points(result, 'codecarbon_emissions')[0]).toMatchObject({
      attributes: { site: 'a' },
      value: (3 * FRANCE) / 1000,
    });
    expect(value(result, 'codecarbon_water_consumed')).toBe(6);
    expect(result.resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['acme']);
  });

  it('beside an instrumentation that never tells the place is priced after a while', async () => {
    const diag = captureDiag();
    const options = { energyMetric: 'acme_energy', forceCarbonIntensity: 1000 };
    const reader = withEmissions(new TestReader(), options);
    const state = rig({ readers: [reader], energyName: 'acme_energy' });
    state.meter.createObservableGauge('codecarbon_cpu_power').addCallback((result) => {
      result.observe(1, SERIES);
    });
    state.info = undefined;
    state.set(2);
    expect(value(await reader.collect(), 'codecarbon_emissions')).toBeUndefined();
    clockAt(6);
    expect(value(await reader.collect(), 'codecarbon_emissions')).toBe(2);
    expect(diag.messages('warn')).toHaveLength(1);
    diag.stop();
  });

  it('in joules is converted', async () => {
    const options = { energyMetric: 'acme_energy', forceCarbonIntensity: 1000 };
    const reader = withEmissions(new TestReader(), options);
    const { set } = rig({ readers: [reader], ...foreign, unit: 'J' });
    set(7.2e6);
    expect(value(await reader.collect(), 'codecarbon_emissions')).toBeCloseTo(2, 12);
  });

  it('in a unit that is not understood is refused with one warning', async () => {
    const diag = captureDiag();
    const reader = withEmissions(new TestReader(), { energyMetric: 'acme_energy' });
    const { set } = rig({ readers: [reader], ...foreign, unit: 'MW.h' });
    set(1);
    await reader.collect();
    expect(metric(await reader.collect(), 'codecarbon_emissions')).toBeUndefined();
    expect(diag.messages('warn').filter((text) => text.includes('kWh or J'))).toHaveLength(1);
    diag.stop();
  });

  it('that never comes is told once', async () => {
    const diag = captureDiag();
    const reader = withEmissions(new TestReader(), { energyMetric: 'acme_energie' });
    rig({ readers: [reader], ...foreign });
    for (const second of [1, 2, 3]) {
      clockAt(second);
      await reader.collect();
    }
    expect(diag.messages('warn').filter((text) => text.includes('acme_energie'))).toHaveLength(1);
    diag.stop();
  });
});

function deepFreeze<Value>(given: Value): Value {
  if (typeof given !== 'object' || given === null || Object.isFrozen(given)) return given;
  if ('asyncAttributesPending' in given) return given;
  Object.freeze(given);
  for (const inner of Object.values(given)) deepFreeze(inner);
  return given;
}
