import { gunzipSync } from 'node:zlib';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportCounts } from '../../../src/export-counts.ts';
import { LogfireMetricExporter } from '../../../src/exporters/logfire/index.ts';
import { openSender } from '../../../src/exporters/logfire/otlp.ts';
import { EmissionsMetricReader } from '../../../src/reader/index.ts';
import { captureDiag } from '../../support/diag.ts';
import { type FakeLogfire, WRITE_TOKEN } from '../../support/fake-logfire.ts';
import { logfirePayload } from '../../support/logfire-payload.ts';
import { decodeMetrics } from '../../support/otlp-json.ts';
import { rig } from '../../support/rig.ts';
import { runMetrics, steadyRun } from '../run-metrics.ts';
import { exporterTo, exportTo, fakeLogfire, grown, setEnvironment, total } from './support.ts';

const { SUCCESS, FAILED } = ExportResultCode;

let fake: FakeLogfire;
let exporter: LogfireMetricExporter;
let logged: ReturnType<typeof captureDiag>;
beforeEach(async () => {
  logged = captureDiag();
  fake = await fakeLogfire();
  exporter = exporterTo(fake);
});
afterEach(async () => {
  await exporter.shutdown();
  logged.stop();
});

const sent = () => fake.requests.filter(({ path }) => path === '/v1/metrics');

describe('what is sent', () => {
  it('goes to /v1/metrics, compressed, with the bare token', async () => {
    expect(await exportTo(exporter, grown(1))).toEqual({ code: SUCCESS });
    const [request] = sent();
    expect(request?.method).toBe('POST');
    expect(request?.headers).toMatchObject({
      authorization: WRITE_TOKEN,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
    expect(fake.problems).toEqual([]);
  });

  it('holds name, unit, attributes, times and resource of every metric', async () => {
    const metrics = runMetrics([steadyRun(10)], AggregationTemporality.DELTA);
    const resource = resourceFromAttributes({ 'service.name': 'shop' });
    await exportTo(exporter, { ...metrics, resource });
    const energy = fake.points.find(({ name }) => name === 'codecarbon_cpu_energy');
    expect(energy).toEqual({
      resource: { 'service.name': 'shop' },
      scope: 'opentelemetry-instrumentation-codecarbon',
      name: 'codecarbon_cpu_energy',
      unit: '{kWh}',
      kind: 'sum',
      temporality: 'delta',
      monotonic: true,
      attributes: { project_name: 'codecarbon', scope: 'machine', method: 'rapl' },
      start: 1_750_000_000_000_000_000n,
      end: 1_750_000_010_000_000_000n,
      value: (60 * 10) / 3.6e6,
    });
    const names = metrics.scopeMetrics.flatMap((scope) =>
      scope.metrics.map(({ descriptor }) => descriptor.name),
    );
    expect([...new Set(fake.points.map(({ name }) => name))]).toEqual(names);
  });

  it.each([
    [InstrumentType.COUNTER, AggregationTemporality.DELTA],
    [InstrumentType.OBSERVABLE_COUNTER, AggregationTemporality.DELTA],
    [InstrumentType.HISTOGRAM, AggregationTemporality.DELTA],
    [InstrumentType.UP_DOWN_COUNTER, AggregationTemporality.CUMULATIVE],
    [InstrumentType.OBSERVABLE_UP_DOWN_COUNTER, AggregationTemporality.CUMULATIVE],
  ])('%s: the temporality that Logfire wants', (type, temporality) => {
    expect(exporter.selectAggregationTemporality(type)).toBe(temporality);
  });

  it('is deltas from the SDK and from the emissions reader, which add up to the totals', async () => {
    const reader = new EmissionsMetricReader({
      exporter,
      exportIntervalMillis: 3600_000,
      forceCarbonIntensity: 250,
      wue: 1.8,
    });
    const { set, provider } = rig({ readers: [reader] });
    for (const kilowattHours of [0.25, 0.75, 2]) {
      set(kilowattHours);
      await provider.forceFlush();
    }
    await provider.shutdown();
    expect(fake.problems).toEqual([]);
    const sums = fake.points.filter(({ kind }) => kind === 'sum');
    expect(new Set(sums.map(({ name }) => name))).toEqual(
      new Set(['codecarbon_energy_consumed', 'codecarbon_emissions', 'codecarbon_water_consumed']),
    );
    expect(new Set(sums.map(({ temporality }) => temporality))).toEqual(new Set(['delta']));
    expect(total(fake, 'codecarbon_energy_consumed')).toBeCloseTo(2, 12);
    expect(total(fake, 'codecarbon_emissions')).toBeCloseTo((2 * 250) / 1000, 12);
    expect(total(fake, 'codecarbon_water_consumed')).toBeCloseTo(2 * 1.8, 12);
  });

  it('leaves no time out and counts none twice: each delta begins where the one before ended', async () => {
    const reader = new EmissionsMetricReader({
      exporter,
      exportIntervalMillis: 3600_000,
      forceCarbonIntensity: 250,
    });
    const { set, provider } = rig({ readers: [reader] });
    for (let step = 1; step <= 4; step += 1) {
      set(step);
      await provider.forceFlush();
    }
    await provider.shutdown();
    for (const name of ['codecarbon_energy_consumed', 'codecarbon_emissions']) {
      const series = fake.points.filter((point) => point.name === name);
      expect(series.length).toBeGreaterThanOrEqual(4);
      for (const [index, { start }] of series.entries()) {
        if (index > 0) expect(start).toBe(series[index - 1]?.end);
      }
    }
  });

  it('can be given to something that is not Logfire', async () => {
    const { body, headers } = await logfirePayload((provider) => {
      const counter = provider.getMeter('m').createCounter('c', { unit: 's' });
      counter.add(3, { a: 'b' });
      counter.add(Number.NaN, { a: 'c' });
    });
    expect(headers['content-encoding']).toBe('gzip');
    expect(decodeMetrics(gunzipSync(body).toString())).toMatchObject([
      { name: 'c', unit: 's', temporality: 'delta', attributes: { a: 'b' }, value: 3 },
    ]);
  });

  it('is nothing when LOGFIRE_SEND_TO_LOGFIRE is false, and that is no failure', async () => {
    const env = { LOGFIRE_SEND_TO_LOGFIRE: 'false', LOGFIRE_BASE_URL: fake.url };
    const silent = new LogfireMetricExporter({}, { env, directory: '/nowhere' });
    expect(await exportTo(silent, grown(1))).toEqual({ code: SUCCESS });
    await silent.shutdown();
    expect(fake.requests).toEqual([]);
  });
});

describe("another vendor's settings", () => {
  const FOREIGN = {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=SECRET1,Authorization=Bearer SECRET2',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-other=SECRET3,authorization=Bearer SECRET4',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9/elsewhere',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:9/elsewhere',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem',
    OTEL_EXPORTER_OTLP_CLIENT_KEY: '/nowhere/key.pem',
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'cumulative',
  };

  it('never arrive', async () => {
    setEnvironment(FOREIGN);
    expect(await exportTo(exporter, grown(1))).toEqual({ code: SUCCESS });
    const [request] = sent();
    expect(JSON.stringify(request?.headers)).not.toContain('SECRET');
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'authorization',
      'connection',
      'content-encoding',
      'content-type',
      'host',
      'transfer-encoding',
      'user-agent',
    ]);
    expect(logged.messages('warn')).toEqual([]);
  });

  it('stay as they are, for the exporters that they are for', async () => {
    setEnvironment(FOREIGN);
    const environment = process.env;
    const before = { ...process.env };
    await exportTo(exporter, grown(1));
    expect(process.env).toBe(environment);
    expect({ ...process.env }).toEqual(before);
    const others = new OTLPMetricExporter({
      url: `${fake.url}/others`,
      // The variable says 1 ms, in which not every machine gets a request out.
      timeoutMillis: 5000,
    });
    await exportTo(others, grown(1));
    expect(fake.requests.at(-1)?.headers['x-honeycomb-team']).toBe('SECRET1');
    await others.shutdown();
  });

  it('come back even when the exporter cannot be made', async () => {
    const environment = process.env;
    const destination = { token: 't', baseUrl: 'no address', origin: '', others: 0 };
    await expect(openSender({ ...destination, projectUrl: undefined })).rejects.toThrow();
    expect(process.env).toBe(environment);
  });
});

describe('a failed export', () => {
  it.each([
    [
      401,
      /write token from logfireToken is invalid or revoked; run `codecarbon-otel logfire login`/,
    ],
    [403, /invalid or revoked.*LOGFIRE_TOKEN/],
    [404, /not at this address; check LOGFIRE_BASE_URL/],
    [301, /not at this address/],
    [500, /500 Internal Server Error/],
  ])('%i: says what to do, and loses nothing', async (status, words) => {
    fake.misbehave(/metrics/, { status });
    const { code, error } = await exportTo(exporter, grown(1));
    expect(code).toBe(FAILED);
    expect(error?.message).toMatch(words);
    expect(error?.message).toContain(`${fake.url}/v1/metrics`);
    await exportTo(exporter, grown(2));
    fake.behave();
    expect(await exportTo(exporter, grown(4))).toEqual({ code: SUCCESS });
    expect(fake.points.map(({ value }) => value)).toEqual([1, 2, 4]);
  });

  it.each([400, 413, 422])('%i: gives up what will never be taken, and no more', async (status) => {
    fake.misbehave(/metrics/, { status, body: '{"detail":"too odd"}' }, 1);
    const { error } = await exportTo(exporter, grown(1));
    expect(error?.message).toMatch(/too odd.*refused, and given up/);
    expect(await exportTo(exporter, grown(2))).toEqual({ code: SUCCESS });
    expect(total(fake)).toBe(2);
  });

  it('429 and 503: is tried again within the same export', async () => {
    fake.misbehave(/metrics/, { status: 429, headers: { 'retry-after': '0' } }, 1);
    fake.misbehave(/metrics/, { status: 503, headers: { 'retry-after': '0' } }, 1);
    expect(await exportTo(exporter, grown(1))).toEqual({ code: SUCCESS });
    expect(sent()).toHaveLength(3);
    expect(total(fake)).toBe(1);
  });

  it('is counted, and what waits is shown', async () => {
    const count = () => exportCounts().find(({ exporter: name }) => name === 'logfire');
    const before = count()?.failures ?? 0;
    fake.misbehave(/metrics/, { status: 500 });
    await exportTo(exporter, grown(1));
    await exportTo(exporter, grown(1));
    expect(count()).toMatchObject({ failures: before + 2, pending: 2 });
    fake.behave();
    await exporter.forceFlush();
    expect(count()).toMatchObject({ failures: before + 2, pending: 0 });
    expect(total(fake)).toBe(2);
  });

  it('says whether the data are kept or lost', async () => {
    fake.misbehave(/metrics/, { status: 500 });
    const { error } = await exportTo(exporter, grown(1));
    expect(error?.message).toMatch(/; kept, and sent with the next export$/);
    await exportTo(exporter, grown(1));
    await exporter.shutdown();
    expect(logged.messages('error').at(-1)).toMatch(/500 .*; 2 collection\(s\) are lost$/);
  });

  it('is made good by a flush or at the end', async () => {
    fake.misbehave(/metrics/, { status: 500 }, 1);
    await exportTo(exporter, grown(3));
    await exporter.shutdown();
    expect(total(fake)).toBe(3);
  });

  it('of data that are given up stays known at a flush and at the end', async () => {
    fake.misbehave(/metrics/, { status: 400 }, 1);
    await exportTo(exporter, grown(1));
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(exporter.lastFailure?.message).toContain('given up');
    expect(sent()).toHaveLength(1);
  });

  it('of a long night is added up: memory is bounded and the sum is right', async () => {
    fake.misbehave(/metrics/, { status: 500 });
    for (let minute = 1; minute <= 100; minute += 1) await exportTo(exporter, grown(minute));
    fake.behave();
    await exporter.forceFlush();
    expect(fake.points).toHaveLength(60);
    expect(total(fake)).toBe((100 * 101) / 2);
  });

  it('of data that cannot be written holds up no others', async () => {
    const odd = grown(1);
    Object.defineProperty(odd.resource, 'attributes', {
      get: () => {
        throw new Error('an odd resource');
      },
    });
    const { error } = await exportTo(exporter, odd);
    expect(error?.message).toMatch(/an odd resource; they are given up/);
    expect(await exportTo(exporter, grown(2))).toEqual({ code: SUCCESS });
    expect(total(fake)).toBe(2);
  });

  it('shows no token that the server repeats', async () => {
    fake.misbehave(/metrics/, { status: 401, body: `token ${WRITE_TOKEN} unknown` });
    const { error } = await exportTo(exporter, grown(1));
    expect(error?.message).toContain('token *** unknown');
    expect(error?.message).not.toContain(WRITE_TOKEN);
  });
});

describe('a server that is no help', () => {
  const open = (longest: number) =>
    openSender(
      { token: WRITE_TOKEN, baseUrl: fake.url, origin: 'x', projectUrl: undefined, others: 0 },
      longest,
    );

  it.each(['hang', 'trickle'] as const)('%s: is left in time', { timeout: 10_000 }, async (how) => {
    fake.misbehave(/metrics/, how);
    const sender = await open(200);
    await expect(sender.send(grown(1))).rejects.toThrow('no answer in time');
    await sender.close();
  });

  it('hang: costs a program its time once, whatever waits', { timeout: 20_000 }, async () => {
    fake.misbehave(/metrics/, 'hang');
    const began = performance.now();
    const exports = [1, 2, 3].map((seconds) => exportTo(exporter, grown(seconds)));
    const before = Promise.all(exports.slice(0, 2));
    for (const { code } of await before) expect(code).toBe(FAILED);
    const asked = sent().length;
    fake.behave();
    // The last of those that wait is tried, and brings the others with it.
    expect(await exports[2]).toEqual({ code: SUCCESS });
    expect(sent()).toHaveLength(asked + 3);

    fake.misbehave(/metrics/, 'hang');
    await exportTo(exporter, grown(4));
    const tries = sent().length;
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(sent()).toHaveLength(tries);
    expect(exporter.lastFailure?.message).toMatch(/1 collection\(s\) are lost$/);
    expect(performance.now() - began).toBeLessThan(14_000);
  });

  it('reset: is a failure with its cause', async () => {
    fake.misbehave(/metrics/, 'reset');
    const sender = await open(200);
    await expect(sender.send(grown(1))).rejects.toThrow('ECONNRESET');
    await sender.close();
  });

  it('nobody listens: is a failure with its cause', async () => {
    await fake.close();
    const sender = await open(200);
    await expect(sender.send(grown(1))).rejects.toThrow('ECONNREFUSED');
    await sender.close();
  });

  it('flood: is cut off', async () => {
    fake.misbehave(/metrics/, 'flood');
    const sender = await open(2000);
    const before = process.memoryUsage().rss;
    // The data were taken: what the server says beside its 200 is too much, whatever becomes of it.
    await sender.send(grown(1)).catch(() => {});
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    await sender.close();
  });
});
