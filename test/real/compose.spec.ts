import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { part } from './servers.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile?: string; readonly dockerfile_inline?: string };
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string }[];
  readonly volumes?: readonly {
    readonly type: 'bind' | 'volume';
    readonly source: string;
    readonly target: string;
    readonly read_only?: boolean;
  }[];
}

/** The compose file as the compose plugin reads it; it fails for unknown keys and undefined services. */
const compose = (file: string): string =>
  execFileSync(
    join(part('compose'), 'usr/libexec/docker/cli-plugins/docker-compose'),
    ['--project-directory', '.', '-f', file, 'config', '--format', 'json'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );

describe('docker-compose.yml', () => {
  const { services, volumes } = JSON.parse(compose('docker-compose.yml')) as {
    services: Readonly<Record<string, Service>>;
    volumes: Readonly<Record<string, unknown>>;
  };
  const all = Object.entries(services);

  it('runs the program, the Collector, the Pushgateway, Prometheus and Grafana', () => {
    expect(Object.keys(services).sort()).toEqual([
      'app',
      'collector',
      'grafana',
      'prometheus',
      'pushgateway',
    ]);
  });

  it.each(all)('%s: every image is pinned by version', (_, { image, build }) => {
    const dockerfile =
      build?.dockerfile_inline ??
      (build?.dockerfile === undefined ? '' : readFileSync(build.dockerfile, 'utf8'));
    const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, name]) => name);
    const images = build === undefined ? [image] : from;
    expect(images.length).toBeGreaterThan(0);
    for (const name of images) expect(name).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*$/);
  });

  it.each(all)('%s: has a health check, and comes back', (_, { healthcheck, restart }) => {
    expect(healthcheck?.test[0]).toBe('CMD');
    expect(restart).toBe('unless-stopped');
  });

  it.each(all)('%s: is open to this machine only', (_, { ports = [] }) => {
    expect(ports.length).toBeGreaterThan(0);
    for (const { host_ip } of ports) expect(host_ip).toBe('127.0.0.1');
  });

  it.each(all)('%s: has no rights beyond its own', (_, { cap_drop, security_opt }) => {
    expect(cap_drop).toEqual(['ALL']);
    expect(security_opt).toEqual(['no-new-privileges:true']);
  });

  it.each(all)('%s: mounts what is there, and only to read', (_, { volumes: mounts = [] }) => {
    for (const { type, source, read_only } of mounts) {
      if (type === 'volume') {
        expect(volumes).toHaveProperty(source);
      } else {
        expect(read_only).toBe(true);
        expect(existsSync(source), source).toBe(true);
      }
    }
  });

  it('mounts the very files that the servers are started with in these tests', () => {
    const mounted = all.flatMap(([, { volumes: mounts = [] }]) =>
      mounts
        .filter(({ source }) => source.startsWith(resolve('collector-config')))
        .map(({ source }) => relative('.', source)),
    );
    expect(mounted.sort()).toEqual([
      'collector-config/collector.yaml',
      'collector-config/grafana/dashboards',
      'collector-config/grafana/provisioning',
      'collector-config/prometheus.yml',
      'collector-config/rules',
    ]);
  });

  it('knows no password and no administrator', () => {
    expect(services.grafana?.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
    expect(JSON.stringify(services)).not.toMatch(/password/i);
  });

  it('pins the Collector to the version of these tests', () => {
    const version = /^ {2}version: (.+)$/m.exec(
      readFileSync('.ci/parts/collector.yaml', 'utf8'),
    )?.[1];
    expect(services.collector?.build?.dockerfile_inline).toContain(
      `FROM otel/opentelemetry-collector-contrib:${version} `,
    );
  });

  it('is really checked: a key that does not exist is refused', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'codecarbon-compose-')), 'compose.yml');
    writeFileSync(file, 'services:\n  app:\n    image: app:1.0.0\n    helthcheck: {}\n');
    expect(() => compose(file)).toThrow(/helthcheck/);
  });
});

describe('the configuration of Prometheus', () => {
  it.each(['collector-config/prometheus.yml', 'collector-config/fleet/prometheus.yml'])(
    '%s passes promtool',
    (file) => {
      const promtool = join(part('prometheus'), 'usr/bin/promtool');
      expect(execFileSync(promtool, ['check', 'config', file], { encoding: 'utf8' })).toContain(
        'SUCCESS',
      );
    },
  );
});
