// One of many programs that write the same emissions.csv.
//   node csv-writer.mjs runs <dir> <name> <runs> <exports>   runs one after the other, a line per run
//   node csv-writer.mjs steady <dir> <name>                  one run until killed, a line per export
//   node csv-writer.mjs foreign <dir> <name> <rows>          appends rows as pandas does: headerless, one write
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CsvMetricExporter } from '../../dist/exporters/csv.mjs';

const [mode, outputDir, name, count = '1', exports = '1'] = process.argv.slice(2);

if (mode === 'runs') await runs();
else if (mode === 'steady') await steady();
else await foreign();

async function runs() {
  for (let index = 0; index < Number(count); index += 1) {
    const exporter = new CsvMetricExporter({ outputDir });
    for (let second = 1; second <= Number(exports); second += 1) {
      await write(exporter, `${name}-${index}`, second);
    }
    await exporter.shutdown();
  }
}

async function steady() {
  const exporter = new CsvMetricExporter({ outputDir });
  for (let second = 1; ; second += 1) {
    await write(exporter, name, second);
    process.stdout.write(`${second}\n`);
  }
}

async function foreign() {
  const file = join(outputDir, 'emissions.csv');
  while (!existsSync(file) || !readFileSync(file, 'utf8').includes('\n')) await sleep(5);
  for (let index = 0; index < Number(count); index += 1) {
    const [header] = readFileSync(file, 'utf8').split('\n');
    const cells = { run_id: `${name}-${index}`, project_name: '"a, b"', duration: '0.5' };
    const row = header.split(',').map((column) => cells[column] ?? '');
    appendFileSync(file, `${row.join(',')}\n`);
    await sleep(Math.random() * 5);
  }
}

/** Fails loudly: a test expects every export to succeed. */
function write(exporter, runId, seconds) {
  return new Promise((resolve, reject) => {
    exporter.export(metricsOf(runId, seconds), ({ error }) => (error ? reject(error) : resolve()));
  });
}

function metricsOf(runId, seconds) {
  const identity = { project_name: 'many, "writers"', scope: 'machine' };
  const metric = (metricName, dataPointType, value, attributes = {}) => ({
    descriptor: { name: metricName, description: '', unit: '', valueType: 1 },
    aggregationTemporality: 1,
    dataPointType,
    isMonotonic: true,
    dataPoints: [
      {
        startTime: [0, 0],
        endTime: [1_750_000_000 + seconds, 0],
        attributes: { ...identity, ...attributes },
        value,
      },
    ],
  });
  return {
    resource: { attributes: {} },
    scopeMetrics: [
      {
        scope: { name: 'opentelemetry-instrumentation-codecarbon' },
        metrics: [
          metric('codecarbon_info', 2, 1, { run_id: runId, gpu_count: 0, os: 'Linux' }),
          metric('codecarbon_duration', 3, seconds),
          metric('codecarbon_energy_consumed', 3, seconds / 3e4),
          metric('codecarbon_cpu_energy', 3, seconds / 3e4),
          metric('codecarbon_emissions', 3, seconds / 7e5),
        ],
      },
    ],
  };
}
