import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/installed.ts';

describe('examples', () => {
  it('node-sdk.mjs sends energy and emissions by OTLP, the last interval too', async () => {
    const collector = await startCollector();
    const example = start('node-sdk.mjs', {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    });
    await collector.next();
    example.kill('SIGTERM');
    expect(await once(example, 'exit')).toEqual([0, null]);
    const last = collector.bodies.at(-1) ?? '';
    for (const name of ['cpu_energy', 'ram_energy', 'energy_consumed', 'emissions', 'info']) {
      expect(last).toContain(`"codecarbon_${name}"`);
    }
  });

  it('prometheus.mjs is scraped', async () => {
    const port = await freePort();
    const example = start('prometheus.mjs', { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) });
    const [line] = await once(example.stdout ?? example, 'data');
    expect(String(line)).toMatch(/^http:\/\/localhost:\d+$/m);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toMatch(/^codecarbon_energy_consumed_total\{.*project_name="shop".*\} /m);
    example.kill('SIGTERM');
    expect(await once(example, 'exit')).toEqual([0, null]);
  });

  it('batch-job.mjs writes a row', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'codecarbon-example-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const example = start('batch-job.mjs', {}, directory);
    expect(await once(example, 'exit')).toEqual([0, null]);
    const rows: Record<string, string>[] = parse(readFileSync(join(directory, 'emissions.csv')), {
      columns: true,
    });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ project_name: 'batch', country_iso_code: 'FRA' });
    expect(Number(rows[0]?.energy_consumed)).toBeGreaterThan(0);
  });
});

function start(name: string, variables: NodeJS.ProcessEnv, ...args: string[]): ChildProcess {
  const env = { ...process.env, PORT: '0', ...variables };
  const child = spawn(process.execPath, [join('examples', name), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Takes OTLP over HTTP, and keeps the bodies. */
async function startCollector() {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    bodies.push(Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/json').end('{}');
    server.emit('metrics');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { bodies, url: `http://127.0.0.1:${port}`, next: () => once(server, 'metrics') };
}
