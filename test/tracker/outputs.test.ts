import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type EmissionsTrackerOptions, OfflineEmissionsTracker } from '../../src/index.ts';
import type { EmissionsRecord } from '../../src/record/index.ts';
import { fakeLogfire, setEnvironment } from '../exporters/logfire/support.ts';
import { startFakeGateway } from '../exporters/pushgateway/fake-gateway.ts';
import { type Respond, startServer } from '../http/server.ts';
import { captureDiag } from '../support/diag.ts';
import { type FakeLogfire, WRITE_TOKEN } from '../support/fake-logfire.ts';

let outputDir: string;
let logged: ReturnType<typeof captureDiag>;

beforeEach(() => {
  outputDir = mkdtempSync(join(tmpdir(), 'tracker-'));
  logged = captureDiag();
});
afterEach(() => {
  logged.stop();
  rmSync(outputDir, { recursive: true, force: true });
});

/** The few lines of a user, with these options. */
async function track(options: EmissionsTrackerOptions): Promise<EmissionsRecord> {
  const tracker = new OfflineEmissionsTracker({
    projectName: 'p',
    countryIsoCode: 'USA',
    outputDir,
    ...options,
  });
  tracker.start();
  return tracker.stop();
}

async function server(respond: Respond = (response) => response.writeHead(201).end()) {
  const started = await startServer(respond);
  onTestFinished(() => started.close());
  return started;
}

const sumOf = ({ points }: FakeLogfire, name: string): number =>
  points.filter((point) => point.name === name).reduce((sum, { value }) => sum + value, 0);

describe('a tracker that is told where to write', () => {
  it('saveToPrometheus: pushes what the record says', async () => {
    const gateway = await startFakeGateway();
    onTestFinished(() => gateway.close());
    const record = await track({ saveToPrometheus: true, prometheusUrl: gateway.url });
    const { path, text = '' } = gateway.received.at(-1) ?? {};
    expect(path).toMatch(/^\/metrics\/job\/codecarbon\//);
    const line = /^codecarbon_energy_consumed_total\{.*project_name="p".*\} (\S+)$/m.exec(text);
    expect(Number(line?.[1])).toBe(record.energy_consumed);
  });

  it('saveToLogfire: its deltas add up to the record', async () => {
    const fake = await fakeLogfire();
    const to = { logfireToken: WRITE_TOKEN, logfireBaseUrl: fake.url };
    const record = await track({ saveToLogfire: true, ...to });
    expect(sumOf(fake, 'codecarbon_energy_consumed')).toBeGreaterThan(0);
    // Its reader collects by itself, a moment before or after the record's.
    expect(sumOf(fake, 'codecarbon_duration')).toBeCloseTo(record.duration ?? Number.NaN, 1);
    expect(fake.problems).toEqual([]);
  });

  it('saveToApi: makes a run and sends what it emits', async () => {
    const api = await server((response, { path }) =>
      response.writeHead(201).end(path === '/runs' ? JSON.stringify({ id: 'run-1' }) : '"e-1"'),
    );
    const record = await track({ saveToApi: true, apiKey: 'cpt_k', apiEndpoint: api.url });
    expect(api.received.map(({ path }) => path)).toEqual(['/runs', '/emissions']);
    expect(api.received[0]?.headers['x-api-token']).toBe('cpt_k');
    const sent = JSON.parse(api.received[1]?.body ?? '') as Record<string, unknown>;
    expect([sent.run_id, sent.energy_consumed]).toEqual(['run-1', record.energy_consumed]);
  });

  it.each(['logger', 'loggingLogger'] as const)('saveToLogger: writes to %s', async (name) => {
    const lines: string[] = [];
    const logger = { info: (line: string) => void lines.push(line) };
    const record = await track({ saveToLogger: true, [name]: logger });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ run_id: record.run_id, project_name: 'p' });
  });

  it('emissionsEndpoint: posts the record', async () => {
    const endpoint = await server();
    const record = await track({ emissionsEndpoint: `${endpoint.url}/runs` });
    const [{ path, body } = { path: '', body: '' }] = endpoint.received;
    expect([endpoint.received.length, path]).toEqual([1, '/runs']);
    expect(JSON.parse(body)).toMatchObject({
      run_id: record.run_id,
      energy_consumed: record.energy_consumed,
    });
  });

  it('outputMethods: the same figures in every one of them', async () => {
    const api = await server((response) => response.writeHead(201).end('{"id":"run-1"}'));
    const lines: string[] = [];
    const record = await track({
      outputMethods: ['csv', 'api', 'http', 'logger'],
      apiKey: 'cpt_k',
      apiEndpoint: api.url,
      emissionsEndpoint: `${api.url}/own`,
      logger: { info: (line: string) => void lines.push(line) },
    });
    const bodies = api.received.map(({ body }) => JSON.parse(body));
    const energies = [...bodies, JSON.parse(lines[0] ?? '')].flatMap((body) =>
      'energy_consumed' in body ? [body.energy_consumed] : [],
    );
    expect(energies).toEqual([1, 2, 3].map(() => record.energy_consumed));
    const csv = readFileSync(join(outputDir, 'emissions.csv'), 'utf8');
    const [row] = parse(csv, { columns: true }) as Record<string, string>[];
    expect(Number(row?.energy_consumed)).toBe(record.energy_consumed);
  });
});

describe('a tracker that cannot write', () => {
  it('still gives the record, and logs each reason once', async () => {
    const { url } = await server((response) => response.writeHead(422).end('no'));
    const record = await track({ saveToFile: false, emissionsEndpoint: url });
    expect(record.energy_consumed).toBeGreaterThan(0);
    expect(logged.messages('error')).toEqual([expect.stringMatching(/http: .*422/)]);
  });

  it('refuses Logfire at once when there is no token and nobody to ask', async () => {
    setEnvironment({ LOGFIRE_CREDENTIALS_DIR: outputDir, LOGFIRE_TOKEN: '' });
    expect(
      () => new OfflineEmissionsTracker({ countryIsoCode: 'USA', saveToLogfire: true }),
    ).toThrow(/set LOGFIRE_TOKEN/);
  });

  it('refuses a logger that is none at once', () => {
    const logger = { log: () => undefined } as never;
    const options = { countryIsoCode: 'USA', saveToLogger: true, logger };
    expect(() => new OfflineEmissionsTracker(options)).toThrow(/logger: .*info/);
  });
});
