import { MeterProvider, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Configuration, optionsOf } from '../config/index.ts';
import { CsvMetricExporter, csvExporter } from '../exporters/csv/index.ts';
import { EXPORTERS, type MetricsExporter } from '../exporters/index.ts';
import { CodeCarbonInstrumentation } from '../instrument/index.ts';
import { type Settings, settingsFor } from '../options.ts';
import { EmissionsMetricReader } from '../reader/index.ts';
import { keepLast } from './keeper.ts';
import { type OtelSettings, readResource } from './otel-env.ts';
import { type Scrape, serveMetrics } from './scrape.ts';
import type { Screen } from './screen.ts';

/** A measurement in progress: instrumentation, provider, readers and the CSV file. */
export interface Session {
  /** Where the metrics are served; undefined when they are not. */
  readonly url: string | undefined;
  /** What is measured now. */
  peek(): Promise<ResourceMetrics>;
  /** Ends it: the last figures are written. Call once. */
  stop(): Promise<Ended>;
}

export interface Ended {
  /** The last collection, from which the row was made; undefined when there never was one. */
  readonly metrics: ResourceMetrics | undefined;
  /** The file that holds the row. */
  readonly file: string | undefined;
  /** Why the row could not be written. */
  readonly failure: Error | undefined;
}

/** A disk or a scraper that hangs must not hold the program for ever. */
const LONGEST_STOP_MILLIS = 15_000;

/**
 * Starts to measure.
 * @throws ConfigurationError for options that contradict each other or name what does not exist
 */
export async function startSession(
  configuration: Configuration,
  otel: OtelSettings,
  screen: Screen,
): Promise<Session> {
  const settings = settingsFor('cli', optionsOf(configuration, 'cli'));
  const outputs = openOutputs(settings, configuration);
  const keeper = keepLast(outputs, (error) => screen.say(`error: ${error.message}`));
  const priced = optionsOf(configuration, 'reader');
  const { exportIntervalMillis, exportTimeoutMillis } = otel;
  const reader = new EmissionsMetricReader({
    ...priced,
    exporter: keeper,
    exportIntervalMillis,
    exportTimeoutMillis,
  });
  const scrape = await openScrape(settings, configuration, otel, screen);
  const readers = scrape === undefined ? [reader] : [reader, scrape.reader];
  const measured = optionsOf(configuration, 'instrumentation');
  const instrumentation = new CodeCarbonInstrumentation(measured);
  const provider = new MeterProvider({ resource: readResource(), readers });
  instrumentation.setMeterProvider(provider);

  return {
    url: scrape?.url,
    peek: async () => (await reader.collect()).resourceMetrics,
    async stop() {
      instrumentation.finish();
      const failure = await withinTime(provider.shutdown());
      instrumentation.disable();
      const metrics = keeper.last;
      const why = failure ?? keeper.failure;
      const file = outputs.find((output) => output instanceof CsvMetricExporter)?.path;
      return { metrics, file: why === undefined ? file : undefined, failure: why };
    },
  };
}

/** `output_methods` decides; the older `save_to_file` where it is not set. */
function openOutputs(
  { outputMethods, saveToFile }: Settings<'cli'>,
  configuration: Configuration,
): readonly MetricsExporter[] {
  const wanted: readonly string[] = outputMethods ?? (saveToFile ? [csvExporter.id] : []);
  const chosen = EXPORTERS.filter(({ id }) => wanted.includes(id));
  return chosen.map(({ id, create }) => create(optionsOf(configuration, id)));
}

async function openScrape(
  { prometheusPort, prometheusHost }: Settings<'cli'>,
  configuration: Configuration,
  otel: OtelSettings,
  screen: Screen,
): Promise<Scrape | undefined> {
  const port = prometheusPort ?? otel.prometheusPort;
  if (port === undefined) return undefined;
  const isChosen = configuration.origins.prometheusHost !== undefined;
  const host = isChosen ? prometheusHost : (otel.prometheusHost ?? prometheusHost);
  return serveMetrics({ host, port, ...optionsOf(configuration, 'reader') }, screen);
}

/** The error of `ending`, or of its taking too long. */
async function withinTime(ending: Promise<void>): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    const error = new Error('the last figures could not be written in time');
    timer = setTimeout(resolve, LONGEST_STOP_MILLIS, error);
  });
  const ended = ending.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  const result = await Promise.race([ended, late]);
  clearTimeout(timer);
  return result;
}
