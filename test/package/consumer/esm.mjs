import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  CodeCarbonInstrumentation,
  ConfigurationError,
  EmissionsMetricReader,
} from 'opentelemetry-instrumentation-codecarbon';
import { CsvMetricExporter } from 'opentelemetry-instrumentation-codecarbon/exporters/csv';
import { EmissionsPrometheusExporter } from 'opentelemetry-instrumentation-codecarbon/prometheus';

/** A stranger's program that uses the package as it is installed, as ES modules: a file and a scrape. */
const outputDir = mkdtempSync(join(tmpdir(), 'codecarbon-consumer-'));
const port = await freePort();
const prometheus = new EmissionsPrometheusExporter({ port, countryIsoCode: 'FRA' });
const file = new EmissionsMetricReader({
  exporter: new CsvMetricExporter({ outputDir }),
  countryIsoCode: 'FRA',
});
const provider = new MeterProvider({ readers: [prometheus, file] });
const instrumentation = new CodeCarbonInstrumentation({ projectName: 'consumer' });
instrumentation.setMeterProvider(provider);

await new Promise((resolve) => setTimeout(resolve, 1500));
const scrape = await (await fetch(`http://localhost:${port}/metrics`)).text();
for (const name of ['energy_consumed', 'cpu_energy', 'ram_energy', 'emissions']) {
  assert.match(
    scrape,
    new RegExp(`^codecarbon_${name}_total\\{.*project_name="consumer".* \\S+$`, 'm'),
  );
}

instrumentation.disable();
await provider.shutdown();
const [header = '', row = ''] = readFileSync(join(outputDir, 'emissions.csv'), 'utf8').split(
  /\r?\n/,
);
const cells = Object.fromEntries(header.split(',').map((name, at) => [name, row.split(',')[at]]));
assert.equal(cells.project_name, 'consumer');
assert.equal(cells.country_iso_code, 'FRA');
assert.ok(Number(cells.energy_consumed) > 0 && Number(cells.emissions) > 0, row);
assert.throws(() => new CodeCarbonInstrumentation({ pue: -1 }), ConfigurationError);
rmSync(outputDir, { recursive: true });
console.log(`ES modules on Node ${process.version}: ${cells.energy_consumed} kWh`);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
