import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportResult } from '@opentelemetry/core';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/errors.ts';
import { exportCounts } from '../../../src/export-counts.ts';
import {
  CodeCarbonApiMetricExporter,
  type CodeCarbonApiMetricExporterOptions,
} from '../../../src/exporters/codecarbon-api/index.ts';
import { type Received, type Respond, startServer, type TestServer } from '../../http/server.ts';
import { captureDiag } from '../../support/diag.ts';
import { RUN_ID, type RunGiven, runMetrics, steadyRun } from '../run-metrics.ts';

type Json = Record<string, unknown>;

const API_RUN = '7f7a6cf3-21ac-4bd2-a1a3-0f2e11d1a001';

let server: TestServer;
let respond: Respond;
let logged: ReturnType<typeof captureDiag>;
let spoolDir: string;
const exporters: CodeCarbonApiMetricExporter[] = [];

/** As the API answers: 201, the run with its id, the emission's id. */
const asApi: Respond = (response, { path }) =>
  path === '/runs'
    ? response.writeHead(201).end(JSON.stringify({ id: API_RUN, os: 'x' }))
    : response.writeHead(201).end('"3e8d9f6e-8a0c-4e43-8e1c-1d9d52d3c000"');

const failing =
  (status: number, path = '/emissions'): Respond =>
  (response, received, request) =>
    received.path === path
      ? response.writeHead(status).end('{"detail":"no"}')
      : asApi(response, received, request);

beforeEach(async () => {
  logged = captureDiag();
  respond = asApi;
  server = await startServer((...all) => respond(...all));
  spoolDir = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  respond = asApi;
  for (const exporter of exporters.splice(0)) await exporter.shutdown();
  await server.close();
  rmSync(spoolDir, { recursive: true });
  logged.stop();
});

function open(
  options: Partial<CodeCarbonApiMetricExporterOptions> = {},
): CodeCarbonApiMetricExporter {
  const given = { apiEndpoint: server.url, apiKey: 'cpt_sesame', apiCallInterval: 1, ...options };
  const exporter = new CodeCarbonApiMetricExporter(given);
  exporters.push(exporter);
  return exporter;
}

const exportTo = (
  exporter: CodeCarbonApiMetricExporter,
  seconds: number,
  given: RunGiven = {},
): Promise<ExportResult> =>
  new Promise((resolve) => exporter.export(runMetrics([steadyRun(seconds, given)]), resolve));

const bodies = (path: string, received: readonly Received[] = server.received): Json[] =>
  received.filter((one) => one.path === path).map(({ body }) => JSON.parse(body) as Json);
const emissions = (): Json[] => bodies('/emissions');
const durations = (): unknown[] => emissions().map(({ duration }) => duration);
const sum = (field: string): number =>
  emissions().reduce((total, body) => total + Number(body[field]), 0);
/** Energy of `steadyRun`: 70 W. */
const kWh = (seconds: number): number => (70 * seconds) / 3.6e6;

describe('CodeCarbonApiMetricExporter', () => {
  it('makes the run once, then sends what came since the last call', async () => {
    const exporter = open();
    for (const seconds of [10, 20, 35]) {
      expect(await exportTo(exporter, seconds)).toEqual({ code: 0 });
    }
    await exporter.shutdown();
    expect(server.received.map(({ path }) => path)).toEqual([
      '/runs',
      '/emissions',
      '/emissions',
      '/emissions',
    ]);
    expect(durations()).toEqual([10, 10, 15]);
    expect(sum('energy_consumed')).toBeCloseTo(kWh(35), 12);
    expect(sum('emissions_sum')).toBeCloseTo(kWh(35) * 0.1, 12);
    expect(emissions()[1]).toMatchObject({ run_id: API_RUN, cpu_power: expect.closeTo(60, 6) });
    expect(emissions()[1]?.emissions_rate).toBeCloseTo((kWh(10) * 0.1) / 10, 15);
    for (const { headers } of server.received) expect(headers['x-api-token']).toBe('cpt_sesame');
  });

  it('sends the fields of CodeCarbon, in its order', async () => {
    const info = {
      cloud_provider: 'gcp',
      cloud_region: 'europe-west9',
      region: 'idf',
      cpu_count: 4,
    };
    await exportTo(open(), 10, { info: { ...info, longitude: 2.3, latitude: 48.9, wue: 0.5 } });
    expect(Object.keys(bodies('/runs')[0] ?? {})).toEqual(RUN_FIELDS);
    expect(bodies('/runs')[0]).toMatchObject({
      region: 'europe-west9',
      provider: 'gcp',
      cpu_count: 4,
      os: null,
      longitude: 2.3,
    });
    expect(Object.keys(emissions()[0] ?? {})).toEqual(EMISSION_FIELDS);
    expect(emissions()[0]).toMatchObject({ wue: 0.5, gpu_utilization_percent: null });
  });

  it('says when it was measured, with the offset, not when it was sent', async () => {
    await exportTo(open(), 90);
    const [run] = bodies('/runs');
    const [emission] = emissions();
    expect(emission?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
    expect(Date.parse(String(emission?.timestamp))).toBe(1_750_000_090_000);
    expect(Date.parse(String(run?.timestamp))).toBe(1_750_000_000_000);
  });

  it.each([429, 500, 503, 422])(
    'carries over what an answer of %i did not take',
    async (status) => {
      const exporter = open();
      await exportTo(exporter, 10);
      respond = failing(status);
      const { error } = await exportTo(exporter, 20);
      expect(error?.message).toContain(`POST ${server.url}/emissions: ${status} `);
      server.received.length = 0;
      respond = asApi;
      expect(await exportTo(exporter, 30)).toEqual({ code: 0 });
      expect(durations()).toEqual([20]);
      expect(sum('energy_consumed')).toBeCloseTo(kWh(20), 12);
    },
  );

  it('makes the run later when it could not be made at first', async () => {
    respond = failing(503, '/runs');
    const exporter = open();
    expect((await exportTo(exporter, 10)).code).toBe(1);
    server.received.length = 0;
    respond = asApi;
    await exportTo(exporter, 20);
    expect(durations()).toEqual([20]);
    expect(Date.parse(String(bodies('/runs')[0]?.timestamp))).toBe(1_750_000_000_000);
  });

  it.each<[string, string]>([
    ['no JSON', '<html>welcome</html>'],
    ['no id', '{"run":1}'],
    ['no object', 'null'],
  ])('says so when the answer to a run is %s', async (_, text) => {
    respond = (response) => response.writeHead(201).end(text);
    const { error } = await exportTo(open(), 10);
    expect(error?.message).toBe(
      `codecarbon-api: POST ${server.url}/runs: the answer names no run (JSON with an \`id\`); check apiEndpoint`,
    );
  });

  it.each([-1, 100])(
    'api_call_interval %i: sends all of it at the end',
    async (apiCallInterval) => {
      const exporter = open({ apiCallInterval });
      for (const seconds of [1, 2, 3]) await exportTo(exporter, seconds);
      expect(server.received).toEqual([]);
      await exportTo(exporter, 3.6);
      await exporter.shutdown();
      expect(durations()).toEqual([4]);
      expect(sum('energy_consumed')).toBeCloseTo(kWh(3.6), 12);
    },
  );

  it('calls after so many measurements', async () => {
    const exporter = open({ apiCallInterval: 4, measurePowerSecs: 2 });
    // Timers are not exact: a little early counts as in time.
    for (const seconds of [4, 7.9, 12, 15.8, 20, 24.1, 26]) await exportTo(exporter, seconds);
    expect(durations()).toEqual([7, 8, 9]);
    await exporter.shutdown();
    expect(durations()).toEqual([7, 8, 9, 2]);
    expect(sum('energy_consumed')).toBeCloseTo(kWh(26), 12);
  });

  it('sends a last part of less than a second, and a run that was shorter', async () => {
    const exporter = open();
    await exportTo(exporter, 3);
    expect((await exportTo(exporter, 3.3)).code).toBe(0);
    expect(durations()).toEqual([3]);
    await exporter.shutdown();
    expect(durations()).toEqual([3, 1]);
    expect(sum('energy_consumed')).toBeCloseTo(kWh(3.3), 12);
    server.received.length = 0;
    const short = open();
    await exportTo(short, 0.3);
    await short.shutdown();
    expect(durations()).toEqual([1]);
    expect(sum('energy_consumed')).toBeCloseTo(kWh(0.3), 12);
  });

  it('adds up to the run, whatever fails in between', async () => {
    const step = fc.record({
      seconds: fc.double({ min: 0.05, max: 20, noNaN: true }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const accepted: Json[] = [];
        let fails = false;
        respond = (response, received, request) => {
          if (received.path === '/emissions' && fails) return response.writeHead(403).end();
          if (received.path === '/emissions') accepted.push(JSON.parse(received.body) as Json);
          return asApi(response, received, request);
        };
        const exporter = open();
        let total = 0;
        for (const one of steps) {
          total += one.seconds;
          fails = one.fails;
          await exportTo(exporter, total);
        }
        fails = false;
        await exporter.shutdown();
        const energy = accepted.reduce((all, body) => all + Number(body.energy_consumed), 0);
        expect(energy).toBeCloseTo(kWh(total), 12);
        const seconds = accepted.map(({ duration }) => Number(duration));
        expect(seconds.every((one) => Number.isInteger(one) && one >= 1)).toBe(true);
        expect(Math.abs(seconds.reduce((a, b) => a + b, 0) - total)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });

  it('sends null for what is unknown, and never less than nothing', async () => {
    const exporter = open();
    await exportTo(exporter, 10, { points: { emissions: [] } });
    expect(emissions()[0]).toMatchObject({ emissions_sum: null, emissions_rate: null });
    await exportTo(exporter, 20, { points: { cpuEnergy: [[0, { method: 'rapl' }]] } });
    expect(emissions()[1]).toMatchObject({ cpu_energy: 0 });
  });

  it('counts runs of which something is carried over', async () => {
    const pending = (): number | undefined =>
      exportCounts().find(({ exporter }) => exporter === 'codecarbon-api')?.pending;
    const exporter = open();
    respond = failing(403);
    await exportTo(exporter, 10);
    expect(pending()).toBe(1);
    respond = asApi;
    await exportTo(exporter, 20);
    expect(pending()).toBe(0);
  });

  it.each<[options: object, message: string]>([
    [{}, 'apiKey: is needed to send to the CodeCarbon API'],
    [{ apiKey: '' }, 'apiKey: "***" is not valid'],
    [{ apiKey: 'k', apiCallInterval: 0 }, 'apiCallInterval: 0 is not valid'],
    [{ apiKey: 'k', apiEndpoint: 'api.codecarbon.io' }, 'apiEndpoint: "api.codecarbon.io" is not'],
  ])('%j is a mistake', (options, message) => {
    const make = (): unknown =>
      new CodeCarbonApiMetricExporter(options as CodeCarbonApiMetricExporterOptions);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });
});

describe('the experiment', () => {
  const experimentOf = (): unknown => bodies('/runs')[0]?.experiment_id;
  const ofRun = { info: { experiment_id: 'of-the-run' } };

  it('is the option, before that of the run', async () => {
    await exportTo(open({ experimentId: 'mine', experimentName: 'n', projectId: 'p' }), 5, ofRun);
    expect(experimentOf()).toBe('mine');
  });

  it('is that of the run', async () => {
    await exportTo(open(), 5, ofRun);
    expect(experimentOf()).toBe('of-the-run');
  });

  it('is the one of CodeCarbon where nobody says one', async () => {
    await exportTo(open(), 5, { info: {} });
    expect(experimentOf()).toBe('5b0fa12a-3dd7-45bb-9766-cc326314d9f1');
  });

  it('is looked up by its name in the project', async () => {
    respond = (response, received, request) =>
      received.path === '/projects/p%2F1/experiments'
        ? response.end('[{"id":"a","name":"one"},{"id":"b","name":"two"}]')
        : asApi(response, received, request);
    const exporter = open({ experimentName: 'two', projectId: 'p/1' });
    await exportTo(exporter, 5, ofRun);
    await exportTo(exporter, 9, { ...ofRun, runId: 'another' });
    expect(bodies('/runs').map(({ experiment_id }) => experiment_id)).toEqual(['b', 'b']);
    expect(server.received.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it.each<[string, string, string]>([
    ['is not there', '[{"id":"a","name":"one"}]', 'no experiment is called "two"; there are "one"'],
    ['cannot be read', '{}', 'the answer is no list'],
  ])('that %s is an error, and nothing is lost', async (_, list, message) => {
    respond = (response) => response.end(list);
    const exporter = open({ experimentName: 'two', projectId: 'p' });
    expect((await exportTo(exporter, 5)).error?.message).toContain(message);
    respond = (response, received, request) =>
      received.method === 'GET'
        ? response.end('[{"id":"c","name":"two"}]')
        : asApi(response, received, request);
    await exportTo(exporter, 9);
    expect(durations()).toEqual([9]);
  });

  it('has a name that says nothing without a project', async () => {
    await exportTo(open({ experimentName: 'base' }), 5, ofRun);
    expect(experimentOf()).toBe('of-the-run');
    expect(logged.messages('warn').join()).toContain('experimentName needs projectId');
  });
});

describe('with a spool', () => {
  const spooled = (): string[] =>
    readdirSync(spoolDir, { recursive: true, encoding: 'utf8' }).filter((n) => n.includes('.'));

  it('keeps calls as they were, and makes them in order', async () => {
    const exporter = open({ spoolDir });
    await exportTo(exporter, 10);
    respond = failing(503);
    for (const seconds of [20, 35]) {
      expect((await exportTo(exporter, seconds)).error?.message).toContain('it is kept in');
    }
    expect(spooled()).toHaveLength(2);
    respond = asApi;
    server.received.length = 0;
    await exportTo(exporter, 40);
    expect(durations()).toEqual([10, 15, 5]);
    const keys = server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([1, 2, 3].map((n) => `${RUN_ID}-${n}`));
    expect(spooled()).toEqual([]);
  });

  it('leaves all to the next process, the run included, but not the key', async () => {
    respond = failing(503, '/runs');
    const first = open({ spoolDir, experimentId: 'mine' });
    await exportTo(first, 10);
    await exportTo(first, 10.4);
    await first.shutdown();
    const kept = spooled().map((name) => readFileSync(join(spoolDir, name), 'utf8'));
    expect(kept).toHaveLength(2);
    expect(kept.join()).not.toContain('sesame');
    respond = asApi;
    server.received.length = 0;
    const next = open({ spoolDir });
    await exportTo(next, 5, { runId: 'another' });
    expect(bodies('/runs').map(({ experiment_id }) => experiment_id)).toEqual(['mine', 'e']);
    expect(durations()).toEqual([10, 1, 5]);
    expect(sum('energy_consumed')).toBeCloseTo(kWh(10.4) + kWh(5), 12);
  });

  it('makes the run once, though one process after the other sends its calls', async () => {
    respond = failing(503, '/runs');
    const first = open({ spoolDir });
    await exportTo(first, 10);
    await exportTo(first, 20);
    let accepted = 0;
    respond = (response, received, request) => {
      if (received.path === '/emissions') accepted += 1;
      if (accepted > 1) return response.writeHead(503).end();
      return asApi(response, received, request);
    };
    server.received.length = 0;
    await exportTo(open({ spoolDir }), 1, { runId: 'second' });
    respond = asApi;
    await exportTo(open({ spoolDir }), 1, { runId: 'third' });
    expect(bodies('/runs').map(({ timestamp }) => Date.parse(String(timestamp)))).toHaveLength(3);
    expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual([
      RUN_ID,
      `${RUN_ID}-0`,
      `${RUN_ID}-1`,
      `${RUN_ID}-1`,
      `${RUN_ID}-1`,
      'second',
      'second-0',
      'third',
      'third-0',
    ]);
  });
});

const RUN_FIELDS = [
  'timestamp',
  'experiment_id',
  'os',
  'python_version',
  'codecarbon_version',
  'cpu_count',
  'cpu_model',
  'gpu_count',
  'gpu_model',
  'longitude',
  'latitude',
  'region',
  'provider',
  'ram_total_size',
  'tracking_mode',
];

const EMISSION_FIELDS = [
  'timestamp',
  'run_id',
  'duration',
  'emissions_sum',
  'emissions_rate',
  'cpu_power',
  'gpu_power',
  'ram_power',
  'cpu_energy',
  'gpu_energy',
  'ram_energy',
  'energy_consumed',
  'cpu_utilization_percent',
  'gpu_utilization_percent',
  'ram_utilization_percent',
  'wue',
];
