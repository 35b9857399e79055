import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

const INTERVAL_MILLIS = 60_000;

/** The SDK alone, as a program has it that exports once a minute. */
export function sdkAlone() {
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: INTERVAL_MILLIS,
  });
  return { reader, provider: new MeterProvider({ readers: [reader] }) };
}

/** The same with the instrumentation and the emissions reader. */
export async function instrumented() {
  const { CodeCarbonInstrumentation, EmissionsMetricReader } = await import(
    'opentelemetry-instrumentation-codecarbon'
  );
  return () => {
    const reader = new EmissionsMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
      exportIntervalMillis: INTERVAL_MILLIS,
      countryIsoCode: 'FRA',
    });
    const provider = new MeterProvider({ readers: [reader] });
    new CodeCarbonInstrumentation().setMeterProvider(provider);
    return { reader, provider };
  };
}
