import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { OptionsFor } from '../options.ts';
import type { Screen } from './screen.ts';

/** The metrics on an address, for Prometheus. */
export interface Scrape {
  readonly reader: IMetricReader;
  readonly url: string;
}

export interface ScrapeOptions extends OptionsFor<'reader'> {
  readonly host: string;
  readonly port: number;
}

/** Serves `/metrics`; when the address is taken, says so once and goes on without. */
export async function serveMetrics(
  options: ScrapeOptions,
  screen: Screen,
): Promise<Scrape | undefined> {
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
