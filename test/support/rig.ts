import type { Attributes, ObservableResult } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  type IMetricReader,
  MeterProvider,
  type MetricData,
  MetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { SCOPE_NAME } from '../../src/semconv.ts';

/** A reader that collects when it is told to, and exports nowhere. */
export class TestReader extends MetricReader {
  constructor(temporality = AggregationTemporality.CUMULATIVE) {
    super({ aggregationTemporalitySelector: () => temporality });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export interface RigOptions {
  /** Of any copy of the SDK. */
  readonly readers: readonly IMetricReader[];
  readonly views?: ViewOptions[];
  readonly scopeName?: string;
  readonly energyName?: string;
  readonly unit?: string;
}

/** Attributes that the points of our energy counter carry. */
export const SERIES = { project_name: 'test', scope: 'machine' } as const;

/** Facts of the run, on `codecarbon_info`. */
export const INFO = { ...SERIES, run_id: 'run-1', country_iso_code: 'FRA', pue: 1 } as const;

/** A real MeterProvider whose energy counter and `codecarbon_info` say what they are told. */
export function rig({ readers, views, scopeName, energyName, unit }: RigOptions) {
  const provider = new MeterProvider({ readers: [...readers], views: views ?? [] });
  const meter = provider.getMeter(scopeName ?? SCOPE_NAME, '0.0.0');
  const state = {
    energy: [[0, SERIES]] as [number, Attributes][],
    info: INFO as Attributes | undefined,
    provider,
    meter,
    set: (kilowattHours: number, attributes: Attributes = SERIES): void => {
      state.energy = [[kilowattHours, attributes]];
    },
  };
  const counter = meter.createObservableCounter(energyName ?? 'codecarbon_energy_consumed', {
    unit: unit ?? '{kWh}',
  });
  counter.addCallback((result: ObservableResult) => {
    for (const [value, attributes] of state.energy) result.observe(value, attributes);
  });
  const info = meter.createObservableGauge('codecarbon_info', { unit: '{info}' });
  info.addCallback((result) => {
    if (state.info !== undefined) result.observe(1, state.info);
  });
  return state;
}

/** The metric of that name, wherever it is. */
export function metric(result: CollectionResult, name: string): MetricData | undefined {
  return result.resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .find(({ descriptor }) => descriptor.name === name);
}

export function points(result: CollectionResult, name: string): readonly DataPoint<number>[] {
  return (metric(result, name)?.dataPoints ?? []) as DataPoint<number>[];
}

/** The only point's value; undefined when there is none. */
export const value = (result: CollectionResult, name: string): number | undefined =>
  points(result, name)[0]?.value;
