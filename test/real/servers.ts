import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/installed.ts';

/** A real server on a free port of this machine. */
export interface Server {
  readonly url: string;
  /** What it printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** The folder of a real part, which `.ci/parts` brings when it is not there yet. Throws when it cannot be had. */
export const part = (
  name: 'prometheus' | 'pushgateway' | 'collector' | 'compose' | 'kubernetes' | 'codecarbon',
): string =>
  execFileSync(`.ci/parts/${name}`, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

export interface PrometheusOptions {
  /** A file of `collector-config/`. */
  readonly config: string;
  /** Prometheus knows no variables: addresses of the file, and where they are in this test. */
  readonly addresses?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly port?: number;
}

/** Prometheus with a configuration file of the repository; only the addresses in it are replaced. */
export async function startPrometheus(options: PrometheusOptions): Promise<Server> {
  const { config, addresses = {}, args = [], port = await freePort() } = options;
  const directory = temporary();
  const file = join(directory, config);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, replaceAddresses(readFileSync(config, 'utf8'), addresses));
  const url = `http://127.0.0.1:${port}`;
  return start(
    join(part('prometheus'), 'usr/bin/prometheus'),
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.console.templates=${directory}`,
      `--web.console.libraries=${directory}`,
      '--log.level=warn',
      ...args,
    ],
    { url, ready: `${url}/-/ready`, directory },
  );
}

/** An address that the file does not hold is a mistake of the test. */
function replaceAddresses(text: string, addresses: Readonly<Record<string, string>>): string {
  return Object.entries(addresses).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`no address ${from} in the file`);
    return changed.replaceAll(from, to);
  }, text);
}

export async function startPushgateway(args: readonly string[] = []): Promise<Server> {
  const folder = part('pushgateway');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return start(
    join(folder, 'usr/bin/prometheus-pushgateway'),
    [
      `--web.listen-address=127.0.0.1:${port}`,
      '--persistence.file=',
      `--web.local-assets=${join(folder, 'usr/share/prometheus/pushgateway')}`,
      '--log.level=warn',
      ...args,
    ],
    { url, ready: `${url}/-/ready`, directory: temporary() },
  );
}

/** A Collector with a configuration file of the repository. */
export interface Collector extends Server {
  /** Where it takes OTLP over HTTP; the same as `url`. */
  readonly url: string;
  /** Host and port of its Prometheus exporter. */
  readonly prometheus: string;
  /** Host and port of the metrics about itself. */
  readonly telemetry: string;
}

export async function startCollector(
  config: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Collector> {
  const [otlp, grpc, prometheus, health, telemetry] = await Promise.all(
    Array.from({ length: 5 }, freePort),
  );
  const env = {
    OTLP_HTTP_ENDPOINT: `127.0.0.1:${otlp}`,
    OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
    PROMETHEUS_ENDPOINT: `127.0.0.1:${prometheus}`,
    HEALTH_ENDPOINT: `127.0.0.1:${health}`,
    TELEMETRY_HOST: '127.0.0.1',
    TELEMETRY_PORT: String(telemetry),
    ...variables,
  };
  const server = await start(join(part('collector'), 'otelcol'), ['--config', config], {
    url: `http://127.0.0.1:${otlp}`,
    ready: `http://127.0.0.1:${health}`,
    directory: temporary(),
    env,
  });
  return {
    ...server,
    prometheus: `127.0.0.1:${prometheus}`,
    telemetry: `127.0.0.1:${telemetry}`,
  };
}

interface StartOptions {
  readonly url: string;
  /** Answers 200 once the server is ready. */
  readonly ready: string;
  /** Removed at the end. */
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function start(
  command: string,
  args: readonly string[],
  { url, ready, directory, env }: StartOptions,
): Promise<Server> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => printed.push(String(chunk)));
  }
  const output = (): string => printed.join('');
  await until(command, async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended:\n${output()}`);
    return (await isOk(ready)) ? [] : [`is not ready:\n${output()}`];
  });
  return { url, output, stop: () => stop(child, directory) };
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    // A Collector whose receiver is gone would go on trying.
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP_MILLIS);
    await exited;
    clearTimeout(timer);
  }
  rmSync(directory, { recursive: true, force: true });
}

const LONGEST_STOP_MILLIS = 5000;

const isOk = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

const temporary = (): string => mkdtempSync(join(tmpdir(), 'codecarbon-real-'));

const LONGEST_WAIT_MILLIS = 60_000;

/** Asks again and again until nothing is in the way any more; throws with what is, after a minute. */
export async function until(
  what: string,
  hindrances: () => Promise<readonly string[]>,
): Promise<void> {
  const end = Date.now() + LONGEST_WAIT_MILLIS;
  for (;;) {
    const left = await hindrances();
    if (left.length === 0) return;
    if (Date.now() > end) throw new Error(`${what}: ${left.slice(0, MOST_LINES).join('\n')}`);
    await sleep(100);
  }
}

const MOST_LINES = 20;
