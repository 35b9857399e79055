/**
 * A program that exports a run again and again with a spool, for tests that kill it or start several.
 *
 *   unrun program.ts <endpoint> <spoolDir> <runId> <exports>
 */
import { HttpMetricExporter } from '../../src/exporters/http/index.ts';
import { runMetrics, steadyRun } from '../exporters/run-metrics.ts';

const [emissionsEndpoint = '', spoolDir = '', runId = '', exports = ''] = process.argv.slice(2);
// For those who want to kill it: what starts it is another process.
const headers = { 'x-pid': String(process.pid) };
const exporter = new HttpMetricExporter({ emissionsEndpoint, spoolDir, headers, live: true });
for (let seconds = 1; seconds <= Number(exports); seconds += 1) {
  await new Promise((resolve) => {
    exporter.export(runMetrics([steadyRun(seconds, { runId })]), resolve);
  });
}
await exporter.shutdown();
