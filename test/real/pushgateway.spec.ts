import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { PushgatewayMetricExporterOptions } from '../../src/exporters/pushgateway/index.ts';
import { freePort } from '../support/installed.ts';
import { parseExposition, query, type Series } from './series.ts';
import { part, type Server, startPrometheus, startPushgateway, until } from './servers.ts';

/** What `push-run.mjs` uses. */
const ENERGY = 100 / 3.6e6;

interface Run {
  readonly pushgateway: PushgatewayMetricExporterOptions;
  readonly projectName?: string;
  readonly resource?: Readonly<Record<string, string>>;
  readonly workers?: number;
}

/** What the run complained of. */
async function run(given: Run, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const args = ['test/real/push-run.mjs', JSON.stringify(given)];
  const options = { env: { ...process.env, ...env } };
  return (await promisify(execFile)(process.execPath, args, options)).stdout;
}

async function seriesOf(url: string, name: string): Promise<readonly Series[]> {
  const text = await fetch(`${url}/metrics`).then((answer) => answer.text());
  return parseExposition(text).filter((series) => series.name === name);
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function gateway(): Promise<Server> {
  const server = await startPushgateway();
  stops.push(server.stop);
  return server;
}

describe('a run that is shorter than the time between two scrapes', () => {
  it('has its final values in Prometheus, at every scrape after its end', async () => {
    const { url } = await gateway();
    const prometheus = await startPrometheus({
      config: 'test/real/pushgateway.yml',
      addresses: { 'pushgateway:9091': url.replace('http://', '') },
    });
    stops.push(prometheus.stop);
    const complaints = await run({ pushgateway: { prometheusUrl: url } });
    expect(complaints).toBe('');
    const ended = Date.now() / 1000;

    const selector = '{job="codecarbon",instance=~".*:batch"}';
    const asked = `codecarbon_energy_consumed_total${selector}`;
    // Two scrapes, both after the end of the run.
    await until('two scrapes', async () => {
      const [counted] = await query(prometheus.url, `count_over_time(${asked}[1m])`);
      return (counted?.value ?? 0) >= 2 ? [] : ['not scraped twice'];
    });
    const [energy, ...more] = await query(prometheus.url, asked);
    expect(more).toEqual([]);
    expect(energy?.value).toBeCloseTo(ENERGY, 12);
    const [emissions] = await query(prometheus.url, `codecarbon_emissions_total${selector}`);
    expect(emissions?.value).toBeCloseTo(ENERGY * 0.1, 12);
    const [pushed] = await query(
      prometheus.url,
      `codecarbon_last_push_timestamp_seconds${selector}`,
    );
    expect(Math.abs((pushed?.value ?? 0) - ended)).toBeLessThan(5);
    // The facts of the run can be joined, as the documentation says.
    const [joined] = await query(
      prometheus.url,
      `${asked} * on (job, instance, project_name, scope) group_left (codecarbon_version) codecarbon_info`,
    );
    expect(joined?.value).toBeCloseTo(ENERGY, 12);
  });
});

describe('groups', () => {
  const values = [
    'my/team',
    '/',
    '..',
    'a b',
    'é?#%&=+',
    '"quoted" \\ back',
    '日本 🌍',
    'a:b@base64',
  ];

  it.each(values)('job and instance may be %j', async (value) => {
    const { url } = await gateway();
    expect(await run({ pushgateway: { prometheusUrl: url, job: value, instance: value } })).toBe(
      '',
    );
    const [{ labels } = { labels: {} }] = await seriesOf(url, 'codecarbon_duration_total');
    expect(labels).toMatchObject({ job: value, instance: value });
  });

  it('of many processes live side by side, and the workers of a cluster, too', async () => {
    const { url } = await gateway();
    const pushgateway = { prometheusUrl: url };
    const projects = ['one', 'two', 'three', 'four'];
    const complaints = await Promise.all([
      ...projects.map((projectName) => run({ pushgateway, projectName })),
      run({ pushgateway: { ...pushgateway, include: 'all', projectName: 'web' }, workers: 3 }),
      run({ pushgateway, resource: { 'service.instance.id': 'shop-1' } }),
    ]);
    expect(complaints.join('')).toBe('');
    const found = await seriesOf(url, 'codecarbon_energy_consumed_total');
    const host = hostname();
    expect(found.map(({ labels }) => labels.instance).sort()).toEqual(
      [...projects.map((project) => `${host}:${project}`), 'shop-1'].sort(),
    );
    const jobs = await seriesOf(url, 'jobs_total');
    expect(jobs.map(({ labels }) => labels.instance).sort()).toEqual(
      [1, 2, 3].map((worker) => `${host}:web:${worker}`),
    );
    // The next run of a group takes its place: a counter that starts anew.
    await run({ pushgateway, projectName: 'one' });
    const again = await seriesOf(url, 'codecarbon_energy_consumed_total');
    expect(again).toHaveLength(found.length);
    const one = again.find(({ labels }) => labels.project_name === 'one');
    expect(one?.value).toBeCloseTo(ENERGY, 12);
  });

  it('are deleted after the grace where that is asked for, the own one only', async () => {
    const { url } = await gateway();
    await run({ pushgateway: { prometheusUrl: url }, projectName: 'stays' });
    const leaving = run({
      pushgateway: { prometheusUrl: url, onShutdown: 'delete', graceMillis: 2000 },
      projectName: 'leaves',
    });
    const projects = async () =>
      (await seriesOf(url, 'codecarbon_duration_total')).map(({ labels }) => labels.project_name);
    await until('the push', async () => ((await projects()).includes('leaves') ? [] : ['not yet']));
    expect(await leaving).toBe('');
    expect(await projects()).toEqual(['stays']);
  });
});

describe('a gateway that wants a password', () => {
  /** `open sesame`, as `basic_auth_users` wants it. */
  const BCRYPT = '$2b$10$zNzTgGYNIOXSOm3Jg5XYEOje951OGRKERG13UQlmm9POl3qdYIu9y';

  it('takes it from options, address and variables, and refuses others', async () => {
    const url = await startLocked(BCRYPT);
    const address = url.replace('http://', '');
    const username = 'ali';
    const word = 'open sesame';
    const options = { prometheusUsername: username, prometheusPassword: word };
    const pushes = [
      run({ projectName: 'options', pushgateway: { prometheusUrl: url, ...options } }),
      run({
        projectName: 'address',
        pushgateway: { prometheusUrl: `ali:open%20sesame@${address}` },
      }),
      run(
        { projectName: 'variables', pushgateway: { prometheusUrl: address } },
        { PROMETHEUS_USERNAME: username, PROMETHEUS_PASSWORD: word },
      ),
    ];
    expect((await Promise.all(pushes)).join('')).toBe('');
    const authorization = `Basic ${btoa(`${username}:${word}`)}`;
    const text = await fetch(`${url}/metrics`, { headers: { authorization } }).then((a) =>
      a.text(),
    );
    const found = parseExposition(text).filter(({ name }) => name === 'codecarbon_duration_total');
    expect(found.map(({ labels }) => labels.project_name).sort()).toEqual([
      'address',
      'options',
      'variables',
    ]);

    const complaint = await run({
      pushgateway: { prometheusUrl: url, prometheusUsername: 'ali', prometheusPassword: 'geheim' },
    });
    expect(complaint).toContain('401');
    expect(complaint).toContain('PROMETHEUS_PASSWORD');
    expect(complaint).not.toContain('geheim');
  });

  async function startLocked(bcrypt: string): Promise<string> {
    const folder = part('pushgateway');
    const directory = mkdtempSync(join(tmpdir(), 'codecarbon-locked-'));
    const config = join(directory, 'web.yml');
    writeFileSync(config, `basic_auth_users:\n  ali: ${bcrypt}\n`);
    const port = await freePort();
    const child: ChildProcess = spawn(
      join(folder, 'usr/bin/prometheus-pushgateway'),
      [
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.config.file=${config}`,
        '--persistence.file=',
        `--web.local-assets=${join(folder, 'usr/share/prometheus/pushgateway')}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    stops.push(async () => {
      child.kill();
      await once(child, 'exit');
      rmSync(directory, { recursive: true });
    });
    const url = `http://127.0.0.1:${port}`;
    const status = (): Promise<number> =>
      fetch(`${url}/-/ready`).then(
        (a) => a.status,
        () => 0,
      );
    await until('locked gateway', async () => ((await status()) === 401 ? [] : ['not ready']));
    return url;
  }
});

describe('a gateway that takes nothing of ours', () => {
  it('because it is Prometheus itself: the message says what the address should be', async () => {
    const { url } = await startPrometheus({ config: 'test/real/pushgateway.yml' }).then(
      (server) => {
        stops.push(server.stop);
        return server;
      },
    );
    expect(await run({ pushgateway: { prometheusUrl: url } })).toContain('root of a Pushgateway');
  });

  it('because a metric of ours has another type in it: the message names the metric', async () => {
    const { url } = await gateway();
    const foreign = '# TYPE codecarbon_duration_total gauge\ncodecarbon_duration_total 1\n';
    const put = await fetch(`${url}/metrics/job/other`, { method: 'PUT', body: foreign });
    expect(put.status).toBe(200);
    const complaint = await run({ pushgateway: { prometheusUrl: url } });
    expect(complaint).toContain('400');
    expect(complaint).toContain('codecarbon_duration_total');
    expect(complaint).toContain('delete the group');
  });
});

describe('CodeCarbon of Python on the same gateway', () => {
  const python = join(part('codecarbon'), 'bin/python');
  const tracker = `
import sys, time
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(country_iso_code="FRA", project_name="python", measure_power_secs=1,
    save_to_file=False, save_to_prometheus=True, prometheus_url=sys.argv[1], log_level="error")
tracker.start()
time.sleep(1.5)
tracker.flush()
print("pushed", flush=True)
sys.stdin.readline()
tracker.stop()
`;

  it('pushes as before, and deletes its own group only', async () => {
    const { url } = await gateway();
    const prometheusUrl = url.replace('http://', '');
    const pushgateway = { prometheusUrl };
    expect(await run({ pushgateway, projectName: 'before' })).toBe('');
    const env = { ...process.env, PROMETHEUS_USERNAME: 'x', PROMETHEUS_PASSWORD: 'x' };
    const child = spawn(python, ['-c', tracker, prometheusUrl], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => {
        said += String(part);
      });
    await until('CodeCarbon', async () => (said.includes('pushed') ? [] : [said]));
    expect(await run({ pushgateway, projectName: 'after' })).toBe('');

    // Theirs and ours side by side, on every name that both have.
    const projects = async (name: string) =>
      (await seriesOf(url, name)).map(({ labels }) => labels.project_name).sort();
    expect(await projects('codecarbon_duration_total')).toEqual(['after', 'before']);
    expect(await projects('codecarbon_duration')).toEqual(['python']);
    expect(await projects('codecarbon_emissions_rate')).toEqual(['after', 'before', 'python']);
    expect(await projects('codecarbon_energy_total')).toEqual(['python']);
    expect(await projects('codecarbon_energy_consumed_total')).toEqual(['after', 'before']);

    child.stdin.end('\n');
    await once(child, 'exit');
    expect(said).not.toContain('ERROR');
    expect(await projects('codecarbon_duration')).toEqual([]);
    expect(await projects('codecarbon_duration_total')).toEqual(['after', 'before']);
  });
});
