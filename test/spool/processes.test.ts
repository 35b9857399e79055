import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpMetricExporter } from '../../src/exporters/http/index.ts';
import { runMetrics, steadyRun } from '../exporters/run-metrics.ts';
import { type Respond, startServer, type TestServer } from '../http/server.ts';
import { captureDiag } from '../support/diag.ts';

let server: TestServer;
let respond: Respond;
let spoolDir: string;
let logged: ReturnType<typeof captureDiag>;

beforeEach(async () => {
  logged = captureDiag();
  spoolDir = mkdtempSync(join(tmpdir(), 'spool-'));
  server = await startServer((...all) => respond(...all));
});
afterEach(async () => {
  await server.close();
  rmSync(spoolDir, { recursive: true });
  logged.stop();
});

function start(runId: string, exports: number): ChildProcess {
  const given = ['test/spool/program.ts', `${server.url}/`, spoolDir, runId, String(exports)];
  return spawn('node_modules/.bin/unrun', given, { stdio: ['ignore', 'ignore', 'inherit'] });
}

const waiting = (): string[] =>
  readdirSync(spoolDir, { recursive: true, encoding: 'utf8' }).filter((name) => /json/.test(name));
/** Sequences that arrived of a run, the first time each. */
const sequences = (accepted: readonly string[], run: string): number[] => {
  const own = accepted.filter((key) => key.startsWith(`${run}-`));
  return [...new Set(own)].map((key) => Number(key.slice(run.length + 1)));
};
const upTo = (count: number): number[] => [...Array(count).keys()];

describe('processes that share a spool', () => {
  it('deliver all of it, each run in order, though the server fails now and then', async () => {
    const accepted: string[] = [];
    let calls = 0;
    respond = (response, { headers }) => {
      calls += 1;
      if (calls % 4 === 0) return response.writeHead(403).end();
      accepted.push(headers['idempotency-key'] ?? '');
      return response.writeHead(201).end();
    };
    const runs = ['r1', 'r2', 'r3'];
    await Promise.all(runs.map((run) => once(start(run, 8), 'close')));
    respond = (response, { headers }) => {
      accepted.push(headers['idempotency-key'] ?? '');
      response.end();
    };
    await once(start('r4', 1), 'close');
    for (const run of runs) expect(sequences(accepted, run)).toEqual(upTo(8));
    expect(waiting()).toEqual([]);
  }, 60_000);

  it('leave to the next what they had when they were killed', async () => {
    // The third export is not answered: the program is killed while it waits.
    respond = (response, { headers }) => {
      if (server.received.length === 3) process.kill(Number(headers['x-pid']), 'SIGKILL');
      else response.writeHead(403).end();
    };
    await once(start('killed', 9), 'close');
    expect(server.received).toHaveLength(3);
    expect(waiting().some((name) => name.includes('.claim-'))).toBe(true);
    const accepted: string[] = [];
    respond = (response, { headers }) => {
      accepted.push(headers['idempotency-key'] ?? '');
      response.end();
    };
    const exporter = new HttpMetricExporter({
      emissionsEndpoint: server.url,
      spoolDir,
      live: true,
    });
    const result = await new Promise((resolve) =>
      exporter.export(runMetrics([steadyRun(1, { runId: 'next' })]), resolve),
    );
    expect(result).toEqual({ code: 0 });
    await exporter.shutdown();
    expect(accepted).toEqual(['killed-0', 'killed-1', 'killed-2', 'next-0']);
  }, 60_000);
});
