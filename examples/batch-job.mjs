/**
 * A job with an end: its figures stand in emissions.csv, one row per run.
 *
 *   node examples/batch-job.mjs [directory]
 */
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  CodeCarbonInstrumentation,
  EmissionsMetricReader,
} from 'opentelemetry-instrumentation-codecarbon';
import { CsvMetricExporter } from 'opentelemetry-instrumentation-codecarbon/exporters/csv';

const outputDir = process.argv[2] ?? '.';
const reader = new EmissionsMetricReader({
  exporter: new CsvMetricExporter({ outputDir }),
  countryIsoCode: 'FRA',
});
const provider = new MeterProvider({ readers: [reader] });
new CodeCarbonInstrumentation({ projectName: 'batch' }).setMeterProvider(provider);

let sum = 0;
for (let round = 0; round < 1e8; round += 1) sum += Math.sqrt(round);
console.log(`the work is done: ${sum}`);

await provider.shutdown();
