import type { Attributes } from '@opentelemetry/api';
import { AggregationTemporality, type CollectionResult } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { announceTotals } from '../../src/emissions/index.ts';
import { type EmissionsReaderOptions, withEmissions } from '../../src/reader/index.ts';
import { type EmissionsRecord, toRecords } from '../../src/record/index.ts';
import { kilowattHours } from '../../src/units.ts';
import { INFO, points, rig, SERIES, TestReader, value } from '../support/rig.ts';

/** Facts of a run whose instrumentation knows nothing of its place. */
const SILENT = { ...SERIES, run_id: 'run-1', on_cloud: 'N', pue: 2, wue: 0 };

const GERMANY = {
  ...SILENT,
  country_iso_code: 'DEU',
  country_name: 'Germany',
  region: 'berlin',
  latitude: 52.5,
  longitude: 13.4,
};

async function collected(
  options: EmissionsReaderOptions,
  info: Attributes,
  reader = new TestReader(),
): Promise<CollectionResult> {
  const state = rig({ readers: [withEmissions(reader, options)] });
  state.info = info;
  state.set(4);
  const result = await reader.collect();
  expect(result.errors).toEqual([]);
  return result;
}

async function recordOf(options: EmissionsReaderOptions, info: Attributes) {
  const { resourceMetrics } = await collected(options, info);
  const [record] = toRecords(resourceMetrics).records;
  return record;
}

const placeOf = (record: EmissionsRecord | undefined) =>
  record && [
    record.country_name,
    record.country_iso_code,
    record.region,
    record.cloud_provider,
    record.cloud_region,
    record.latitude,
    record.longitude,
    record.on_cloud,
  ];

const NONE = undefined;

describe('a place that only the reader was told', () => {
  it('is the place of the run, whole, in info and record', async () => {
    const options = {
      countryIsoCode: 'fra',
      cloudProvider: 'gcp',
      cloudRegion: 'europe-west9',
    } as const;
    const result = await collected(options, SILENT);
    const place = {
      country_name: 'France',
      country_iso_code: 'FRA',
      cloud_provider: 'gcp',
      cloud_region: 'europe-west9',
      on_cloud: 'Y',
    };
    expect(points(result, 'codecarbon_info')).toMatchObject([
      { value: 1, attributes: { ...SILENT, ...place } },
    ]);
    expect(toRecords(result.resourceMetrics).records[0]).toMatchObject(place);
  });

  it('replaces another place, of which nothing stays', async () => {
    expect(placeOf(await recordOf({}, GERMANY))).toEqual([
      'Germany',
      'DEU',
      'berlin',
      NONE,
      NONE,
      52.5,
      13.4,
      'N',
    ]);
    const record = await recordOf({ countryIsoCode: 'FRA' }, GERMANY);
    expect(placeOf(record)).toEqual(['France', 'FRA', ...Array(5).fill(NONE), 'N']);
    expect(record?.emissions).toBeCloseTo((4 * 44.18) / 1000, 12);
    expect(record?.run_id).toBe('run-1');
  });

  it('is completed by a place that agrees with it', async () => {
    const record = await recordOf({ region: 'bavaria' }, GERMANY);
    expect(placeOf(record)).toEqual(['Germany', 'DEU', 'bavaria', NONE, NONE, 52.5, 13.4, 'N']);
  });

  it('is stated to delta readers too', async () => {
    const reader = new TestReader(AggregationTemporality.DELTA);
    const result = await collected({ countryIsoCode: 'FRA' }, GERMANY, reader);
    expect(points(result, 'codecarbon_info')[0]?.attributes.country_name).toBe('France');
  });

  it('is each reader its own, and the data of the SDK stay as they are', async () => {
    const plain = new TestReader();
    const french = withEmissions(new TestReader(), { countryIsoCode: 'FRA' });
    const polish = withEmissions(new TestReader(), { countryIsoCode: 'POL' });
    const info = Object.freeze({ ...GERMANY });
    const state = rig({ readers: [plain, french, polish] });
    state.info = info;
    state.set(1);
    const names = [];
    for (const reader of [french, polish, plain, french]) {
      const found = points(await reader.collect(), 'codecarbon_info');
      names.push(found.map(({ attributes }) => attributes.country_name));
    }
    expect(names).toEqual([['France'], ['Poland'], ['Germany'], ['France']]);
  });
});

describe('WUE', () => {
  it('is stated as the reader counted the water with', async () => {
    const record = await recordOf({ wue: 1.8 }, { ...GERMANY, wue: 0.5 });
    expect(record).toMatchObject({ wue: 1.8, country_name: 'Germany' });
    // 4 kWh with PUE are 2 kWh of equipment.
    expect(record?.water_consumed).toBeCloseTo(3.6, 12);
    expect((await recordOf({ wue: 0 }, { ...GERMANY, wue: 0.5 }))?.wue).toBe(0);
    expect((await recordOf({}, { ...GERMANY, wue: 0.5 }))?.wue).toBe(0.5);
  });
});

describe('the facts of a run are left as they are', () => {
  it('when the reader was told nothing of the place', async () => {
    const info = { ...GERMANY, country_name: 'Deutschland' };
    const result = await collected({ forceCarbonIntensity: 5 }, info);
    expect(points(result, 'codecarbon_info')[0]?.attributes).toEqual(info);
  });

  it('when its energy is not what the reader prices', async () => {
    const options = { countryIsoCode: 'FRA', energyMetric: 'site_energy' };
    const result = await collected(options, GERMANY);
    expect(points(result, 'codecarbon_info')[0]?.attributes).toEqual(GERMANY);
  });

  it('when the instrumentation observes emissions itself', async () => {
    const withdraw = announceTotals({
      projectName: SERIES.project_name,
      scope: SERIES.scope,
      runId: 'run-1',
      observesEmissions: true,
      energyConsumed: () => kilowattHours(1),
    });
    const result = await collected({ countryIsoCode: 'FRA', wue: 3 }, GERMANY);
    withdraw();
    expect(points(result, 'codecarbon_info')[0]?.attributes).toEqual(GERMANY);
  });
});

describe('runs that follow one another on one meter', () => {
  it('the place of the last one counts, though the SDK repeats the facts of the first', async () => {
    const reader = withEmissions(new TestReader());
    const state = rig({ readers: [reader] });
    state.set(1);
    await reader.collect();
    state.info = { ...INFO, run_id: 'run-2', country_iso_code: 'POL' };
    const result = await reader.collect();
    expect(points(result, 'codecarbon_info')).toHaveLength(2);
    const [intensity] = points(result, 'codecarbon_carbon_intensity');
    expect(intensity?.attributes.zone).toBe('POL');
    expect(value(result, 'codecarbon_emissions')).toBeGreaterThan(0);
  });

  it('the facts of each say the place that the reader was told', async () => {
    const reader = withEmissions(new TestReader(), { countryIsoCode: 'FRA' });
    const state = rig({ readers: [reader] });
    state.info = GERMANY;
    await reader.collect();
    state.info = { ...INFO, run_id: 'run-2', country_iso_code: 'POL' };
    const found = points(await reader.collect(), 'codecarbon_info');
    const said = found.map(({ attributes }) => [attributes.run_id, attributes.country_iso_code]);
    expect(said).toEqual([
      ['run-1', 'FRA'],
      ['run-2', 'FRA'],
    ]);
  });
});
