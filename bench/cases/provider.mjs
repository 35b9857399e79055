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

/** The same with an instrumentation that has as many instruments and observes nothing: what OpenTelemetry itself takes. */
export async function withInstruments() {
  const { InstrumentationBase } = await import('@opentelemetry/instrumentation');
  class Silent extends InstrumentationBase {
    constructor() {
      super('silent', '1.0.0', {});
    }
    init() {
      return [];
    }
    _updateMetricInstruments() {
      for (let group = 0; group < 6; group += 1) {
        const names = [0, 1, 2, 3].map((each) => `silent_${group}_${each}`);
        const instruments = names.map((name, each) =>
          each < 2
            ? this.meter.createObservableCounter(name)
            : this.meter.createObservableGauge(name),
        );
        this.meter.addBatchObservableCallback(() => undefined, instruments);
      }
    }
  }
  return () => {
    const { reader, provider } = sdkAlone();
    new Silent().setMeterProvider(provider);
    return { reader, provider };
  };
}

/** The same with the instrumentation and the emissions reader. */
export async function instrumented(exportIntervalMillis = INTERVAL_MILLIS) {
  const { CodeCarbonInstrumentation, EmissionsMetricReader } = await import(
    'opentelemetry-instrumentation-codecarbon'
  );
  return () => {
    const reader = new EmissionsMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
      exportIntervalMillis,
      countryIsoCode: 'FRA',
    });
    const provider = new MeterProvider({ readers: [reader] });
    new CodeCarbonInstrumentation().setMeterProvider(provider);
    return { reader, provider };
  };
}
