import { type MeterProvider as ApiMeterProvider, metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  CodeCarbonInstrumentation,
  type CodeCarbonInstrumentationConfig,
  HOST,
} from '../../src/instrument/instrumentation.ts';
import { SCOPE_NAME } from '../../src/semconv.ts';
import { type FixtureHost, type FixtureTree, fixtureHost } from '../support/fixture-host.ts';

/** A reader that collects when it is told. */
export class TestReader extends MetricReader {
  constructor(temporality = AggregationTemporality.CUMULATIVE) {
    super({ aggregationTemporalitySelector: () => temporality });
  }
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** Files of one package that has counted `joules` since boot, and of a CPU with nothing to do. */
export function machine(joules = 1000): FixtureTree {
  return {
    '/sys/class/powercap/intel-rapl:0/name': 'package-0\n',
    '/sys/class/powercap/intel-rapl:0/energy_uj': `${Math.round(joules * 1e6)}\n`,
    '/sys/class/powercap/intel-rapl:0/max_energy_range_uj': '262143328850\n',
    '/proc/stat': 'cpu  100 0 100 10000 0 0 0 0 0 0\n',
    '/proc/meminfo':
      'MemTotal:       16777216 kB\nMemFree:         8388608 kB\nMemAvailable:   12582912 kB\n',
    '/proc/cpuinfo':
      'processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 158\nmodel name\t: Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz\nstepping\t: 10\nphysical id\t: 0\nflags\t\t: fpu sse\n',
  };
}

export const spend = (host: FixtureHost, joulesTotal: number): void =>
  host.write('/sys/class/powercap/intel-rapl:0/energy_uj', `${Math.round(joulesTotal * 1e6)}\n`);

export interface Rig {
  readonly host: FixtureHost;
  readonly reader: TestReader;
  readonly provider: MeterProvider;
  readonly instrumentation: CodeCarbonInstrumentation;
}

/** An instrumentation on a simulated machine, given to a provider with one reader. */
export function rig(config: CodeCarbonInstrumentationConfig = {}, files = machine()): Rig {
  const host = fixtureHost({ files });
  const reader = new TestReader();
  const provider = new MeterProvider({ readers: [reader] });
  const instrumentation = instrument(host, config);
  instrumentation.setMeterProvider(provider);
  return { host, reader, provider, instrumentation };
}

export const instrument = (
  host: FixtureHost,
  config: CodeCarbonInstrumentationConfig = {},
): CodeCarbonInstrumentation =>
  new CodeCarbonInstrumentation({ ...config, [HOST]: host } as CodeCarbonInstrumentationConfig);

/** The points of our scope by metric name. */
export async function collect(
  reader: MetricReader,
): Promise<Record<string, readonly DataPoint<number>[]>> {
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw errors[0];
  return pointsOf(resourceMetrics);
}

export function pointsOf(data: ResourceMetrics): Record<string, readonly DataPoint<number>[]> {
  const ours = data.scopeMetrics.filter(({ scope }) => scope.name === SCOPE_NAME);
  return Object.fromEntries(
    ours
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints as DataPoint<number>[]]),
  );
}

export const sumOf = (points: readonly DataPoint<number>[] | undefined): number | undefined =>
  points?.reduce((sum, { value }) => sum + value, 0);

/** Sets the global meter provider for the time of a test. */
export async function withGlobalProvider(
  provider: ApiMeterProvider,
  test: () => Promise<void>,
): Promise<void> {
  metrics.setGlobalMeterProvider(provider);
  try {
    await test();
  } finally {
    metrics.disable();
  }
}
