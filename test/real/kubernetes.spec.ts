import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { simulateSensors } from '../../examples/simulated-sensors.mjs';
import { parseExposition } from './series.ts';
import { part, startCollector, until } from './servers.ts';

const MANIFEST = 'collector-config/kubernetes/agents.yaml';

/** What the manifest says, as far as these tests look at it. */
interface DaemonSet {
  readonly kind: string;
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly automountServiceAccountToken?: boolean;
        readonly hostPID?: boolean;
        readonly hostNetwork?: boolean;
        readonly containers: readonly Container[];
        readonly volumes: readonly { name: string; hostPath?: { path: string } }[];
      };
    };
  };
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: object;
  readonly resources: { readonly limits: object; readonly requests: object };
  readonly volumeMounts: readonly { name: string; mountPath: string; readOnly?: boolean }[];
}

describe('the DaemonSet', () => {
  const daemonSet = readManifest(MANIFEST).find(({ kind }) => kind === 'DaemonSet');
  if (daemonSet === undefined) throw new Error('no DaemonSet');
  const { spec, metadata } = daemonSet.spec.template;
  const [agent] = spec.containers;
  if (agent === undefined) throw new Error('no container');
  const variables = Object.fromEntries(agent.env.map(({ name, value }) => [name, value ?? '']));

  it('is root without any right, on a root that cannot be written', () => {
    expect(spec.containers).toHaveLength(1);
    expect(agent.securityContext).toEqual({
      runAsUser: 0,
      runAsGroup: 0,
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.hostPID).not.toBe(true);
    expect(spec.hostNetwork).not.toBe(true);
  });

  it("has the host's /proc and /sys at other paths, only to read, and is told where", () => {
    const mounts = agent.volumeMounts.map(({ name, mountPath, readOnly }) => ({
      mountPath,
      readOnly,
      hostPath: spec.volumes.find((volume) => volume.name === name)?.hostPath?.path,
    }));
    expect(mounts).toEqual([
      { mountPath: variables.HOST_PROC, readOnly: true, hostPath: '/proc' },
      { mountPath: variables.HOST_SYS, readOnly: true, hostPath: '/sys' },
    ]);
    expect([variables.HOST_PROC, variables.HOST_SYS]).toEqual(['/host/proc', '/host/sys']);
  });

  it('selects its own pods, pins its image and bounds its memory', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(metadata.labels).toMatchObject(daemonSet.spec.selector.matchLabels);
    expect(agent.image).toBe(`codecarbon-otel:${version}`);
    expect(agent.resources.limits).toHaveProperty('memory');
    // The agent's figures are the node's, whatever it may use itself.
    expect(agent.resources.limits).not.toHaveProperty('cpu');
  });

  it('measures as root without capabilities what only root may read', async () => {
    const sys = temporary();
    const home = temporary();
    const sensors = simulateSensors(sys);
    onTestFinished(sensors.close);
    for (const zone of ['intel-rapl:0', 'intel-rapl:0/intel-rapl:0:0']) {
      chmodSync(join(sys, 'class/powercap', zone, 'energy_uj'), 0o400);
    }
    const collector = await startCollector('collector-config/collector.yaml');
    onTestFinished(collector.stop);
    const main = resolve('dist/cli/main.mjs');
    const child = spawn('setpriv', [...BARE, process.execPath, main, ...agent.args], {
      cwd: home,
      env: {
        PATH: process.env.PATH,
        ...variables,
        HOST_PROC: '/proc',
        HOST_SYS: sys,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_METRIC_EXPORT_INTERVAL: '500',
        OTEL_RESOURCE_ATTRIBUTES: variables.OTEL_RESOURCE_ATTRIBUTES?.replaceAll(
          '$(NODE_NAME)',
          'node-1',
        ),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const expected = { job: 'codecarbon-otel', instance: 'node-1', method: 'rapl' };
    await until('energy by RAPL', async () => {
      sensors.advance({ cpu: 1, ram: 0.1 });
      const text = await (await fetch(`http://${collector.prometheus}/metrics`)).text();
      const found = parseExposition(text).filter(
        ({ name, labels, value }) =>
          name === 'codecarbon_cpu_energy_total' &&
          value > 0 &&
          Object.entries(expected).every(([label, wanted]) => labels[label] === wanted),
      );
      return found.length === 1 ? [] : [text];
    });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(readdirSync(home)).toEqual([]);
  });

  it('is really checked: a key that does not exist is refused', () => {
    const file = join(temporary(), 'wrong.yaml');
    const text = readFileSync(MANIFEST, 'utf8');
    writeFileSync(file, text.replace('readOnlyRootFilesystem', 'readOnlyRootFileSystm'));
    expect(() => readManifest(file)).toThrow(/readOnlyRootFileSystm/);
  });
});

/** No capability is left, and none can be had. */
const BARE = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];

/** Reads a manifest as strictly as the API server. */
function readManifest(file: string): readonly DaemonSet[] {
  const text = execFileSync(join(part('kubernetes'), 'manifests'), [file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text) as DaemonSet[];
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'codecarbon-kubernetes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}
