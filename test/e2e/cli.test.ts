import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CLI = resolve('dist/cli/main.mjs');
const KWH = 3.6e6;

/** A directory to work in, with a machine of one socket below it. */
let directory: string;
let energyFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-'));
  const zone = 'sys/class/powercap/intel-rapl:0';
  energyFile = put(`${zone}/energy_uj`, '1000000\n');
  put(`${zone}/name`, 'package-0\n');
  put(`${zone}/max_energy_range_uj`, '262143328850\n');
  put('proc/stat', 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n');
  put('proc/meminfo', 'MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(path: string, text: string): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function start(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [CLI, ...args], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      HOST_PROC: join(directory, 'proc'),
      HOST_SYS: join(directory, 'sys'),
      ...env,
    },
  });
}

interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function told(child: ChildProcessWithoutNullStreams): Promise<Told> {
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })));
}

const run = (args: readonly string[], env?: Record<string, string>): Promise<Told> =>
  told(start(args, env));

/** Resolves when a program has printed what is waited for. */
function printed(child: ChildProcessWithoutNullStreams, what: RegExp): Promise<void> {
  let text = '';
  const look = (data: Buffer, done: () => void): void => {
    text += data;
    if (what.test(text)) done();
  };
  return new Promise((done) => {
    child.stdout.on('data', (data: Buffer) => look(data, done));
    child.stderr.on('data', (data: Buffer) => look(data, done));
  });
}

const rows = (file = 'emissions.csv'): Record<string, string>[] =>
  parse(readFileSync(join(directory, file), 'utf8'), { columns: true });

/** A command that makes the machine use 50 J, and ends with a code. */
const uses50Joules = (code: number): string[] => [
  process.execPath,
  '-e',
  `let energy = 1e6; let left = 10;
   const timer = setInterval(() => {
     energy += 5e6;
     require('node:fs').writeFileSync(${JSON.stringify(energyFile)}, energy + '\\n');
     left -= 1;
     if (left === 0) { clearInterval(timer); process.stdout.write('done'); process.exitCode = ${code}; }
   }, 50);`,
];

describe('monitor with a command', () => {
  it('measures it, passes its exit code on, and tells the same in JSON, CSV and summary', async () => {
    const flags = ['--json', '--force-carbon-intensity-g-co2e-kwh', '100', '--project-name', 'e2e'];
    const { code, out, err } = await run(['monitor', ...flags, '--', ...uses50Joules(3)]);
    expect(code).toBe(3);
    const lines = out.split('\n');
    expect(lines[0]).toBe('done');
    expect(lines.at(-1)).toBe('');
    const record = JSON.parse(lines.at(-2) ?? '');
    expect(record.cpu_energy * KWH).toBeCloseTo(50, 9);
    expect(record.energy_consumed).toBe(record.cpu_energy + record.ram_energy);
    expect(record.emissions).toBeCloseTo(record.energy_consumed * 0.1, 15);
    expect(record.cpu_power).toBeCloseTo(50 / record.duration, 9);
    expect(record.country_name).toBeNull();
    const [row] = rows();
    for (const field of ['cpu_energy', 'energy_consumed', 'emissions', 'duration']) {
      expect(Number(row?.[field])).toBe(record[field]);
    }
    expect([row?.run_id, row?.project_name]).toEqual([record.run_id, 'e2e']);
    expect(err).toMatch(/CPU +13\.9 mWh .* measured \(RAPL counters\)/);
    expect(err).toContain(`written to  ${join(directory, 'emissions.csv')}`);
  });

  it('leaves stdout to the command', async () => {
    const { code, out } = await run(['monitor', '--', process.execPath, '-e', 'console.log(1)']);
    expect([code, out]).toEqual([0, '1\n']);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s ends the command, and the row is still written', async (signal, expected) => {
    const program = "console.log('up'); setInterval(() => {}, 1000)";
    const child = start(['monitor', '--', process.execPath, '-e', program]);
    const ended = told(child);
    await printed(child, /up/);
    child.kill(signal);
    const { code, err } = await ended;
    expect(code).toBe(expected);
    expect(err).toContain('total');
    expect(rows()).toHaveLength(1);
  });

  it('a command that does not exist: 127, and a row of the short run', async () => {
    const { code, err } = await run(['monitor', '--', 'no-such-program-here']);
    expect(code).toBe(127);
    expect(err).toContain('error: no-such-program-here: command not found');
    expect(rows()).toHaveLength(1);
  });

  it('keeps the exit code when the row cannot be written', async () => {
    const flags = ['--output-dir', join(directory, 'missing')];
    const { code, err } = await run(['monitor', ...flags, '--', process.execPath, '-e', '']);
    expect(code).toBe(0);
    expect(err).toMatch(/error: .*missing.*ENOENT/);
    expect(err).toContain('total');
    expect(err).not.toContain('written to');
  });
});

describe('monitor without a command', () => {
  it('ends after its duration with the summary on stdout, and nothing of a terminal', async () => {
    const { code, out, err } = await run(['monitor', '--duration', '0.3']);
    expect(code).toBe(0);
    expect(out).toMatch(/total[\s\S]*written to/);
    expect(err).toBe('Measuring this machine for 0.3 s.\n');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it in order', async (signal) => {
    const child = start(['monitor']);
    const ended = told(child);
    await printed(child, /until Ctrl-C/);
    child.kill(signal);
    const { code, out } = await ended;
    expect(code).toBe(0);
    expect(out).toContain('written to');
    expect(rows()).toHaveLength(1);
  });

  it('a row that cannot be written: exit 1, and the figures are still told', async () => {
    const { code, out } = await run(['monitor', '--duration', '0.2', '--output-dir', 'missing']);
    expect(code).toBe(1);
    expect(out).toContain('total');
  });

  it('a reader of stdout that has gone is harmless', async () => {
    const child = start(['monitor', '--duration', '0.3']);
    child.stdout.destroy();
    const code = await new Promise((done) => child.on('exit', done));
    expect(code).toBe(0);
    expect(rows()).toHaveLength(1);
  });

  it('reads .codecarbon.config, and writes no file when told so', async () => {
    put(
      '.codecarbon.config',
      '[codecarbon]\nsave_to_file = False\nproject_name: mine\ngpu_ids = x\n',
    );
    const { out, err } = await run(['monitor', '--duration', '0.2', '--json']);
    expect(JSON.parse(out)).toMatchObject({ project_name: 'mine' });
    expect(err).toContain('warning: .codecarbon.config: gpu_ids: has no effect in this version');
    expect(existsSync(join(directory, 'emissions.csv'))).toBe(false);
  });

  it('serves the metrics meanwhile, with the resource that OTEL_* names', async () => {
    const port = await freePort();
    const child = start(['monitor', '--prometheus-port', String(port)], {
      OTEL_SERVICE_NAME: 'furnace',
    });
    const ended = told(child);
    await printed(child, /metrics on http/);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    child.kill('SIGINT');
    expect(text).toMatch(/^codecarbon_energy_consumed_total\{/m);
    expect(text).toMatch(/^codecarbon_emissions_total\{/m);
    expect(text).toMatch(/^target_info\{.*service_name="furnace"/m);
    expect((await ended).code).toBe(0);
  });

  it('goes on without the scrape when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, err } = await run(['monitor', '--duration', '0.2'], {
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    });
    server.close();
    expect(code).toBe(0);
    expect(err).toContain(
      `warning: metrics are not served on 127.0.0.1:${port}: another program uses this port`,
    );
  });

  it('measures nothing when OTEL_SDK_DISABLED says so', async () => {
    const env = { OTEL_SDK_DISABLED: 'true' };
    const args = ['monitor', '--', process.execPath, '-e', 'process.exit(4)'];
    const { code, err } = await run(args, env);
    expect(code).toBe(4);
    expect(err).toBe('warning: OTEL_SDK_DISABLED is true: nothing is measured.\n');
    expect(existsSync(join(directory, 'emissions.csv'))).toBe(false);
  });
});

describe('detect', () => {
  it('says what is found, what is used, and where the intensity is from', async () => {
    const { code, out } = await run(['detect', '--country-iso-code', 'FRA']);
    expect(code).toBe(0);
    expect(out).toMatch(/rapl +found +package-0/);
    expect(out).toMatch(
      /CPU {2}measured \(RAPL counters\), probe rapl\n +accuracy: the hardware's own/,
    );
    expect(out).toMatch(/RAM {2}model .*probe ram-model\n/);
    expect(out).toContain('France (FRA), from --country-iso-code');
  });

  it('--json tells the same to programs', async () => {
    const { out } = await run(['detect', '--json']);
    const found = JSON.parse(out);
    expect(found.probes.map(({ probe }: { probe: string }) => probe)).toContain('cpu-model');
    expect(found.components).toContainEqual(
      expect.objectContaining({ component: 'cpu', method: 'rapl', probe: 'rapl', better: [] }),
    );
    expect(found.carbon_intensity).toMatchObject({ source: 'world', zone: null });
    expect(found.place).toMatchObject({ country_iso_code: null, source: 'unknown' });
  });
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
