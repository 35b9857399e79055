import { PushgatewayMetricExporter } from '../../../src/exporters/pushgateway/index.ts';
import { runMetrics, steadyRun } from '../run-metrics.ts';

/** A run of its own process: pushes `seconds`, says so, and lives until its input ends. */
const [prometheusUrl = '', seconds = '1'] = process.argv.slice(2);
const exporter = new PushgatewayMetricExporter({ prometheusUrl });
exporter.export(runMetrics([steadyRun(Number(seconds))]), ({ code }) => {
  process.stdout.write(`pushed ${code}\n`);
});
process.stdin.resume().on('end', () => void exporter.shutdown());
