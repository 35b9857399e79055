import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/installed.ts';
import { query } from './series.ts';
import { startCollector, startPrometheus, until } from './servers.ts';

/** There is no daemon: the steps of the Dockerfile are done one by one, in a folder per stage. */
describe('the image', () => {
  const root = mkdtempSync(join(tmpdir(), 'codecarbon-image-'));
  let image: string;

  beforeAll(() => {
    image = build(root);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is codecarbon-otel', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(instruction('ENTRYPOINT')).toEqual(['node', '/app/dist/cli/main.mjs']);
    expect(run(image, 'dist/cli/main.mjs', '--version').trim()).toBe(version);
  });

  it('runs as docker-compose.yml runs it, and says in Prometheus that its sensors are simulated', async () => {
    const collector = await startCollector('collector-config/collector.yaml');
    onTestFinished(collector.stop);
    const prometheus = await startPrometheus({
      config: 'collector-config/prometheus.yml',
      addresses: {
        'collector:8889': collector.prometheus,
        'collector:8888': collector.telemetry,
        'pushgateway:9091': '127.0.0.1:9',
      },
    });
    onTestFinished(prometheus.stop);
    const port = await freePort();
    const app = spawn(process.execPath, ['examples/demo.mjs'], {
      cwd: image,
      env: {
        ...process.env,
        HOST_SYS: join(root, 'no-sensors'),
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=demo-1',
        OTEL_SERVICE_NAME: 'demo',
        PORT: String(port),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    onTestFinished(() => void app.kill('SIGKILL'));
    await until('the power on simulated sensors', async () => {
      const watts = await query(
        prometheus.url,
        'codecarbon_cpu_power * on (job, instance) group_left (simulated) target_info{simulated="true"}',
      );
      const isThere =
        watts.length === 1 && (watts[0]?.value ?? 0) > 0 && (watts[0]?.value ?? 0) < 100;
      return isThere ? [] : [JSON.stringify(watts)];
    });
    const [energy] = await query(prometheus.url, 'codecarbon_cpu_energy_total');
    expect(energy?.labels).toMatchObject({
      job: 'demo',
      instance: 'demo-1',
      project_name: 'demo (simulated)',
      method: 'rapl',
    });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    app.kill('SIGTERM');
    expect(await once(app, 'exit')).toEqual([0, null]);
  });
});

const lines = readFileSync('Dockerfile', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The last instruction of a kind. */
const instruction = (kind: string): unknown =>
  JSON.parse(lines.findLast((line) => line.startsWith(`${kind} `))?.slice(kind.length) ?? '[]');

/** What `.dockerignore` lets through. */
const context = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

/** Does the steps of all stages; returns the working directory of the last one. */
function build(root: string): string {
  let stage = '';
  for (const line of lines) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'FROM') {
      stage = join(root, words[2] ?? 'image');
      mkdirSync(stage);
    } else if (kind === 'RUN') {
      execFileSync('sh', ['-c', words.join(' ')], { cwd: stage, stdio: 'pipe' });
    } else if (kind === 'COPY') {
      copy(root, stage, words);
    }
  }
  return stage;
}

function copy(root: string, stage: string, words: readonly string[]): void {
  const [from] = words.filter((word) => word.startsWith('--from='));
  const paths = words.filter((word) => word !== from);
  const target = join(stage, paths.at(-1) ?? '');
  for (const path of paths.slice(0, -1)) {
    const names = path === '.' ? context : [path.replace('/app/', '')];
    const source = from === undefined ? '.' : join(root, from.slice('--from='.length));
    for (const name of names) {
      // A name as target names the copy; a directory takes it in.
      const to = path === '.' || paths.at(-1) === './' ? join(target, name) : target;
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(source, name), to, { recursive: true, verbatimSymlinks: true });
    }
  }
}

const run = (cwd: string, ...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
