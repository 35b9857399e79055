const assert = require('node:assert/strict');
const { MeterProvider } = require('@opentelemetry/sdk-metrics');
const {
  CodeCarbonInstrumentation,
  EmissionsExporter,
  EmissionsMetricReader,
} = require('opentelemetry-instrumentation-codecarbon');
const { CsvMetricExporter } = require('opentelemetry-instrumentation-codecarbon/exporters/csv');
const {
  EmissionsPrometheusExporter,
} = require('opentelemetry-instrumentation-codecarbon/prometheus');

/** A stranger's program in CommonJS, with an exporter of its own. */
const records = [];
class Keep extends EmissionsExporter {
  write(record) {
    records.push(record);
  }
}

const reader = new EmissionsMetricReader({ exporter: new Keep(), countryIsoCode: 'FRA' });
const provider = new MeterProvider({ readers: [reader] });
new CodeCarbonInstrumentation({ projectName: 'consumer' }).setMeterProvider(provider);

setTimeout(async () => {
  await provider.shutdown();
  const last = records.at(-1);
  assert.equal(last.project_name, 'consumer');
  assert.ok(last.energy_consumed > 0 && last.emissions > 0, JSON.stringify(last));
  assert.equal(typeof CsvMetricExporter, 'function');
  assert.equal(typeof EmissionsPrometheusExporter, 'function');
  console.log(`CommonJS on Node ${process.version}: ${last.energy_consumed} kWh`);
}, 1500);
