import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PushgatewayMetricExporter } from '../../../src/exporters/pushgateway/index.ts';
import { hold, holdFirst, letGo } from '../../../src/exporters/pushgateway/slot.ts';
import { captureDiag } from '../../support/diag.ts';
import { runMetrics, steadyRun } from '../run-metrics.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

let directory: string;
let logged: ReturnType<typeof captureDiag>;
let gateway: FakeGateway;
const ADDRESS = 'http://x/metrics/job/a/instance/b';

beforeEach(async () => {
  logged = captureDiag();
  gateway = await startFakeGateway();
  directory = mkdtempSync(join(tmpdir(), 'slots-'));
  vi.stubEnv('TMPDIR', directory);
});
afterEach(async () => {
  letGo(ADDRESS);
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
  await gateway.close();
  logged.stop();
});

/** The only file there is, after somebody else has written it. */
function fileBy(content: string): string {
  hold(ADDRESS);
  const [name = ''] = readdirSync(directory);
  letGo(ADDRESS);
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('an address that processes of a host hold', () => {
  it('is held by a file with the process id, until it is let go', () => {
    expect(hold(ADDRESS)).toBe('ours');
    const [name = '', ...more] = readdirSync(directory);
    expect(more).toEqual([]);
    expect(name).toMatch(/^opentelemetry-instrumentation-codecarbon-[\da-f]+\.lock$/);
    expect(Number.parseInt(readFileSync(join(directory, name), 'utf8'), 10)).toBe(process.pid);
    expect(hold(ADDRESS)).toBe('taken');
    letGo(ADDRESS);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is left to a process that lives, and its file stays', () => {
    const path = fileBy(`${process.ppid} x\n`);
    expect(hold(ADDRESS)).toBe('taken');
    letGo(ADDRESS);
    expect(readFileSync(path, 'utf8')).toBe(`${process.ppid} x\n`);
  });

  it('is taken over from one that is dead', async () => {
    const child = spawn(process.execPath, ['-e', '0']);
    await once(child, 'exit');
    fileBy(`${child.pid} x\n`);
    expect(hold(ADDRESS)).toBe('ours');
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('is taken over from an earlier process with our process id, as in a container', () => {
    const path = fileBy(`${process.pid} x\n`);
    expect(hold(ADDRESS)).toBe('taken');
    utimesSync(path, 1e9, 1e9);
    expect(hold(ADDRESS)).toBe('ours');
  });

  it('is left to one that is about to write its file, and not for ever', () => {
    const path = fileBy('');
    expect(hold(ADDRESS)).toBe('taken');
    utimesSync(path, 1e9, 1e9);
    expect(hold(ADDRESS)).toBe('ours');
  });

  it('is the first that is free', () => {
    fileBy(`${process.ppid} x\n`);
    const placeOf = (slot: number) => ({ address: slot === 1 ? ADDRESS : `${ADDRESS}:${slot}` });
    expect(holdFirst(placeOf)).toEqual({ place: placeOf(2), holding: 'ours' });
    expect(holdFirst(placeOf)).toEqual({ place: placeOf(3), holding: 'ours' });
    letGo(`${ADDRESS}:2`);
    expect(holdFirst(placeOf)).toEqual({ place: placeOf(2), holding: 'ours' });
    letGo(`${ADDRESS}:2`);
    letGo(`${ADDRESS}:3`);
  });
});

const programs: ChildProcess[] = [];
afterEach(() => {
  // What was started starts the program: a signal would not reach it.
  for (const child of programs.splice(0)) child.stdin?.end();
});

/** A process that has pushed once and lives on. */
async function program(seconds: number): Promise<ChildProcess> {
  const given = ['test/exporters/pushgateway/program.ts', gateway.url, `${seconds}`];
  const child = spawn('node_modules/.bin/unrun', given, { stdio: ['pipe', 'pipe', 'inherit'] });
  programs.push(child);
  const [said] = await once(child.stdout ?? child, 'data');
  expect(String(said)).toBe('pushed 0\n');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, 'exit');
}

const instances = (): string[] =>
  gateway.received.map(({ path = '' }) => decodeURIComponent(path.split('/').at(-1) ?? ''));
const own = (suffix = ''): string => `${hostname()}:codecarbon${suffix}`;

describe('processes of one host and project', () => {
  it('push to groups of their own, and take a free one again', async () => {
    const first = await program(5);
    const second = await program(1);
    expect(instances()).toEqual([own(), own(':2')]);
    await end(first);
    await end(await program(2));
    expect(instances().at(-1)).toBe(own());
    await end(second);
    expect(readdirSync(directory)).toEqual([]);
  }, 30_000);
});

async function pushOnce(options: { instance?: string }): Promise<void> {
  const exporter = new PushgatewayMetricExporter({ prometheusUrl: gateway.url, ...options });
  for (const seconds of [1, 2]) {
    await new Promise((resolve) => exporter.export(runMetrics([steadyRun(seconds)]), resolve));
  }
  await exporter.shutdown();
}

describe('an exporter', () => {
  it('keeps the instance that the user named, and says once that another process has it', async () => {
    const address = `${gateway.url}/metrics/job/codecarbon/instance/mine`;
    hold(address);
    await pushOnce({ instance: 'mine' });
    expect(instances()).toEqual(['mine', 'mine']);
    const warnings = logged.messages('warn');
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).toContain(address);
    // It is not the exporter's to let go.
    expect(readdirSync(directory)).toHaveLength(1);
    letGo(address);
  });

  it('pushes all the same where no file can be written, and says so once', async () => {
    vi.stubEnv('TMPDIR', join(directory, 'missing'));
    await pushOnce({});
    expect(instances()).toEqual([own(), own()]);
    expect(logged.messages('warn')).toHaveLength(1);
    expect(logged.messages('warn').join()).toContain('"instance"');
  });
});
