import { existsSync, readdirSync } from 'node:fs';
import type { ExportResult } from '@opentelemetry/core';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExporterFixture, OpenedExporter } from '../../src/exporters/fixture.ts';
import { EXPORTERS } from '../../src/exporters/index.ts';
import { RUN_ID, type RunGiven, runMetrics, steadyRun } from '../exporters/run-metrics.ts';
import { captureDiag } from '../support/diag.ts';

/** What is true of every exporter in the list, without code of its own here. */
const SUCCESS = 0;
const FAILED = 1;

const exportTo = (exporter: PushMetricExporter, ...runs: readonly RunGiven[]) =>
  new Promise<ExportResult>((resolve) => exporter.export(runMetrics(runs), resolve));

describe('the list of exporters', () => {
  const folders = readdirSync('src/exporters', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  it.each(folders)('names %s', (folder) => {
    expect(EXPORTERS.map(({ id }) => String(id))).toContain(folder);
  });

  it.each(EXPORTERS.map(({ id }) => id))('%s has a folder, a fixture and a description', (id) => {
    expect(existsSync(`src/exporters/${id}/index.ts`)).toBe(true);
    expect(existsSync(`src/exporters/${id}/fixture.ts`)).toBe(true);
    expect(EXPORTERS.find((exporter) => exporter.id === id)?.description).toMatch(/\w{3}/);
  });
});

describe.each(EXPORTERS.map(({ id }) => id))('%s', (id) => {
  let opened: OpenedExporter;
  let exporter: PushMetricExporter;
  let logged: ReturnType<typeof captureDiag>;
  const durations = async (): Promise<number[]> =>
    (await opened.arrived()).map(({ duration }) => Number(duration));

  beforeEach(async () => {
    logged = captureDiag();
    const { fixture } = (await import(`../../src/exporters/${id}/fixture.ts`)) as {
      fixture: ExporterFixture;
    };
    opened = await fixture.open();
    exporter = opened.exporter;
  });
  afterEach(async () => {
    await exporter.shutdown();
    await opened.close();
    logged.stop();
  });

  it('delivers a run under a periodic reader of the SDK', async () => {
    const provider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 })],
    });
    const meter = provider.getMeter('opentelemetry-instrumentation-codecarbon');
    const identity = { project_name: 'p', scope: 'machine' };
    const duration = meter.createObservableCounter('codecarbon_duration');
    const info = meter.createObservableGauge('codecarbon_info');
    duration.addCallback((result) => result.observe(12, identity));
    info.addCallback((result) => result.observe(1, { ...identity, run_id: RUN_ID }));
    await provider.shutdown();
    expect(await durations()).toEqual([12]);
  });

  it('calls back once, and succeeds', async () => {
    const results: ExportResult[] = [];
    exporter.export(runMetrics([steadyRun(1)]), (result) => results.push(result));
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(results).toEqual([{ code: SUCCESS }]);
  });

  it('never throws: garbage is a failure', async () => {
    const garbage = [undefined, {}, { scopeMetrics: 7 }, { scopeMetrics: [{}] }];
    for (const metrics of garbage) {
      const { code, error } = await new Promise<ExportResult>((resolve) =>
        exporter.export(metrics as never, resolve),
      );
      expect(code).toBe(FAILED);
      expect(error).toBeInstanceOf(Error);
    }
    expect(await exportTo(exporter, steadyRun(1))).toEqual({ code: SUCCESS });
  });

  it('fails with an error that says where, and delivers at the next export', async () => {
    await exportTo(exporter, steadyRun(1));
    await opened.breakSink();
    const { code, error } = await exportTo(exporter, steadyRun(2));
    expect(code).toBe(FAILED);
    expect(error?.message).toContain(opened.place);
    await exporter.forceFlush();
    await opened.repair();
    expect(await exportTo(exporter, steadyRun(3))).toEqual({ code: SUCCESS });
    await exporter.forceFlush();
    expect(await durations()).toEqual([3]);
  });

  it('puts no secret into an error or a log line', async () => {
    await opened.breakSink();
    const { error } = await exportTo(exporter, steadyRun(1));
    await exporter.shutdown();
    const levels = ['error', 'warn', 'info', 'debug', 'verbose'] as const;
    const said = [
      String(error),
      String(error?.cause),
      ...levels.flatMap((l) => logged.messages(l)),
    ];
    for (const secret of opened.secrets) expect(said.join('\n')).not.toContain(secret);
    await opened.repair();
  });

  it('tolerates exports that overlap', async () => {
    const seconds = [1, 2, 3, 4, 5];
    const results = await Promise.all(
      seconds.map((second) => exportTo(exporter, steadyRun(second))),
    );
    expect(results).toEqual(seconds.map(() => ({ code: SUCCESS })));
    await exporter.forceFlush();
    expect(await durations()).toEqual([5]);
  });

  it('tolerates empty sets', async () => {
    expect(await exportTo(exporter)).toEqual({ code: SUCCESS });
    expect(await exportTo(exporter, { points: {} })).toEqual({ code: SUCCESS });
    await exporter.forceFlush();
    expect(await opened.arrived()).toEqual([]);
  });

  it('tolerates NaN and endless numbers: they are unknown', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      const run = steadyRun(1, { points: { cpuEnergy: [[value]], emissions: [[value]] } });
      expect(await exportTo(exporter, run)).toEqual({ code: SUCCESS });
    }
    await exporter.forceFlush();
    const [record] = await opened.arrived();
    expect(JSON.stringify(record)).not.toMatch(/nan|infinity/i);
  });

  it('leaves what it is given as it is', async () => {
    const frozen = runMetrics([steadyRun(1)]);
    const before = JSON.stringify(frozen);
    const { code } = await new Promise<ExportResult>((resolve) => exporter.export(frozen, resolve));
    expect(code).toBe(SUCCESS);
    expect(JSON.stringify(frozen)).toBe(before);
  });

  it('fails after shutdown, and shutting down twice is harmless', async () => {
    await exportTo(exporter, steadyRun(1));
    await Promise.all([exporter.shutdown(), exporter.shutdown()]);
    await exporter.forceFlush();
    const { code, error } = await exportTo(exporter, steadyRun(2));
    expect(code).toBe(FAILED);
    expect(error?.message).toContain('shut down');
    expect(await durations()).toEqual([1]);
  });

  it('waits in forceFlush for what is under way', async () => {
    let called = false;
    exporter.export(runMetrics([steadyRun(4)]), () => {
      called = true;
    });
    await exporter.forceFlush();
    expect(called).toBe(true);
    expect(await durations()).toEqual([4]);
  });

  it('keeps no timer, socket or process alive', async () => {
    const before = activeTimers();
    await exportTo(exporter, steadyRun(1));
    expect(added(before)).toEqual([]);
    await exporter.shutdown();
    expect(added(before)).toEqual([]);
  });
});

/** What would keep the process from ending. */
const activeTimers = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((resource) => /Timeout|Socket|Wrap|Process/.test(resource))
    .sort();

/** What keeps it and did not before; a timer of the test runner may have ended in between. */
function added(before: readonly string[]): readonly string[] {
  const left = [...before];
  return activeTimers().filter((resource) => {
    const index = left.indexOf(resource);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
