/**
 * A service that Prometheus scrapes: /metrics on port 9464, unless OTEL_EXPORTER_PROMETHEUS_PORT says otherwise.
 *
 *   node examples/prometheus.mjs
 */
import { createServer } from 'node:http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { CodeCarbonInstrumentation } from 'opentelemetry-instrumentation-codecarbon';
import { EmissionsPrometheusExporter } from 'opentelemetry-instrumentation-codecarbon/prometheus';

const sdk = new NodeSDK({
  instrumentations: [new CodeCarbonInstrumentation({ projectName: 'shop' })],
  metricReaders: [new EmissionsPrometheusExporter({ countryIsoCode: 'FRA' })],
});
sdk.start();

const server = createServer((_, response) => response.end('hello\n'));
server.listen(Number(process.env.PORT ?? 8080), 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    await sdk.shutdown();
  });
}
