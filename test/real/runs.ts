import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { simulateSensors } from '../../examples/simulated-sensors.mjs';
import { freePort } from '../support/installed.ts';
import { type Server, startCollector, startPrometheus, startPushgateway } from './servers.ts';

/** A Prometheus that real runs fill. */
export interface Filled {
  readonly url: string;
  /** What each run used so far in kWh, by instance, as far as its counters told it. */
  used(): ReadonlyMap<string, number>;
  /**
   * Has the runs fall ill: `host-b` loses its counter, the counter of `host-c` starts again, and so does the
   * program of `host-f`.
   */
  fallIll(): Promise<void>;
  /** Lets the runs come to their end; what they used is in Prometheus' reach then. */
  finish(): Promise<void>;
  stop(): Promise<void>;
}

interface Plan {
  readonly project: string;
  readonly instance: string;
  readonly country?: string;
  readonly path: 'otlp' | 'push' | 'pull';
  /** Mean power of the CPU, in watts. */
  readonly watts: number;
  readonly flags?: readonly string[];
}

/** The service `shop` comes on every path; the others are what a fleet has beside it. */
const PLANS: readonly Plan[] = [
  { project: 'shop', instance: 'host-a', country: 'FRA', path: 'otlp', watts: 60 },
  { project: 'shop', instance: 'host-b', country: 'DEU', path: 'otlp', watts: 45 },
  { project: 'shop', instance: 'host-c', country: 'SWE', path: 'push', watts: 30 },
  { project: 'training', instance: 'host-d', country: 'POL', path: 'push', watts: 180 },
  { project: 'search', instance: 'host-e', country: 'FRA', path: 'pull', watts: 80 },
  { project: 'search', instance: 'host-f', path: 'otlp', watts: 25 },
  {
    project: 'edge',
    instance: 'host-g',
    country: 'USA',
    path: 'otlp',
    watts: 8,
    flags: ['--force-cpu-power', '8', '--wue', '1.8', '--pue', '1.2'],
  },
];

interface Run extends Plan {
  child: ChildProcess;
  readonly sensors: ReturnType<typeof simulateSensors>;
  /** The root of its simulated sysfs. */
  readonly sys: string;
  /** Joules since the start. */
  joules: number;
  moves: boolean;
}

/** Where the runs send to. */
interface Ways {
  readonly collector: string;
  readonly pushgateway: string;
  readonly port: number;
}

const TICK_MILLIS = 100;
const RAM_WATTS = 4;

/**
 * Starts the servers with the configuration that docker-compose.yml mounts, and `codecarbon-otel monitor` for
 * several projects and hosts, each on counters of its own that run on by themselves.
 */
export async function fillPrometheus(): Promise<Filled> {
  const directory = mkdtempSync(join(tmpdir(), 'codecarbon-runs-'));
  const servers: Server[] = [];
  const keep = <Started extends Server>(server: Started): Started => {
    servers.push(server);
    return server;
  };
  const pushgateway = keep(await startPushgateway());
  const collector = keep(await startCollector('collector-config/collector.yaml'));
  const port = await freePort();
  const prometheus = keep(
    await startPrometheus({
      config: 'collector-config/prometheus.yml',
      addresses: {
        'rules/*.yml': resolve('collector-config/rules/*.yml'),
        'collector:8889': collector.prometheus,
        // One run is scraped itself, beside the Collector's own metrics.
        'collector:8888': `${collector.telemetry}', '127.0.0.1:${port}`,
        'pushgateway:9091': new URL(pushgateway.url).host,
      },
    }),
  );
  const ways = { collector: collector.url, pushgateway: pushgateway.url, port };
  const runs = PLANS.map((plan) => startRun(plan, directory, ways));
  const ticking = setInterval(() => moveAll(runs), TICK_MILLIS);
  return {
    url: prometheus.url,
    used: () => new Map(runs.map((run) => [instanceLabel(run, port), run.joules / 3.6e6])),
    fallIll: () => fallIll(runs, ways),
    async finish() {
      clearInterval(ticking);
      await Promise.all(runs.filter(({ path }) => path !== 'pull').map(end));
    },
    async stop() {
      clearInterval(ticking);
      await Promise.all(runs.map(end));
      for (const server of servers.reverse()) await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A scrape of the process itself knows its address only. */
const instanceLabel = ({ path, instance }: Plan, port: number): string =>
  path === 'pull' ? `127.0.0.1:${port}` : instance;

function startRun(plan: Plan, directory: string, ways: Ways): Run {
  const sys = join(directory, plan.instance);
  mkdirSync(sys);
  const sensors = simulateSensors(sys, { cpu: 5000, ram: 100 });
  return { ...plan, child: startProgram(plan, sys, ways), sensors, sys, joules: 0, moves: true };
}

function startProgram(plan: Plan, sys: string, ways: Ways): ChildProcess {
  const { project, country, flags = [] } = plan;
  const place = country === undefined ? [] : ['--country-iso-code', country];
  return spawn(
    process.execPath,
    [
      resolve('dist/cli/main.mjs'),
      'monitor',
      '--project-name',
      project,
      ...place,
      ...outputFlags(plan, ways),
      ...flags,
    ],
    {
      cwd: sys,
      env: {
        ...process.env,
        HOST_SYS: sys,
        OTEL_EXPORTER_OTLP_ENDPOINT: ways.collector,
        OTEL_METRIC_EXPORT_INTERVAL: '2000',
        OTEL_SERVICE_NAME: project,
        OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${plan.instance},simulated=true`,
      },
      stdio: 'ignore',
    },
  );
}

function outputFlags({ path }: Plan, { pushgateway, port }: Ways): readonly string[] {
  if (path === 'otlp') return ['--output-methods', 'otlp'];
  if (path === 'pull') return ['--prometheus-port', String(port)];
  return ['--output-methods', 'prometheus', '--prometheus-url', pushgateway];
}

function moveAll(runs: readonly Run[]): void {
  const seconds = TICK_MILLIS / 1000;
  for (const run of runs) {
    if (!run.moves) continue;
    const cpu = wattsNow(run) * seconds;
    run.sensors.advance({ cpu, ram: RAM_WATTS * seconds });
    run.joules += cpu + RAM_WATTS * seconds;
  }
}

/** Slow waves, and now and then a burst of work. */
function wattsNow({ watts, instance }: Plan): number {
  const time = Date.now() / 1000;
  const phase = instance.charCodeAt(instance.length - 1);
  const wave = 0.25 * Math.sin(time / 37 + phase) + 0.1 * Math.sin(time / 7.3 + 3 * phase);
  const burst = Math.sin(time / 61 + 2 * phase) > 0.75 ? 0.6 : 0;
  return watts * (1 + wave + burst);
}

async function fallIll(runs: readonly Run[], ways: Ways): Promise<void> {
  for (const run of runs) {
    if (run.instance === 'host-b') {
      run.moves = false;
      writeFileSync(join(run.sys, 'class/powercap/intel-rapl:0/energy_uj'), '');
    }
    // As after a driver was loaded again.
    if (run.instance === 'host-c') run.sensors.advance({ cpu: -4900, ram: 0 });
    if (run.instance === 'host-f') {
      await end(run);
      run.child = startProgram(run, run.sys, ways);
    }
  }
}

async function end({ child }: Run): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
