import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { hostname } from 'node:os';
import type { ExportResult } from '@opentelemetry/core';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../../src/errors.ts';
import { exportCounts } from '../../../src/export-counts.ts';
import {
  PushgatewayMetricExporter,
  type PushgatewayMetricExporterOptions,
} from '../../../src/exporters/pushgateway/index.ts';
import { captureDiag } from '../../support/diag.ts';
import { runMetrics, steadyRun } from '../run-metrics.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let logged: ReturnType<typeof captureDiag>;
const open: PushgatewayMetricExporter[] = [];

beforeEach(async () => {
  vi.stubEnv('PROMETHEUS_USERNAME', undefined);
  vi.stubEnv('PROMETHEUS_PASSWORD', undefined);
  logged = captureDiag();
  gateway = await startFakeGateway();
});
afterEach(async () => {
  for (const exporter of open.splice(0)) await exporter.shutdown();
  await gateway.close();
  logged.stop();
  vi.unstubAllEnvs();
});

function exporterTo(options: PushgatewayMetricExporterOptions = {}): PushgatewayMetricExporter {
  const exporter = new PushgatewayMetricExporter({ prometheusUrl: gateway.url, ...options });
  open.push(exporter);
  return exporter;
}

const exportTo = (exporter: PushgatewayMetricExporter, seconds: number): Promise<ExportResult> =>
  new Promise((resolve) => exporter.export(runMetrics([steadyRun(seconds)]), resolve));

const lastDuration = (): string | undefined =>
  /^codecarbon_duration_total\{.*\} (.*)$/m.exec(gateway.received.at(-1)?.text ?? '')?.[1];

describe('a push', () => {
  it('replaces the group of job, host and project', async () => {
    expect(await exportTo(exporterTo(), 5)).toEqual({ code: 0 });
    const [{ method, path, headers } = {}] = gateway.received;
    expect(method).toBe('PUT');
    expect(path).toBe(
      `/metrics/job/codecarbon/instance/${encodeURIComponent(`${hostname()}:codecarbon`)}`,
    );
    expect(headers?.['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers?.authorization).toBeUndefined();
    expect(lastDuration()).toBe('5');
  });

  it('goes where the options say, with user and password', async () => {
    const exporter = exporterTo({
      prometheusUrl: `${gateway.url}/prefix/`,
      prometheusUsername: 'me',
      prometheusPassword: 'word',
      job: 'my/team',
      instance: 'one',
    });
    await exportTo(exporter, 5);
    const [{ path, headers } = {}] = gateway.received;
    expect(path).toBe('/prefix/metrics/job@base64/bXkvdGVhbQ/instance/one');
    expect(headers?.authorization).toBe(`Basic ${btoa('me:word')}`);
  });

  it('comes once for one export, however often it is flushed', async () => {
    const exporter = exporterTo();
    await exportTo(exporter, 5);
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(gateway.received.map(({ method }) => method)).toEqual(['PUT']);
  });

  it('leaves the last values where they are when the run ends, even when others have nothing', async () => {
    const exporter = exporterTo();
    await exportTo(exporter, 5);
    await new Promise((resolve) => exporter.export(runMetrics([]), resolve));
    expect(gateway.received).toHaveLength(1);
  });
});

describe('a gateway in trouble', () => {
  it.each([
    [400, 'of another type', 'text format parsing error'],
    [401, 'PROMETHEUS_PASSWORD', ''],
    [404, 'root of a Pushgateway', ''],
    [405, 'root of a Pushgateway', ''],
    [413, 'larger bodies', ''],
  ])('%i: one clear message, and the totals at the next success', async (status, advice, body) => {
    const exporter = exporterTo();
    gateway.replies.push({ status, body });
    const { code, error } = await exportTo(exporter, 5);
    expect(code).toBe(1);
    expect(error?.message).toContain(`${status}`);
    expect(error?.message).toContain(advice);
    expect(error?.message).toContain(body);
    expect(error?.message).toContain(`PUT ${gateway.url}/metrics/job/codecarbon`);
    expect(gateway.received).toHaveLength(1);
    expect(await exportTo(exporter, 10)).toEqual({ code: 0 });
    expect(lastDuration()).toBe('10');
  });

  it.each([429, 502, 503, 504])('%i is tried again within the export', async (status) => {
    const again = { status, headers: { 'retry-after': '0' } };
    gateway.replies.push(again, again);
    expect(await exportTo(exporterTo(), 5)).toEqual({ code: 0 });
    expect(gateway.received).toHaveLength(3);
  });

  it('503 that does not pass is a failure after three tries', async () => {
    const again = { status: 503, headers: { 'retry-after': '0' } };
    gateway.replies.push(again, again, again);
    expect((await exportTo(exporterTo(), 5)).error?.message).toContain('503');
    expect(gateway.received).toHaveLength(3);
  });

  it('a redirect to another server is not followed, and is named', async () => {
    gateway.replies.push({ status: 301, headers: { location: 'https://other.example/x' } });
    const { error } = await exportTo(exporterTo({ prometheusUrl: gateway.url }), 5);
    expect(error?.message).toContain('https://other.example/x');
  });

  it('a web page is no Pushgateway', async () => {
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Log in</h1>' };
    gateway.replies.push(page);
    expect((await exportTo(exporterTo(), 5)).error?.message).toContain('web page');
  });

  it('garbage is no HTTP', async () => {
    const server = createServer((socket) => socket.end('220 hello\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { error } = await exportTo(exporterTo({ prometheusUrl: `127.0.0.1:${port}` }), 5);
    expect(error?.message).toContain('does not speak HTTP');
    server.close();
  });

  it('a closed port, and a name that nobody has', async () => {
    const closed = await startFakeGateway();
    await closed.close();
    const { error } = await exportTo(exporterTo({ prometheusUrl: closed.url }), 5);
    expect(error?.message).toContain('nothing listens there');
    const nobody = exporterTo({ prometheusUrl: 'http://nobody.invalid:9091' });
    expect((await exportTo(nobody, 5)).error?.message).toMatch(/no host has this name|DNS/);
  });

  it('one that hangs holds the end of the program for five seconds, and says so once', async () => {
    const exporter = exporterTo();
    gateway.replies.push('hang', 'hang', 'hang', 'hang');
    const before = failures();
    const started = performance.now();
    const { error } = await exportTo(exporter, 5);
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(performance.now() - started).toBeLessThan(6000);
    expect(error?.message).toContain('no answer in time');
    expect(failures() - before).toBe(1);
    // The SDK logs a failed export, so that the exporter does not.
    expect(logged.messages('error')).toEqual([]);
    expect(gateway.received).toHaveLength(1);
  });

  it('of the exports that wait behind a push that fails, only the last is worth one', async () => {
    const exporter = exporterTo();
    gateway.replies.push({ status: 401 });
    const results = await Promise.all([1, 2, 3, 4].map((second) => exportTo(exporter, second)));
    expect(results.map(({ code }) => code)).toEqual([1, 1, 1, 0]);
    expect(gateway.received).toHaveLength(2);
    expect(lastDuration()).toBe('4');
    const more = await Promise.all([5, 6, 7].map((second) => exportTo(exporter, second)));
    expect(more.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(gateway.received).toHaveLength(3);
    expect(lastDuration()).toBe('7');
  });

  it('exports every second do not pile up before one that hangs', async () => {
    const exporter = exporterTo();
    gateway.replies.push('hang', 'hang', 'hang');
    const started = performance.now();
    const results: Promise<ExportResult>[] = [];
    for (let second = 1; second <= 9; second += 1) results.push(exportTo(exporter, second));
    await exporter.shutdown();
    expect(performance.now() - started).toBeLessThan(11_000);
    const messages = (await Promise.all(results)).map(({ error }) => error?.message);
    expect(new Set(messages).size).toBe(1);
    expect(gateway.received).toHaveLength(2);
  });
});

const failures = (): number =>
  exportCounts().find(({ exporter }) => exporter === 'pushgateway')?.failures ?? 0;

describe('onShutdown: delete', () => {
  it('deletes the own group after the grace', async () => {
    const exporter = exporterTo({ onShutdown: 'delete', graceMillis: 60 });
    await exportTo(exporter, 5);
    const started = performance.now();
    await exporter.shutdown();
    expect(performance.now() - started).toBeGreaterThan(50);
    const [pushed, deleted, ...more] = gateway.received;
    expect(deleted?.method).toBe('DELETE');
    expect(deleted?.path).toBe(pushed?.path);
    expect(deleted?.headers['content-type']).toBeUndefined();
    expect(more).toEqual([]);
  });

  it('deletes nothing that it has not pushed', async () => {
    const exporter = exporterTo({ onShutdown: 'delete', graceMillis: 0 });
    gateway.replies.push({ status: 401 });
    await exportTo(exporter, 5);
    await exporter.shutdown();
    expect(gateway.received.map(({ method }) => method)).toEqual(['PUT']);
  });

  it('says that it could not', async () => {
    const exporter = exporterTo({ onShutdown: 'delete', graceMillis: 0 });
    await exportTo(exporter, 5);
    gateway.replies.push({ status: 405 });
    await exporter.shutdown();
    expect(logged.messages('error').join()).toContain(`DELETE ${gateway.url}/metrics/job`);
  });
});

describe('two exporters', () => {
  it('of one group in one process are refused, until the first is shut down', async () => {
    const first = exporterTo();
    expect(() => exporterTo()).toThrow(ConfigurationError);
    expect(() => exporterTo()).toThrow('"instance" or "job"');
    exporterTo({ job: 'other' });
    exporterTo({ instance: 'other' });
    exporterTo({ projectName: 'other' });
    await first.shutdown();
    exporterTo();
  });

  it('whose metrics turn out to belong to one group: the second fails, and says why', async () => {
    const run = (exporter: PushgatewayMetricExporter): Promise<ExportResult> =>
      new Promise((resolve) =>
        exporter.export(runMetrics([steadyRun(1, { projectName: 'web' })]), resolve),
      );
    expect((await run(exporterTo())).code).toBe(0);
    const { code, error } = await run(exporterTo());
    expect(code).toBe(1);
    expect(error?.message).toContain('would overwrite each other');
  });

  it('refuse what they do not know', () => {
    expect(() => exporterTo({ prometheusUrl: 'ftp://x' })).toThrow('prometheusUrl');
    expect(() => exporterTo({ onShutdown: 'remove' as never })).toThrow('keep, delete');
    expect(() => exporterTo({ graceMillis: -1 })).toThrow('graceMillis');
    expect(() => exporterTo({ jop: 'x' } as never)).toThrow('Did you mean job?');
  });
});

describe('under a periodic reader of the SDK', () => {
  it('the last values of a short run are in the gateway when the provider is shut down', async () => {
    const reader = new PeriodicExportingMetricReader({
      exporter: exporterTo(),
      exportIntervalMillis: 3_600_000,
    });
    const provider = new MeterProvider({ readers: [reader] });
    provider
      .getMeter('opentelemetry-instrumentation-codecarbon')
      .createObservableCounter('codecarbon_duration')
      .addCallback((result) => result.observe(7, { project_name: 'batch' }));
    provider.getMeter('app').createCounter('orders').add(1);
    await provider.shutdown();
    expect(gateway.received).toHaveLength(1);
    expect(gateway.received[0]?.path).toContain('%3Abatch');
    expect(lastDuration()).toBe('7');
    expect(gateway.received[0]?.text).not.toContain('orders');
  });
});
