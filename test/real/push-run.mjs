/**
 * A short run on simulated sensors that uses 100 J, counts a job, pushes and ends; with `workers` each worker
 * of a cluster does so, where nothing is measured. Prints what the SDK complains of.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  CodeCarbonInstrumentation,
  EmissionsMetricReader,
} from 'opentelemetry-instrumentation-codecarbon';
import { PushgatewayMetricExporter } from 'opentelemetry-instrumentation-codecarbon/exporters/pushgateway';
import { simulateSensors } from '../../examples/simulated-sensors.mjs';

const given = JSON.parse(process.argv[2]);
const { workers = 0, millis = 300, projectName = 'batch', resource = {}, pushgateway } = given;

if (cluster.isPrimary && workers > 0) {
  const started = Array.from({ length: workers }, () => cluster.fork());
  await Promise.all(started.map((worker) => once(worker, 'exit')));
} else {
  await run();
  cluster.worker?.disconnect();
}

async function run() {
  const complain = (...parts) => console.log(...parts);
  const nothing = () => {};
  const logger = {
    error: complain,
    warn: nothing,
    info: nothing,
    debug: nothing,
    verbose: nothing,
  };
  diag.setLogger(logger, DiagLogLevel.ERROR);
  process.env.HOST_SYS = mkdtempSync(join(tmpdir(), 'codecarbon-push-'));
  const sensors = simulateSensors(process.env.HOST_SYS);
  const reader = new EmissionsMetricReader({
    exporter: new PushgatewayMetricExporter(pushgateway),
    exportIntervalMillis: 60_000,
    forceCarbonIntensity: 100,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes(resource),
    readers: [reader],
  });
  const instrumentation = new CodeCarbonInstrumentation({ projectName });
  instrumentation.setMeterProvider(provider);
  provider.getMeter('app').createCounter('jobs').add(1);
  await pause(millis);
  sensors.advance({ cpu: 90, ram: 10 });
  instrumentation.finish();
  await provider.shutdown();
  instrumentation.disable();
  rmSync(process.env.HOST_SYS, { recursive: true });
}
