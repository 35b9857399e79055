import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { afterEach, describe, expect, it } from 'vitest';
import { LoggerMetricExporter } from '../../src/exporters/logger/index.ts';
import { runMetrics, steadyRun } from '../exporters/run-metrics.ts';
import { type Collector, startCollector, until } from './servers.ts';

let collector: Collector | undefined;
afterEach(async () => {
  await collector?.stop();
});

describe('the log record of a run', () => {
  it('arrives at a Collector by OTLP, with its event name, resource, sentence and figures', async () => {
    collector = await startCollector('test/real/logs.yml');
    const { url, output } = collector;
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      processors: [
        new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${url}/v1/logs` }) }),
      ],
    });
    const exporter = new LoggerMetricExporter({ logger: false, loggerProvider: provider });
    exporter.export(runMetrics([steadyRun(10)]), () => {});
    // In this order: the record is written at the end of the metrics.
    await exporter.shutdown();
    await provider.shutdown();
    expect(exporter.lastFailure).toBeUndefined();

    await until('the log record', async () =>
      /codecarbon\.run/.test(output()) ? [] : [output() || 'nothing printed'],
    );
    const printed = output();
    expect(printed.match(/EventName: codecarbon\.run$/gm)).toHaveLength(1);
    expect(printed).toMatch(/service\.name: Str\(shop\)/);
    const energy = /-> codecarbon\.energy_consumed: Double\((.+)\)/.exec(printed)?.[1];
    // 60 W of the processor and 10 W of memory for 10 s, in kWh.
    expect(Number(energy)).toBeCloseTo((70 * 10) / 3.6e6, 12);
  });
});
