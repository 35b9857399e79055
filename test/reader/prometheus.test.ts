import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import { EmissionsPrometheusExporter } from '../../src/prometheus.ts';
import { rig, value } from '../support/rig.ts';

const open: EmissionsPrometheusExporter[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const exporter of open.splice(0)) await exporter.stopServer();
});

/** An exporter that listens already. */
function listening(
  options: ConstructorParameters<typeof EmissionsPrometheusExporter>[0],
): Promise<EmissionsPrometheusExporter> {
  return new Promise((resolve, reject) => {
    const exporter = new EmissionsPrometheusExporter(options, (error) =>
      error instanceof Error ? reject(error) : resolve(exporter),
    );
    open.push(exporter);
  });
}

describe('EmissionsPrometheusExporter', () => {
  it('serves emissions on a scrape', async () => {
    const port = await freePort();
    const exporter = await listening({ port, countryIsoCode: 'FRA' });
    rig({ readers: [exporter] }).set(2);
    const text = await scrape(`http://127.0.0.1:${port}/metrics`);
    expect(text).toMatch(/^codecarbon_emissions_total\{.*scope="machine".*\} 0\.08836$/m);
    expect(text).toMatch(
      /^codecarbon_carbon_intensity\{.*source="country",.*year="2024".*\} 44\.18$/m,
    );
    expect(text).toContain('# TYPE codecarbon_emissions_total counter');
    expect(text).toContain('# TYPE codecarbon_water_consumed_total counter');
  });

  it('host and port come from the variables that OpenTelemetry names', async () => {
    const port = await freePort();
    vi.stubEnv('OTEL_EXPORTER_PROMETHEUS_HOST', '127.0.0.2');
    vi.stubEnv('OTEL_EXPORTER_PROMETHEUS_PORT', String(port));
    rig({ readers: [await listening({})] });
    expect(await scrape(`http://127.0.0.2:${port}/metrics`)).toContain('codecarbon_info');
  });

  it('needs no server of its own', async () => {
    const exporter = new EmissionsPrometheusExporter({
      preventServerStart: true,
      forceCarbonIntensity: 1000,
    });
    rig({ readers: [exporter] }).set(2);
    expect(value(await exporter.collect(), 'codecarbon_emissions')).toBe(2);
  });

  it('refuses bad options', () => {
    const make = () => new EmissionsPrometheusExporter({ countryIsoCode: 'fr' });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow('Did you mean FRA (France)?');
  });
});

function scrape(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
