/**
 * A program that is measured on simulated sensors and has its metrics go out on every path at once. It does
 * what its parent tells it, and answers when it is done: so nothing moves while the paths are compared.
 */

import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  CodeCarbonInstrumentation,
  EmissionsMetricReader,
} from 'opentelemetry-instrumentation-codecarbon';
import { PushgatewayMetricExporter } from 'opentelemetry-instrumentation-codecarbon/exporters/pushgateway';
import { EmissionsPrometheusExporter } from 'opentelemetry-instrumentation-codecarbon/prometheus';
import { simulateSensors } from '../../examples/simulated-sensors.mjs';

const { service, instance, port, pushgateway, collectors, delta, options, place } = JSON.parse(
  process.argv[2],
);
const sensors = simulateSensors(process.env.HOST_SYS, { cpu: 1000, ram: 100 });
const otlpReader = (url) =>
  new EmissionsMetricReader({
    exporter: new OTLPMetricExporter({
      url: `${url}/v1/metrics`,
      temporalityPreference: delta
        ? AggregationTemporality.DELTA
        : AggregationTemporality.CUMULATIVE,
    }),
    exportIntervalMillis: 3_600_000,
    ...place,
  });
const readers = [
  new EmissionsPrometheusExporter({ port, ...place }),
  new EmissionsMetricReader({
    exporter: new PushgatewayMetricExporter({ prometheusUrl: pushgateway }),
    exportIntervalMillis: 3_600_000,
    ...place,
  }),
  ...collectors.map(otlpReader),
];
const provider = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }),
  readers,
});
const instrumentation = new CodeCarbonInstrumentation(options);
instrumentation.setMeterProvider(provider);

const clock = Date.now;
const actions = {
  /** Moves the counters, and lets the time pass that the energy takes. */
  async use({ cpu, ram, millis }) {
    Date.now = clock;
    await new Promise((resolve) => setTimeout(resolve, millis));
    sensors.advance({ cpu, ram });
  },
  /** All readers collect at the same moment, so that even what is taken over an interval is the same. */
  async collect() {
    const now = clock();
    Date.now = () => now;
    await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
    // One after the other: none sees what another one has not sent yet.
    for (const reader of readers) await reader.forceFlush();
  },
  /** From now on nothing changes any more, not even the time. */
  finish: async () => instrumentation.finish(),
  exit: async () => process.disconnect(),
};

process.on('message', async ({ action, ...given }) => {
  try {
    await actions[action](given);
    process.send?.('done');
  } catch (error) {
    process.send?.(String(error));
  }
});
