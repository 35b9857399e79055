import { type Attributes, ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { DERIVED_METRICS, METRICS, type MetricDefinition, SCOPE_NAME } from '../../src/semconv.ts';

/** A point of one of our metrics: its value, and attributes beside project_name and scope. */
export type PointGiven = readonly [value: number, attributes?: Attributes];

export type MetricKey = keyof typeof METRICS | keyof typeof DERIVED_METRICS;

export interface RunGiven {
  readonly runId?: string;
  readonly projectName?: string;
  readonly scope?: string;
  /** Attributes of `codecarbon_info` beside the identity; undefined: not observed yet. */
  readonly info?: Attributes | undefined;
  readonly points?: Partial<Record<MetricKey, readonly PointGiven[]>>;
  /** Time of the measurement in ms since the epoch. */
  readonly at?: number;
}

export const RUN_ID = '3f2b8c1e-5b0a-4d0e-9d57-1c9a6a0c0a01';

/** What a collection of one meter provider delivers for these runs; frozen, as the SDK's own may not be changed. */
export function runMetrics(
  runs: readonly RunGiven[],
  temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE,
  scopeName: string = SCOPE_NAME,
): ResourceMetrics {
  const definitions = { ...METRICS, ...DERIVED_METRICS };
  const metrics = (Object.keys(definitions) as MetricKey[]).flatMap((key) => {
    const points = runs.flatMap((run) => pointsOf(run, key));
    return points.length > 0 ? [metric(definitions[key], points, temporality)] : [];
  });
  return deepFreeze({
    resource: emptyResource(),
    scopeMetrics: metrics.length > 0 ? [{ scope: { name: scopeName }, metrics }] : [],
  });
}

/** A run that has measured `seconds` at 60 W CPU and 10 W RAM, in a country of 100 g/kWh. */
export function steadyRun(seconds: number, given: RunGiven = {}): RunGiven {
  const kWh = (watts: number): number => (watts * seconds) / 3.6e6;
  return {
    at: 1_750_000_000_000 + seconds * 1000,
    info: { experiment_id: 'e', os: 'Linux', gpu_count: 0, ram_total_size: 16, pue: 1, wue: 0 },
    ...given,
    points: {
      duration: [[seconds]],
      cpuEnergy: [[kWh(60), { method: 'rapl' }]],
      ramEnergy: [[kWh(10), { method: 'dimm_model' }]],
      energyConsumed: [[kWh(70)]],
      cpuBusy: [[seconds / 4]],
      ramUsage: [[seconds * 4]],
      unmeasuredDuration: [
        [0, { component: 'cpu' }],
        [0, { component: 'ram' }],
      ],
      emissions: [[kWh(70) * 0.1]],
      ...given.points,
    },
  };
}

function pointsOf(run: RunGiven, key: MetricKey): readonly DataPoint<number>[] {
  const identity = { project_name: run.projectName ?? 'codecarbon', scope: run.scope ?? 'machine' };
  const at = run.at ?? 1_750_000_000_000;
  const endTime: [number, number] = [Math.floor(at / 1000), (at % 1000) * 1e6];
  const info: readonly PointGiven[] =
    run.info === undefined ? [] : [[1, { run_id: run.runId ?? RUN_ID, ...run.info }]];
  const given = key === 'info' ? info : (run.points?.[key] ?? []);
  return given.map(([value, attributes]) => ({
    startTime: [1_750_000_000, 0],
    endTime,
    attributes: { ...identity, ...attributes },
    value,
  }));
}

function metric(
  { name, description, unit, kind }: MetricDefinition,
  dataPoints: readonly DataPoint<number>[],
  aggregationTemporality: AggregationTemporality,
): MetricData {
  const counter = kind === 'counter';
  return {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality,
    dataPointType: counter ? DataPointType.SUM : DataPointType.GAUGE,
    ...(counter && { isMonotonic: true }),
    dataPoints,
  } as MetricData;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
