import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportResult } from '@opentelemetry/core';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/errors.ts';
import { exportCounts } from '../../../src/export-counts.ts';
import {
  HttpMetricExporter,
  type HttpMetricExporterOptions,
} from '../../../src/exporters/http/index.ts';
import { type Respond, startServer, type TestServer } from '../../http/server.ts';
import { captureDiag } from '../../support/diag.ts';
import { RUN_ID, runMetrics, steadyRun } from '../run-metrics.ts';

let server: TestServer;
let respond: Respond;
let logged: ReturnType<typeof captureDiag>;
const exporters: HttpMetricExporter[] = [];
let spoolDir: string;

const CREATED: Respond = (response) => response.writeHead(201).end();
const answering =
  (...statuses: readonly number[]): Respond =>
  (response) => {
    const left = [...statuses];
    const status = left[Math.min(server.received.length, left.length) - 1] ?? 200;
    response.writeHead(status).end();
  };

beforeEach(async () => {
  logged = captureDiag();
  respond = CREATED;
  server = await startServer((...all) => respond(...all));
  spoolDir = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  respond = CREATED;
  for (const exporter of exporters.splice(0)) await exporter.shutdown();
  await server.close();
  rmSync(spoolDir, { recursive: true });
  logged.stop();
});

function open(options: Partial<HttpMetricExporterOptions> = {}): HttpMetricExporter {
  const exporter = new HttpMetricExporter({ emissionsEndpoint: `${server.url}/runs`, ...options });
  exporters.push(exporter);
  return exporter;
}

const exportTo = (
  exporter: HttpMetricExporter,
  seconds: number,
  given = {},
): Promise<ExportResult> =>
  new Promise((resolve) => exporter.export(runMetrics([steadyRun(seconds, given)]), resolve));

const durations = (): number[] =>
  server.received.map(({ body }) => (JSON.parse(body) as { duration: number }).duration);
const keys = (): (string | undefined)[] =>
  server.received.map(({ headers }) => headers['idempotency-key']);
const spooled = (): string[] =>
  readdirSync(spoolDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));
const counts = (): { failures: number; pending: number } =>
  exportCounts().find(({ exporter }) => exporter === 'http') ?? { failures: 0, pending: 0 };

describe('HttpMetricExporter', () => {
  it('posts the record once, when the run stops', async () => {
    const exporter = open();
    for (const seconds of [1, 2, 3]) {
      expect(await exportTo(exporter, seconds)).toEqual({ code: 0 });
    }
    expect(server.received).toEqual([]);
    await exporter.shutdown();
    expect(durations()).toEqual([3]);
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/runs',
      headers: { 'content-type': 'application/json', 'idempotency-key': `${RUN_ID}-0` },
    });
  });

  it('live: posts at every export, each with a key of its own, and the end only if it is new', async () => {
    const exporter = open({ live: true });
    for (const seconds of [1, 2]) await exportTo(exporter, seconds);
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(durations()).toEqual([1, 2]);
    expect(keys()).toEqual([`${RUN_ID}-0`, `${RUN_ID}-1`]);
  });

  it('ends a run once under a reader of the SDK, which flushes and shuts down', async () => {
    const exporter = open();
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const meter = provider.getMeter('opentelemetry-instrumentation-codecarbon');
    const who = { project_name: 'p', scope: 'machine' };
    meter.createObservableCounter('codecarbon_duration').addCallback((r) => r.observe(9, who));
    meter
      .createObservableGauge('codecarbon_info')
      .addCallback((r) => r.observe(1, { ...who, run_id: RUN_ID }));
    await provider.forceFlush();
    await provider.shutdown();
    expect(durations()).toEqual([9]);
  });

  it.each([200, 202, 204, 299])('takes %i for success', async (status) => {
    respond = answering(status);
    expect(await exportTo(open({ live: true }), 1)).toEqual({ code: 0 });
  });

  it('sends the headers it is given', async () => {
    await exportTo(open({ live: true, headers: { Authorization: 'Bearer t', 'X-Team': 'a' } }), 1);
    expect(server.received[0]?.headers).toMatchObject({ authorization: 'Bearer t', 'x-team': 'a' });
    expect(server.received[0]?.headers).not.toHaveProperty('x-signature-256');
  });

  it('signs the body as it is on the wire', async () => {
    await exportTo(open({ live: true, hmacSecret: 'sesame' }), 1, { projectName: 'Grüße ☀' });
    const [{ headers, body } = { headers: {} as Record<string, string>, body: '' }] =
      server.received;
    const expected = createHmac('sha256', 'sesame').update(Buffer.from(body, 'utf8')).digest('hex');
    expect(headers['x-signature-256']).toBe(`sha256=${expected}`);
    expect(body).toContain('Grüße ☀');
  });

  it('repeats a post that failed under the same key', async () => {
    respond = answering(503, 200);
    expect(await exportTo(open({ live: true }), 1)).toEqual({ code: 0 });
    expect(keys()).toEqual([`${RUN_ID}-0`, `${RUN_ID}-0`]);
  });

  it('waits as long as the server asks, and posts the newest then', async () => {
    respond = (response) => response.writeHead(429, { 'retry-after': '600' }).end();
    const exporter = open({ live: true });
    const { error } = await exportTo(exporter, 1);
    expect(error?.message).toContain('429 Too Many Requests; too many requests; send less often');
    expect(error?.message).toContain('it asks to wait for 600 s');
    expect((await exportTo(exporter, 2)).code).toBe(1);
    expect(durations()).toEqual([1]);
    respond = CREATED;
    await exporter.shutdown();
    expect(durations()).toEqual([1, 2]);
  });

  it('says at the end, once, that a run was not posted', async () => {
    respond = answering(403);
    const exporter = open({ headers: { 'x-key': 'sesame' } });
    await exportTo(exporter, 1);
    await exporter.shutdown();
    expect(logged.messages('error')).toEqual([
      expect.stringContaining(
        `http: POST ${server.url}/runs: 403 Forbidden; the key or password does not allow this`,
      ),
    ]);
  });

  it('counts failures, and what waits', async () => {
    const { failures } = counts();
    respond = answering(403);
    const exporter = open({ live: true });
    await exportTo(exporter, 1);
    expect(counts()).toMatchObject({ failures: failures + 1, pending: 1 });
    respond = CREATED;
    await exportTo(exporter, 2);
    expect(counts()).toMatchObject({ failures: failures + 1, pending: 0 });
  });

  it.each<[options: object, message: string]>([
    [{}, 'emissionsEndpoint: is needed to post records'],
    [{ emissionsEndpoint: 'localhost:9' }, 'emissionsEndpoint: "localhost:9" is not valid'],
    [
      { emissionsEndpoint: 'http://x', header: {} },
      'header: no such option. Did you mean headers?',
    ],
  ])('%j is a mistake', (options, message) => {
    const make = (): unknown => new HttpMetricExporter(options as HttpMetricExporterOptions);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });
});

describe('HttpMetricExporter with a spool', () => {
  it('keeps what could not be posted, and posts it in order at the next chance', async () => {
    respond = answering(403);
    const exporter = open({ live: true, spoolDir });
    for (const seconds of [1, 2]) {
      const { error } = await exportTo(exporter, seconds);
      expect(error?.message).toMatch(
        /403 .*; it is kept in .*spool-.* and sent at the next chance$/,
      );
    }
    expect(counts().pending).toBe(2);
    server.received.length = 0;
    respond = CREATED;
    expect(await exportTo(exporter, 3)).toEqual({ code: 0 });
    expect(durations()).toEqual([1, 2, 3]);
    expect(keys()).toEqual([0, 1, 2].map((n) => `${RUN_ID}-${n}`));
    expect(counts().pending).toBe(0);
    expect(spooled()).toEqual([]);
  });

  it('leaves it to the next process when the run has ended', async () => {
    respond = answering(503);
    const first = open({ spoolDir });
    await exportTo(first, 1);
    await first.shutdown();
    expect(spooled()).toHaveLength(1);
    server.received.length = 0;
    respond = CREATED;
    const second = open({ spoolDir });
    await exportTo(second, 7, { runId: 'another' });
    expect(durations()).toEqual([1]);
    await second.shutdown();
    expect(durations()).toEqual([1, 7]);
  }, 30_000);

  it('puts no secret on the disk, and lets nobody else read it', async () => {
    respond = answering(403);
    const secrets = { headers: { 'x-key': 'sesame' }, hmacSecret: 'sesame-2' };
    const emissionsEndpoint = server.url.replace('//', '//sesame-3:sesame-4@');
    await exportTo(open({ live: true, spoolDir, emissionsEndpoint, ...secrets }), 1);
    const [file = ''] = spooled();
    expect(file + readFileSync(join(spoolDir, file), 'utf8')).not.toContain('sesame');
    expect(statSync(join(spoolDir, file)).mode & 0o077).toBe(0);
  });

  it('sets aside what the server refuses for good, and goes on', async () => {
    respond = (response, { body }) =>
      response.writeHead(body.includes('"duration":1,') ? 422 : 201).end();
    const exporter = open({ live: true, spoolDir });
    expect((await exportTo(exporter, 1)).code).toBe(1);
    expect(await exportTo(exporter, 2)).toEqual({ code: 0 });
    expect(spooled()).toEqual([expect.stringMatching(/\.json\.refused$/)]);
    expect(logged.messages('warn').join()).toContain('the server refuses what was kept for it');
  });

  it('posts at once when the directory cannot be written', async () => {
    const exporter = open({ live: true, spoolDir: '/dev/null/spool' });
    for (const seconds of [1, 2]) await exportTo(exporter, seconds);
    expect(durations()).toEqual([1, 2]);
    expect(logged.messages('warn')).toEqual([
      expect.stringMatching(/http: cannot keep anything in \/dev\/null\/spool\/.* \(ENOTDIR\)/),
    ]);
  });
});
