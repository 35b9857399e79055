import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startFakeGateway } from '../exporters/pushgateway/fake-gateway.ts';
import { startServer } from '../http/server.ts';
import { startFakeLogfire, WRITE_TOKEN } from '../support/fake-logfire.ts';

const PACKAGE = pathToFileURL(resolve('dist/index.mjs')).href;
/** Far less than any time-out of an output. */
const SOON_MILLIS = 5000;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tracker-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly millis: number;
}

/** A program of a few lines, as a user writes it. It has to end by itself. */
function run(lines: string, env: Record<string, string> = {}): Promise<Ended> {
  const file = join(directory, 'program.mjs');
  writeFileSync(
    file,
    `import { EmissionsTracker, OfflineEmissionsTracker } from ${JSON.stringify(PACKAGE)};\n${lines}`,
  );
  const began = performance.now();
  const child = spawn(process.execPath, [file], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  let ended = 0;
  child.stdout.on('data', (data) => {
    out += data;
    ended = performance.now();
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  return new Promise((done) => {
    child.on('close', (code) => {
      done({ code, out, err, millis: performance.now() - (ended || began) });
    });
  });
}

/** Its last word is the energy, when it has stopped: what comes after is the end of the process. */
const track = (options: string): string => `
const tracker = new OfflineEmissionsTracker({ projectName: 'p', countryIsoCode: 'USA', ${options} });
tracker.start();
for (let n = 0; n < 1e7; n += 1) Math.sqrt(n);
const record = await tracker.stop();
console.log(record.energy_consumed);
`;

async function ends(lines: string, env?: Record<string, string>): Promise<number> {
  const { code, out, err, millis } = await run(lines, env);
  expect([code, err]).toEqual([0, '']);
  expect(millis).toBeLessThan(SOON_MILLIS);
  const energy = Number(out.trim().split('\n').at(-1));
  expect(energy).toBeGreaterThan(0);
  return energy;
}

describe('a program with a tracker ends by itself, and its figures have arrived', () => {
  it('saveToPrometheus', async () => {
    const gateway = await startFakeGateway();
    onTestFinished(() => gateway.close());
    const energy = await ends(
      track(`saveToPrometheus: true, prometheusUrl: '${gateway.url}', saveToFile: false`),
    );
    expect(gateway.received.at(-1)?.text).toContain(`} ${energy}\n`);
    expect(existsSync(join(directory, 'emissions.csv'))).toBe(false);
  });

  it('saveToLogfire', async () => {
    const fake = await startFakeLogfire();
    onTestFinished(() => fake.close());
    await ends(track('saveToLogfire: true'), {
      LOGFIRE_TOKEN: WRITE_TOKEN,
      LOGFIRE_BASE_URL: fake.url,
    });
    expect(fake.points.map(({ name }) => name)).toContain('codecarbon_energy_consumed');
  });

  it('saveToApi, emissionsEndpoint and saveToLogger', async () => {
    const server = await startServer((response) => response.writeHead(201).end('{"id":"r"}'));
    onTestFinished(() => server.close());
    const energy = await ends(
      track(`saveToApi: true, apiKey: 'k', apiEndpoint: '${server.url}',
        emissionsEndpoint: '${server.url}/own', saveToLogger: true`),
    );
    const sent = server.received.map(({ body }) => JSON.parse(body).energy_consumed);
    expect(server.received.map(({ path }) => path).sort()).toEqual(['/emissions', '/own', '/runs']);
    expect(sent.filter((value) => value === energy)).toHaveLength(2);
  });

  it.each([
    ['beforeExit', ''],
    ['a top-level await that follows', 'await new Promise((done) => setTimeout(done, 50));'],
  ])('when stop() is forgotten, by %s', async (_, more) => {
    const { code, err } = await run(
      `new OfflineEmissionsTracker({ countryIsoCode: 'USA' }).start();\n${more}`,
    );
    expect([code, err]).toEqual([0, '']);
    expect(readFileSync(join(directory, 'emissions.csv'), 'utf8').trim().split('\n')).toHaveLength(
      2,
    );
  });

  it('a gateway that is not there delays the end by no more than its tries', async () => {
    const { code } = await run(
      track("saveToPrometheus: true, prometheusUrl: 'http://127.0.0.1:1', saveToFile: false"),
    );
    expect(code).toBe(0);
  });
});

it('without a token and a terminal, Logfire is refused before anything starts', async () => {
  const { code, err } = await run(track('saveToLogfire: true'));
  expect(code).toBe(1);
  expect(err).toMatch(/ConfigurationError: .*LOGFIRE_TOKEN/);
});
