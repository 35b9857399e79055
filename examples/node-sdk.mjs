/**
 * A service with OpenTelemetry that sends its metrics by OTLP, the energy and emissions of its machine among
 * them. Where to, how often and under which name is said by the usual variables:
 *
 *   OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_SERVICE_NAME=shop node examples/node-sdk.mjs
 */
import { createServer } from 'node:http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  CodeCarbonInstrumentation,
  EmissionsMetricReader,
} from 'opentelemetry-instrumentation-codecarbon';

const exportIntervalMillis = Number(process.env.OTEL_METRIC_EXPORT_INTERVAL ?? 60_000);
const sdk = new NodeSDK({
  instrumentations: [new CodeCarbonInstrumentation({ projectName: 'shop' })],
  metricReaders: [
    new EmissionsMetricReader({
      exporter: new OTLPMetricExporter(),
      exportIntervalMillis,
      exportTimeoutMillis: exportIntervalMillis,
      countryIsoCode: 'FRA',
    }),
  ],
});
sdk.start();

const server = createServer((_, response) => response.end('hello\n'));
server.listen(Number(process.env.PORT ?? 8080), 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    // The last interval is measured and sent here.
    await sdk.shutdown();
  });
}
