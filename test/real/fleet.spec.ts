import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulateSensors } from '../../examples/simulated-sensors.mjs';
import { freePort } from '../support/installed.ts';
import { query } from './series.ts';
import { type Server, startCollector, startPrometheus, until } from './servers.ts';

const HOSTS = 10;
const JOULES_PER_KILOWATT_HOUR = 3.6e6;

/** `codecarbon-otel monitor` on a host of its own, whose counters the test moves. */
interface Agent {
  readonly instance: string;
  readonly child: ChildProcess;
  use(joules: number): void;
  /** Everything it used, in kWh. */
  used(): number;
}

describe('a fleet', () => {
  const directory = mkdtempSync(join(tmpdir(), 'codecarbon-fleet-'));
  const servers: Server[] = [];
  let agents: readonly Agent[] = [];
  let prometheusSince: number;
  let url: string;
  let collectorUrl: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const collector = await startCollector('collector-config/fleet/collector.yaml', {
      PROMETHEUS_URL: `${url}/api/v1/write`,
    });
    servers.push(collector);
    collectorUrl = collector.url;
    agents = await Promise.all(
      Array.from({ length: HOSTS }, (_, index) => startAgent(directory, index, collector.url)),
    );
    for (const [index, agent] of agents.entries()) agent.use(10 + index);
    // Prometheus is away at first: the Collector keeps what comes, and tries again.
    await refuseWrites(port, 3);
    prometheusSince = Date.now() / 1000;
    servers.push(
      await startPrometheus({
        config: 'collector-config/fleet/prometheus.yml',
        args: ['--web.enable-remote-write-receiver'],
        port,
      }),
    );
  });

  afterAll(async () => {
    for (const { child } of agents) child.kill('SIGKILL');
    for (const server of servers.reverse()) await server.stop();
    rmSync(directory, { recursive: true });
  });

  it('shows every host once, with the energy that it used', async () => {
    await expectUsed(url, agents);
    const hosts = await query(url, 'count by (job, instance) (codecarbon_energy_consumed_total)');
    expect(hosts.map(({ labels, value }) => [labels.job, labels.instance, value]).sort()).toEqual(
      agents.map(({ instance }) => ['codecarbon-otel', instance, 1]).sort(),
    );
  });

  it('lost nothing while Prometheus was away', async () => {
    const first = await query(url, 'min_over_time(timestamp(codecarbon_duration_total)[5m:1s])');
    expect(first).toHaveLength(HOSTS);
    for (const { value } of first) expect(value).toBeLessThan(prometheusSince);
  });

  it('tells the facts of every host by a join', async () => {
    await expectFacts(url, 'codecarbon_info');
  });

  it('sends the last interval when a host stops', async () => {
    for (const agent of agents) agent.use(7);
    const exits = agents.map(({ child }) => once(child, 'exit'));
    for (const { child } of agents) child.kill('SIGTERM');
    expect(await Promise.all(exits)).toEqual(Array(HOSTS).fill([0, null]));
    await expectUsed(url, agents);
  });

  it('knows a host again whose agent was replaced', async () => {
    const before = await query(url, 'codecarbon_energy_consumed_total{instance="host-0"}');
    const successor = await startAgent(directory, 0, collectorUrl);
    agents = [...agents, successor];
    successor.use(3);
    await until('the energy since the restart', async () => {
      const now = await query(url, 'codecarbon_energy_consumed_total{instance="host-0"}');
      expect(now).toHaveLength(1);
      expect(now[0]?.labels).toEqual(before[0]?.labels);
      return isUsed(now[0]?.value, successor) ? [] : [`${now[0]?.value}`];
    });
    // The facts of both runs are there for a while: a join takes the labels that it wants, once.
    expect(await query(url, 'codecarbon_info{instance="host-0"}')).toHaveLength(2);
    await expectFacts(
      url,
      'max by (job, instance, project_name, scope, country_iso_code) (codecarbon_info)',
    );
  });
});

async function expectFacts(url: string, info: string): Promise<void> {
  const joined = await query(
    url,
    `codecarbon_energy_consumed_total * on (job, instance, project_name, scope) group_left (country_iso_code) ${info}`,
  );
  expect(joined.map(({ labels }) => labels.country_iso_code)).toEqual(Array(HOSTS).fill('FRA'));
}

/** Stands where Prometheus will be, and refuses so many writes. */
async function refuseWrites(port: number, times: number): Promise<void> {
  let refused = 0;
  const server = createServer((_, response) => {
    refused += 1;
    response.writeHead(503, { connection: 'close' }).end();
  }).listen(port, '127.0.0.1');
  await until('writes in vain', async () => (refused < times ? [`${refused} of ${times}`] : []));
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

/** Waits until the energy in Prometheus is what the hosts used, to 1e-9. */
async function expectUsed(url: string, agents: readonly Agent[]): Promise<void> {
  await until('the energy of every host', async () => {
    const series = await query(url, 'codecarbon_energy_consumed_total');
    return agents.flatMap((agent) => {
      const { instance, used } = agent;
      const found = series.find(({ labels }) => labels.instance === instance)?.value;
      return isUsed(found, agent) ? [] : [`${instance}: ${found} instead of ${used()}`];
    });
  });
}

const isUsed = (found: number | undefined, { used }: Agent): boolean =>
  found !== undefined && Math.abs(found - used()) <= 1e-9 * used();

async function startAgent(directory: string, index: number, collector: string): Promise<Agent> {
  const instance = `host-${index}`;
  const sys = join(directory, instance);
  const sensors = simulateSensors(sys, { cpu: 1000 * index, ram: 0 });
  const child = spawn(
    process.execPath,
    ['dist/cli/main.mjs', 'monitor', '--output-methods', 'otlp', '--country-iso-code', 'FRA'],
    {
      env: {
        ...process.env,
        HOST_SYS: sys,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance},host.name=${instance}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => said.push(String(chunk)));
  }
  await until(instance, async () => {
    if (child.exitCode !== null) throw new Error(`${instance} ended: ${said.join('')}`);
    return said.join('').includes('Measuring') ? [] : [`does not measure yet: ${said.join('')}`];
  });
  let joules = 0;
  return {
    instance,
    child,
    use(more) {
      sensors.advance({ cpu: more, ram: more / 10 });
      joules += more + more / 10;
    },
    used: () => joules / JOULES_PER_KILOWATT_HOUR,
  };
}
