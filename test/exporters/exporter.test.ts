import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, context, ROOT_CONTEXT } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, isTracingSuppressed } from '@opentelemetry/core';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportCounts } from '../../src/export-counts.ts';
import { EmissionsExporter, type WriteContext } from '../../src/exporters/index.ts';
import type { EmissionsRecord } from '../../src/record/index.ts';
import { METRICS, SCOPE_NAME } from '../../src/semconv.ts';
import { captureDiag } from '../support/diag.ts';
import { RUN_ID, type RunGiven, runMetrics, steadyRun } from './run-metrics.ts';

type Written = readonly [runId: string, duration: number | undefined, reason: string];

/** Keeps what it is given; `failing` makes it fail, `gate` makes it wait. */
class Recorder extends EmissionsExporter {
  readonly written: Written[] = [];
  readonly finals: string[] = [];
  failing: unknown;
  gate: Promise<void> | undefined;
  running = 0;
  mostRunning = 0;
  suppressed: boolean | undefined;
  closed = 0;

  protected override async write(record: EmissionsRecord, { reason, final }: WriteContext) {
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      await this.gate;
      this.suppressed = isTracingSuppressed(context.active());
      if (this.failing !== undefined) throw this.failing;
      this.written.push([record.run_id, record.duration, reason]);
      if (final) this.finals.push(record.run_id);
    } finally {
      this.running -= 1;
    }
  }

  protected override close(): void {
    this.closed += 1;
  }
}

const exportTo = (exporter: PushMetricExporter, ...runs: readonly RunGiven[]) =>
  new Promise<ExportResult>((resolve) => exporter.export(runMetrics(runs), resolve));

let logged: ReturnType<typeof captureDiag>;
let exporter: Recorder;
beforeEach(() => {
  logged = captureDiag();
  exporter = new Recorder();
});
afterEach(() => logged.stop());

describe('an exporter under a reader of the SDK', () => {
  it('writes at every export, at a flush, and once for the last time', async () => {
    const provider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 })],
    });
    observeRun(provider);
    await provider.forceFlush();
    await provider.shutdown();
    expect(exporter.written.map(([, duration, reason]) => [duration, reason])).toEqual([
      [1, 'interval'],
      [1, 'flush'],
      [2, 'interval'],
      [2, 'flush'],
      [2, 'shutdown'],
    ]);
    expect(exporter.finals).toEqual([RUN_ID]);
    expect(exporter.closed).toBe(1);
    expect(exporter.selectAggregationTemporality()).toBe(AggregationTemporality.CUMULATIVE);
  });
});

/** One second more at every collection. */
function observeRun(provider: MeterProvider): void {
  const meter = provider.getMeter(SCOPE_NAME);
  const identity = { project_name: 'p', scope: 'machine' };
  let seconds = 0;
  const duration = meter.createObservableCounter(METRICS.duration.name);
  const info = meter.createObservableGauge(METRICS.info.name);
  meter.addBatchObservableCallback(
    (result) => {
      seconds += 1;
      result.observe(duration, seconds, identity);
      result.observe(info, 1, { ...identity, run_id: RUN_ID });
    },
    [duration, info],
  );
}

describe('a failed write', () => {
  it('fails the export with its reason, and is made good at the next export', async () => {
    exporter.failing = new Error('no room');
    const failed = await exportTo(exporter, steadyRun(1));
    expect(failed.code).toBe(ExportResultCode.FAILED);
    expect(failed.error?.message).toBe('Recorder: no room');
    expect(failed.error?.cause).toBe(exporter.failing);
    exporter.failing = undefined;
    expect(await exportTo(exporter)).toEqual({ code: ExportResultCode.SUCCESS });
    expect(exporter.written).toEqual([[RUN_ID, 1, 'interval']]);
  });

  it('of one run does not keep the others from being written', async () => {
    const picky = new (class extends Recorder {
      protected override async write(record: EmissionsRecord, why: WriteContext) {
        if (record.run_id === 'a') throw 'not a';
        await super.write(record, why);
      }
    })();
    const { code } = await exportTo(
      picky,
      steadyRun(1, { runId: 'a', projectName: 'one' }),
      steadyRun(1, { runId: 'b', projectName: 'two' }),
    );
    expect(code).toBe(ExportResultCode.FAILED);
    expect(picky.written.map(([runId]) => runId)).toEqual(['b']);
  });

  it('is written again at a flush and at the end; they resolve, and one line is logged', async () => {
    exporter.failing = new Error('no room');
    await exportTo(exporter, steadyRun(1));
    await exporter.forceFlush();
    expect(logged.messages('error')).toEqual([]);
    exporter.failing = new Error('no disk');
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(logged.messages('error')).toEqual([expect.stringContaining('Recorder: no disk')]);
  });

  it('is counted, and so are the records that wait', async () => {
    const named = new (class Counted extends Recorder {})();
    const count = () => exportCounts().find(({ exporter: name }) => name === 'Counted');
    expect(count()).toEqual({ exporter: 'Counted', failures: 0, pending: 0 });
    named.failing = new Error('no room');
    await exportTo(named, steadyRun(1));
    await exportTo(named, steadyRun(2));
    expect(count()).toEqual({ exporter: 'Counted', failures: 2, pending: 1 });
    named.failing = undefined;
    await exportTo(named, steadyRun(3));
    expect(count()).toEqual({ exporter: 'Counted', failures: 2, pending: 0 });
  });
});

describe('overlapping exports', () => {
  it('are written one after the other, the newest last', async () => {
    let open = (): void => {};
    exporter.gate = new Promise((resolve) => {
      open = resolve;
    });
    const results = [exportTo(exporter, steadyRun(1)), exportTo(exporter, steadyRun(2))];
    const flushed = exporter.forceFlush();
    open();
    expect((await Promise.all(results)).map(({ code }) => code)).toEqual([0, 0]);
    await flushed;
    expect(exporter.mostRunning).toBe(1);
    expect(exporter.written.at(-1)).toEqual([RUN_ID, 2, 'flush']);
  });

  it('do not pile up behind a write that hangs', async () => {
    exporter.gate = new Promise(() => {});
    for (let index = 0; index < 10; index += 1) void exportTo(exporter, steadyRun(index));
    const { code, error } = await exportTo(exporter, steadyRun(11));
    expect(code).toBe(ExportResultCode.FAILED);
    expect(error?.message).toBe('Recorder: earlier writes have not finished');
  });
});

describe('what the metrics lack', () => {
  it('is said once: no emissions reader', async () => {
    const unpriced = steadyRun(1, { points: { emissions: [] } });
    await exportTo(exporter, unpriced);
    await exportTo(exporter, unpriced);
    expect(exporter.written).toHaveLength(2);
    expect(logged.messages('warn')).toEqual([expect.stringContaining('EmissionsMetricReader')]);
  });

  it('is said at the end: a run that never told what it is', async () => {
    expect((await exportTo(exporter, steadyRun(1, { info: undefined }))).code).toBe(0);
    expect(logged.messages('warn')).toEqual([]);
    await exporter.shutdown();
    expect(logged.messages('warn')).toEqual([expect.stringContaining('codecarbon_info')]);
    expect(exporter.written).toEqual([]);
  });

  it('fails the export: differences instead of totals', async () => {
    const result = await new Promise<ExportResult>((resolve) =>
      exporter.export(runMetrics([steadyRun(1)], AggregationTemporality.DELTA), resolve),
    );
    expect(result.code).toBe(ExportResultCode.FAILED);
    expect(result.error?.message).toContain('cumulative');
    expect(exporter.written).toEqual([]);
  });
});

describe('the program around', () => {
  it('is not traced while a record is written', async () => {
    context.setGlobalContextManager(asyncContexts());
    exporter.gate = Promise.resolve();
    await exportTo(exporter, steadyRun(1));
    expect(exporter.suppressed).toBe(true);
    exporter.suppressed = undefined;
    await exporter.shutdown();
    expect(exporter.suppressed).toBe(true);
    context.disable();
  });

  it('is not disturbed by a callback that throws', async () => {
    exporter.export(runMetrics([steadyRun(1)]), () => {
      throw new Error('mine');
    });
    await exporter.forceFlush();
    expect(await exportTo(exporter, steadyRun(2))).toEqual({ code: 0 });
    expect(logged.messages('error')).toHaveLength(1);
  });
});

/** Contexts that follow promises, as every OpenTelemetry set-up for Node has them. */
function asyncContexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, receiver, ...args) =>
      storage.run(active, () => work.apply(receiver as ThisParameterType<typeof work>, args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
