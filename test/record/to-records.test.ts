import type { Attributes } from '@opentelemetry/api';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { withEmissions } from '../../src/reader/index.ts';
import { type EmissionsRecord, RECORD_FIELDS, toRecords } from '../../src/record/index.ts';
import { RUN_ID, type RunGiven, runMetrics, steadyRun } from '../exporters/run-metrics.ts';
import { rig, TestReader } from '../support/rig.ts';

const recordOf = (run: RunGiven): EmissionsRecord => {
  const [record] = toRecords(runMetrics([run])).records;
  if (record === undefined) throw new Error('no record');
  return record;
};

const kinds = (...runs: readonly RunGiven[]): string[] =>
  toRecords(runMetrics(runs)).problems.map(({ kind }) => kind);

/** A run with nothing but what is given. */
const bare = (points: RunGiven['points'] = {}, info: RunGiven['info'] = {}): RunGiven => ({
  info,
  points: { duration: [[10]], energyConsumed: [[1]], ...points },
});

describe('the fields', () => {
  it('are the columns of CodeCarbon 3.3, in their order', () => {
    expect(RECORD_FIELDS.join(', ')).toBe(
      'timestamp, project_name, run_id, experiment_id, duration, emissions, emissions_rate, cpu_power, gpu_power, ram_power, cpu_energy, gpu_energy, ram_energy, energy_consumed, water_consumed, country_name, country_iso_code, region, cloud_provider, cloud_region, os, python_version, codecarbon_version, cpu_count, cpu_model, gpu_count, gpu_model, longitude, latitude, ram_total_size, tracking_mode, cpu_utilization_percent, gpu_utilization_percent, ram_utilization_percent, ram_used_gb, on_cloud, pue, wue',
    );
  });

  it('stand in every record, in their order', () => {
    expect(Object.keys(recordOf(bare()))).toEqual([...RECORD_FIELDS]);
  });
});

describe('figures of a run', () => {
  it('are totals, and means over the whole run', () => {
    expect(recordOf(steadyRun(3600))).toMatchObject({
      run_id: RUN_ID,
      project_name: 'codecarbon',
      duration: 3600,
      cpu_energy: 0.06,
      ram_energy: 0.01,
      energy_consumed: 0.07,
      cpu_power: expect.closeTo(60, 9),
      ram_power: expect.closeTo(10, 9),
      emissions: expect.closeTo(0.007, 12),
      emissions_rate: expect.closeTo(0.007 / 3600, 15),
      cpu_utilization_percent: 25,
      ram_used_gb: 4,
      ram_utilization_percent: 25,
    });
  });

  it('add the series of several methods and of several GPUs', () => {
    const gpu = (index: string): Attributes => ({
      gpu: index,
      gpu_uuid: `GPU-${index}`,
      gpu_model: 'T4',
    });
    const record = recordOf(
      bare(
        {
          cpuEnergy: [
            [0.25, { method: 'rapl' }],
            [0.5, { method: 'load_model' }],
          ],
          gpuEnergy: [
            [1, { method: 'nvml', ...gpu('0') }],
            [2, { method: 'nvml', ...gpu('1') }],
          ],
          gpuBusy: [
            [10, gpu('0')],
            [5, gpu('1')],
          ],
        },
        { gpu_count: 2 },
      ),
    );
    expect(record.cpu_energy).toBe(0.75);
    expect(record.gpu_energy).toBe(3);
    expect(record.gpu_power).toBeCloseTo((3 * 3.6e6) / 10, 6);
    expect(record.gpu_utilization_percent).toBe(75);
  });

  it('take power over the seconds whose energy is known', () => {
    const { cpu_power, ram_power } = recordOf(
      bare({
        cpuEnergy: [[8 / 3.6e6]],
        ramEnergy: [[8 / 3.6e6]],
        unmeasuredDuration: [
          [2, { component: 'cpu' }],
          [0, { component: 'ram' }],
        ],
      }),
    );
    expect(cpu_power).toBeCloseTo(1, 9);
    expect(ram_power).toBeCloseTo(0.8, 9);
  });

  it('have no power when no second was measured', () => {
    const record = recordOf(
      bare({ cpuEnergy: [[0]], unmeasuredDuration: [[10, { component: 'cpu' }]] }),
    );
    expect(record.cpu_power).toBeUndefined();
  });

  it('never exceed 100 % by rounding', () => {
    expect(recordOf(bare({ cpuBusy: [[10.000000001]] })).cpu_utilization_percent).toBe(100);
  });

  it('are unknown, not zero, without their series', () => {
    const { cpu_energy, gpu_energy, gpu_power, cpu_utilization_percent, ram_used_gb } = recordOf(
      bare(),
    );
    expect([cpu_energy, gpu_energy, gpu_power, cpu_utilization_percent, ram_used_gb]).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('are zero for GPUs where it is known that there is none', () => {
    expect(recordOf(bare({}, { gpu_count: 0 }))).toMatchObject({
      gpu_count: 0,
      gpu_energy: 0,
      gpu_power: 0,
      gpu_utilization_percent: 0,
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('are unknown when a series says %d', (value) => {
    const record = recordOf(bare({ cpuEnergy: [[1], [value]], duration: [[value]] }));
    expect(record.cpu_energy).toBeUndefined();
    expect(record.duration).toBeUndefined();
    expect(record.emissions_rate).toBeUndefined();
  });

  it('at 0 seconds are totals without means', () => {
    const record = recordOf(
      bare({ duration: [[0]], emissions: [[0]], cpuEnergy: [[0]], cpuBusy: [[0]] }),
    );
    expect(record).toMatchObject({ duration: 0, emissions: 0, cpu_energy: 0 });
    expect([record.cpu_power, record.emissions_rate, record.cpu_utilization_percent]).toEqual(
      Array(3).fill(undefined),
    );
  });
});

describe('facts of a run', () => {
  it('come from codecarbon_info, numbers from texts as well', () => {
    const record = recordOf(
      bare(
        {},
        {
          cpu_count: '8',
          cpu_model: 'Xeon',
          longitude: 2.3488,
          latitude: -48.85,
          on_cloud: 'N',
          region: '',
        },
      ),
    );
    expect(record).toMatchObject({
      cpu_count: 8,
      cpu_model: 'Xeon',
      longitude: 2.3,
      latitude: -48.8,
      on_cloud: 'N',
      region: undefined,
    });
  });

  it('are what codecarbon_info says, whatever the energy was priced with', () => {
    const record = recordOf(
      bare(
        {
          energyConsumed: [[3]],
          waterConsumed: [[9]],
          carbonIntensity: [[50, { source: 'country', zone: 'FRA' }]],
        },
        { pue: 1.5, wue: 0.5 },
      ),
    );
    expect(record).toMatchObject({ country_iso_code: undefined, water_consumed: 9, wue: 0.5 });
  });

  it('hold the moment of the measurement in local time', () => {
    const at = new Date(2026, 2, 1, 4, 5, 6, 999).getTime();
    expect(recordOf({ ...bare(), at }).timestamp).toBe('2026-03-01T04:05:06');
  });
});

describe('runs', () => {
  it('that differ in project have a record each', () => {
    const { records, problems } = toRecords(
      runMetrics([
        steadyRun(10, { runId: 'a', projectName: 'one' }),
        steadyRun(20, { runId: 'b', projectName: 'two' }),
      ]),
    );
    expect(records.map(({ run_id, duration }) => [run_id, duration])).toEqual([
      ['a', 10],
      ['b', 20],
    ]);
    expect(problems).toEqual([]);
  });

  it('counted in two scopes have one record: the tracking mode, or the scope that is asked for', () => {
    const info = { tracking_mode: 'process' };
    const metrics = runMetrics([
      steadyRun(10, { scope: 'process', info }),
      steadyRun(20, { scope: 'machine', info }),
    ]);
    expect(toRecords(metrics).records.map(({ duration }) => duration)).toEqual([10]);
    expect(
      toRecords(metrics, { scope: 'machine' }).records.map(({ duration }) => duration),
    ).toEqual([20]);
  });

  it('that write the same series cannot be told apart: the later one, and a problem', () => {
    const { records, problems } = toRecords(
      runMetrics([steadyRun(10, { runId: 'a' }), { info: {}, runId: 'b' }]),
    );
    expect(records.map(({ run_id }) => run_id)).toEqual(['b']);
    expect(problems).toEqual([
      { kind: 'shared-series', message: expect.stringContaining('run a') },
    ]);
  });

  it('of other meters are not ours', () => {
    const metrics = runMetrics([steadyRun(10)], AggregationTemporality.CUMULATIVE, 'other');
    expect(toRecords(metrics)).toEqual({ records: [], problems: [] });
  });
});

describe('what is missing', () => {
  it('is nothing in an empty collection', () => {
    expect(toRecords(runMetrics([]))).toEqual({ records: [], problems: [] });
  });

  it('is emissions, without an emissions reader: empty cells and a reason', () => {
    const run = bare();
    expect(recordOf(run).emissions).toBeUndefined();
    expect(recordOf(run).emissions_rate).toBeUndefined();
    expect(kinds(run)).toEqual(['no-emissions']);
    expect(kinds(steadyRun(1))).toEqual([]);
  });

  it('is emissions, where only energy of somebody else is priced', async () => {
    const reader = withEmissions(new TestReader(), {
      energyMetric: 'site_energy',
      forceCarbonIntensity: 100,
      wue: 1,
    });
    const { set, info, provider } = rig({ readers: [reader] });
    set(5.6e-5);
    const site = provider.getMeter('site').createObservableCounter('site_energy');
    site.addCallback((result) => result.observe(10));
    const { resourceMetrics } = await reader.collect();
    const { records, problems } = toRecords(resourceMetrics);
    expect(records).toMatchObject([
      {
        run_id: info?.run_id,
        energy_consumed: 5.6e-5,
        emissions: undefined,
        emissions_rate: undefined,
        water_consumed: undefined,
        wue: undefined,
      },
    ]);
    expect(problems.map(({ kind }) => kind)).toEqual(['no-emissions']);
  });

  it('is emissions of one run of two: one reason', () => {
    const priced = steadyRun(1, { runId: 'a', projectName: 'one' });
    const plain = { ...bare(), runId: 'b', projectName: 'two' };
    const { records, problems } = toRecords(runMetrics([priced, plain]));
    expect(records.map(({ emissions }) => emissions !== undefined)).toEqual([true, false]);
    expect(problems.map(({ kind }) => kind)).toEqual(['no-emissions']);
  });

  it('is the run, until its facts are observed', () => {
    const run = steadyRun(1, { info: undefined });
    expect(toRecords(runMetrics([run])).records).toEqual([]);
    expect(kinds(run)).toEqual(['no-info']);
  });

  it('is a total, where a reader delivers differences: no record rather than a wrong one', () => {
    const { records, problems } = toRecords(
      runMetrics([steadyRun(5)], AggregationTemporality.DELTA),
    );
    expect(records).toEqual([]);
    expect(problems).toEqual([{ kind: 'delta', message: expect.stringContaining('cumulative') }]);
  });
});
