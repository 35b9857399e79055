import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { LogfireMetricExporter } from '../../src/exporters/logfire/index.ts';
import { withEmissions } from '../../src/reader/index.ts';
import { startFakeLogfire, WRITE_TOKEN } from './fake-logfire.ts';

/** One export as it goes to Logfire: JSON in gzip. */
export interface LogfirePayload {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What `LogfireMetricExporter` sends for these metrics, to be given to something that is not Logfire. */
export async function logfirePayload(
  observe: (provider: MeterProvider) => void,
): Promise<LogfirePayload> {
  const fake = await startFakeLogfire();
  const exporter = new LogfireMetricExporter(
    { logfireToken: WRITE_TOKEN, logfireBaseUrl: fake.url },
    { env: {}, directory: '/nowhere' },
  );
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 });
  const provider = new MeterProvider({ readers: [withEmissions(reader)] });
  observe(provider);
  await provider.shutdown();
  await fake.close();
  const sent = fake.requests[0];
  if (sent === undefined) throw new Error('nothing was sent');
  return {
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: sent.body,
  };
}
