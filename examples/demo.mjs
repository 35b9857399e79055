/**
 * The program of docker-compose.yml: it works now and then, more when it is asked to, and sends the energy and
 * emissions of its machine by OTLP. Where no energy counter can be read it simulates some, whose power follows
 * the program's own work, and says so: project "demo (simulated)", resource attribute simulated="true".
 *
 *   OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 node examples/demo.mjs
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  CodeCarbonInstrumentation,
  EmissionsMetricReader,
} from 'opentelemetry-instrumentation-codecarbon';
import { hasSensors, simulateSensors } from './simulated-sensors.mjs';

const IDLE_WATTS = 6;
const BUSY_WATTS = 40;
const RAM_WATTS = 2.5;
const TICK_MILLIS = 100;

const simulated = !hasSensors(process.env.HOST_SYS ?? '/sys');
const stopSensors = simulated ? runSensors() : () => undefined;
const provider = startMeasuring();
const working = setInterval(() => work(20 * (1 + Math.sin(Date.now() / 10_000))), TICK_MILLIS);
const server = createServer((_, response) => {
  work(50);
  response.end('done\n');
});
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '127.0.0.1', () => {
  console.log(`http://localhost:${server.address().port}${simulated ? ', simulated sensors' : ''}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    clearInterval(working);
    server.close();
    server.closeAllConnections();
    // The last interval is measured and sent here.
    await provider.shutdown();
    stopSensors();
  });
}

function startMeasuring() {
  const exportIntervalMillis = Number(process.env.OTEL_METRIC_EXPORT_INTERVAL ?? 5000);
  const reader = new EmissionsMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis,
    exportTimeoutMillis: exportIntervalMillis,
    countryIsoCode: process.env.COUNTRY_ISO_CODE ?? 'FRA',
  });
  const resource = defaultResource()
    .merge(resourceFromAttributes({ simulated: String(simulated) }))
    .merge(detectResources({ detectors: [envDetector] }));
  const projectName = simulated ? 'demo (simulated)' : 'demo';
  const provider = new MeterProvider({ resource, readers: [reader] });
  new CodeCarbonInstrumentation({ projectName }).setMeterProvider(provider);
  return provider;
}

/** Lets simulated counters run; returns what ends them. */
function runSensors() {
  const directory = mkdtempSync(join(tmpdir(), 'simulated-sys-'));
  process.env.HOST_SYS = directory;
  const sensors = simulateSensors(directory);
  let used = process.cpuUsage();
  let at = performance.now();
  const move = () => {
    const { user, system } = process.cpuUsage(used);
    const seconds = (performance.now() - at) / 1000;
    used = process.cpuUsage();
    at = performance.now();
    sensors.advance({
      cpu: IDLE_WATTS * seconds + BUSY_WATTS * ((user + system) / 1e6),
      ram: RAM_WATTS * seconds,
    });
  };
  const timer = setInterval(move, TICK_MILLIS);
  return () => {
    clearInterval(timer);
    sensors.close();
    rmSync(directory, { recursive: true });
  };
}

/** Keeps a CPU busy. */
function work(millis) {
  const end = performance.now() + millis;
  while (performance.now() < end) Math.sqrt(end);
}
