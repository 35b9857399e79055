import { context, metrics } from '@opentelemetry/api';
import { logs, type LoggerProvider as Provider } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { type MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LoggerMetricExporter } from '../../../src/exporters/logger/index.ts';
import { RECORD_FIELDS } from '../../../src/record/index.ts';
import { VERSION } from '../../../src/version.ts';
import { captureDiag } from '../../support/diag.ts';
import { exportTo } from '../export-to.ts';
import { RUN_ID, steadyRun } from '../run-metrics.ts';

let kept: InMemoryLogRecordExporter;
let provider: LoggerProvider;
let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
  kept = new InMemoryLogRecordExporter();
  provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: kept })] });
  // As in a program with tracing: what an exporter does is suppressed in the context.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterEach(() => {
  logs.disable();
  context.disable();
  logged.stop();
});

describe('a log record', () => {
  it('is an event with a sentence as body and the known fields as attributes', async () => {
    const exporter = new LoggerMetricExporter({ logger: false, loggerProvider: provider });
    await exportTo(exporter, steadyRun(3600));
    await exporter.shutdown();
    const [record, ...others] = kept.getFinishedLogRecords();
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      eventName: 'codecarbon.run',
      severityNumber: 9,
      severityText: 'INFO',
      body: 'project "codecarbon": 0.07 kWh, 0.007 kg CO2-equivalent in 3600 s',
      hrTime: [1_750_003_600, 0],
      instrumentationScope: { name: 'opentelemetry-instrumentation-codecarbon', version: VERSION },
    });
    const { attributes = {} } = record ?? {};
    expect(attributes).toMatchObject({
      'codecarbon.run_id': RUN_ID,
      'codecarbon.energy_consumed': 0.07,
      'codecarbon.os': 'Linux',
    });
    const fields = RECORD_FIELDS.map((field) => `codecarbon.${field}`);
    expect(fields).toEqual(expect.arrayContaining(Object.keys(attributes)));
    expect(Object.values(attributes)).not.toContain(null);
  });

  it('goes through the global provider, set before or after the exporter is made', async () => {
    const exporter = new LoggerMetricExporter({ logger: quiet });
    await exportTo(exporter, steadyRun(1));
    logs.setGlobalLoggerProvider(provider);
    await exporter.shutdown();
    expect(kept.getFinishedLogRecords()).toHaveLength(1);
  });

  it('goes nowhere without a provider, or with false, and nobody is warned', async () => {
    await finish({});
    logs.setGlobalLoggerProvider(provider);
    await finish({ loggerProvider: false });
    expect(kept.getFinishedLogRecords()).toEqual([]);
    expect(logged.messages('warn')).toEqual([]);
  });

  it('has the level and the preamble', async () => {
    await finish({
      logger: false,
      loggerProvider: provider,
      loggerLevel: 'error',
      loggerPreamble: 'nightly',
    });
    expect(kept.getFinishedLogRecords()[0]).toMatchObject({
      severityNumber: 17,
      severityText: 'ERROR',
      body: expect.stringMatching(/^\[nightly\] project /),
    });
  });
});

describe('NodeSDK', () => {
  it.each([true, false])(
    'keeps the end of the run when the metrics end first: %s',
    async (first) => {
      const exporter = new LoggerMetricExporter({ logger: quiet });
      const sdk = new NodeSDK({
        autoDetectResources: false,
        logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: kept })],
        metricReaders: [
          new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 }),
        ],
        spanProcessors: [],
      });
      let taken = 0;
      kept.shutdown = async () => {
        taken = kept.getFinishedLogRecords().length;
      };
      sdk.start();
      await exportTo(exporter, steadyRun(1));
      if (first) await (metrics.getMeterProvider() as MeterProvider).shutdown();
      await sdk.shutdown();
      metrics.disable();
      expect(taken).toBe(first ? 1 : 0);
      const warnings = logged.messages('warn').filter((line) => line.includes('misses the end'));
      expect(warnings).toHaveLength(first ? 0 : 1);
    },
  );
});

describe('a provider', () => {
  it('that is shut down before the metrics is warned about: it misses the end', async () => {
    const exporter = new LoggerMetricExporter({ logger: quiet, loggerProvider: provider });
    await exportTo(exporter, steadyRun(1));
    await provider.shutdown();
    await exporter.shutdown();
    expect(logged.messages('warn').join('\n')).toContain('shut the MeterProvider down first');
  });

  it('that throws fails the export; the logger is not written to twice', async () => {
    let lines = 0;
    let isBroken = true;
    const broken: Provider = {
      getLogger: (name) => {
        if (isBroken) throw new Error('no logger today');
        return provider.getLogger(name);
      },
    };
    const logger = {
      info: () => {
        lines += 1;
      },
    };
    const exporter = new LoggerMetricExporter({ logger, loggerProvider: broken, live: true });
    const { error } = await exportTo(exporter, steadyRun(1));
    expect(error?.message).toBe(
      'logger: the LoggerProvider did not take the record: no logger today',
    );
    isBroken = false;
    await exporter.shutdown();
    expect([lines, kept.getFinishedLogRecords().length]).toEqual([1, 1]);
  });
});

const quiet = { info: () => {} };

async function finish(
  options: ConstructorParameters<typeof LoggerMetricExporter>[0],
): Promise<void> {
  const exporter = new LoggerMetricExporter({ logger: quiet, ...options });
  await exportTo(exporter, steadyRun(1));
  await exporter.shutdown();
}
