import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { serialize } from '../../../src/exporters/http/serialize.ts';
import { type EmissionsRecord, RECORD_FIELDS, toRecords } from '../../../src/record/index.ts';
import { runMetrics, steadyRun } from '../run-metrics.ts';

const schema = JSON.parse(readFileSync('schema/emissions-record.schema.json', 'utf8')) as {
  properties: Record<string, { type?: readonly string[] }>;
};
const isValid = new Ajv2020.default({ strict: true, allowUnionTypes: true }).compile(schema);

const validate = (body: unknown): unknown => (isValid(body) ? [] : isValid.errors);

function recordOf(run: Parameters<typeof steadyRun>[1]): EmissionsRecord {
  const [record] = toRecords(runMetrics([steadyRun(60, run)]), {}).records;
  if (record === undefined) throw new Error('no record');
  return record;
}

describe('the schema of the body', () => {
  it('has the fields of the record, in order', () => {
    expect(Object.keys(schema.properties)).toEqual(RECORD_FIELDS);
    expect(Object.keys(JSON.parse(serialize(recordOf({}))))).toEqual(RECORD_FIELDS);
  });

  it('fits a run of which all is known', () => {
    const info = {
      experiment_id: 'e',
      os: 'Linux-6.1.0-x86_64-with-glibc2.36',
      python_version: 'node 20.20.2',
      codecarbon_version: '0.1.0',
      country_name: 'France',
      country_iso_code: 'FRA',
      region: 'idf',
      cloud_provider: 'gcp',
      cloud_region: 'europe-west9',
      cpu_count: 4,
      cpu_model: 'x',
      gpu_count: 1,
      gpu_model: '1 x y',
      longitude: 2.3,
      latitude: 48.9,
      ram_total_size: 16,
      tracking_mode: 'machine',
      on_cloud: 'Y',
      pue: 1.2,
      wue: 0.5,
    };
    const points = {
      gpuEnergy: [[1e-3, { method: 'nvml' }]],
      gpuBusy: [[5]],
      waterConsumed: [[1e-4]],
    } as const;
    const body = JSON.parse(serialize(recordOf({ info, points }))) as Record<string, unknown>;
    expect(validate(body)).toEqual([]);
    expect(Object.keys(body).filter((field) => body[field] === null)).toEqual([]);
  });

  it('fits a run of which hardly anything is known: null, not a guess', () => {
    const body = JSON.parse(serialize(recordOf({ info: {}, points: { emissions: [] } }))) as Record<
      string,
      unknown
    >;
    expect(validate(body)).toEqual([]);
    expect(body).toMatchObject({ emissions: null, country_iso_code: null, gpu_energy: null });
  });

  it.each<[string, Record<string, unknown>]>([
    ['a user name', { user: 'me' }],
    ['a text for a figure', { duration: '60' }],
    ['a negative energy', { cpu_energy: -1 }],
    ['a missing run', { run_id: undefined }],
  ])('does not fit %s', (_, wrong) => {
    const body = { ...JSON.parse(serialize(recordOf({}))), ...wrong } as Record<string, unknown>;
    expect(isValid(JSON.parse(JSON.stringify(body)))).toBe(false);
  });
});
