import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { type Configuration, optionsOf } from '../config/index.ts';
import { type OptionsFor, settingsFor } from '../options/index.ts';
import type { OtelSettings } from '../session/index.ts';
import type { Screen } from './screen.ts';

/** The metrics on an address, for Prometheus. */
export interface Scrape {
  readonly reader: IMetricReader;
  readonly url: string;
}

interface ScrapeOptions extends OptionsFor<'reader'> {
  readonly host: string;
  readonly port: number;
}

/** The scrape that a configuration or a variable of OpenTelemetry asks for. */
export async function openScrape(
  configuration: Configuration,
  otel: OtelSettings,
  screen: Screen,
): Promise<Scrape | undefined> {
  const { prometheusPort, prometheusHost } = settingsFor('cli', optionsOf(configuration, 'cli'));
  const port = prometheusPort ?? otel.prometheusPort;
  if (port === undefined) return undefined;
  const isChosen = configuration.origins.prometheusHost !== undefined;
  const host = isChosen ? prometheusHost : (otel.prometheusHost ?? prometheusHost);
  return serveMetrics({ host, port, ...optionsOf(configuration, 'reader') }, screen);
}

/** Serves `/metrics`; when the address is taken, says so once and goes on without. */
async function serveMetrics(options: ScrapeOptions, screen: Screen): Promise<Scrape | undefined> {
  const { EmissionsPrometheusExporter } = await import('../prometheus.ts');
  const reader = new EmissionsPrometheusExporter({ ...options, preventServerStart: true });
  const address = `${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`;
  try {
    await reader.startServer();
    return { reader, url: `http://${address}/metrics` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another program uses this port' : (code ?? message);
    screen.say(`warning: metrics are not served on ${address}: ${why}; measuring goes on.`);
    return undefined;
  }
}
