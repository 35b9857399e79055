import { InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  CodeCarbonInstrumentation,
  EmissionsExporter,
  EmissionsMetricReader,
  type EmissionsRecord,
  withEmissions,
} from 'opentelemetry-instrumentation-codecarbon';
import { CsvMetricExporter } from 'opentelemetry-instrumentation-codecarbon/exporters/csv';
import { EmissionsPrometheusExporter } from 'opentelemetry-instrumentation-codecarbon/prometheus';

/** Compiled only: what a user may write, and what the compiler must refuse. */
class Database extends EmissionsExporter {
  protected override async write(record: EmissionsRecord): Promise<void> {
    const emissions: number | undefined = record.emissions;
    if (emissions === undefined) return;
  }
}

const instrumentation = new CodeCarbonInstrumentation({ projectName: 'p', pue: 1.2 });
// @ts-expect-error a mistake in an option's name
new CodeCarbonInstrumentation({ projetName: 'p' });
// @ts-expect-error a mode that does not exist
new CodeCarbonInstrumentation({ trackingMode: 'galaxy' });

const csv = new CsvMetricExporter({ outputDir: '.', onCsvWrite: 'append' });
// @ts-expect-error a value that does not exist
new CsvMetricExporter({ onCsvWrite: 'overwrite' });

const reader = new EmissionsMetricReader({ exporter: csv, countryIsoCode: 'FRA', wue: 0.4 });
const own = new EmissionsMetricReader({ exporter: new Database() });
const pull = new EmissionsPrometheusExporter({ preventServerStart: true, countryIsoCode: 'FRA' });
const wrapped = withEmissions(
  new EmissionsMetricReader({ exporter: new InMemoryMetricExporter(0) }),
);

export const provider = new MeterProvider({ readers: [reader, own, pull, wrapped] });
instrumentation.setMeterProvider(provider);
