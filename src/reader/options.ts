import type {
  IMetricReader,
  PeriodicExportingMetricReaderOptions,
} from '@opentelemetry/sdk-metrics';
import { ConfigurationError } from '../errors.ts';
import { type OptionsFor, optionNames, type Settings, settingsFor } from '../options/index.ts';
import { checkCountry } from '../place/index.ts';

/** What a user may say about emissions: place, intensity, water, and the energy counter to price. */
export type EmissionsReaderOptions = OptionsFor<'reader'>;

/** Checked; `wue` is left out where the user says nothing, since `codecarbon_info` may say it. */
export type ReaderSettings = Omit<Settings<'reader'>, 'wue'> & { readonly wue?: number };

/** Options of `PeriodicExportingMetricReader` in SDK 2 and 3. */
const PERIODIC = [
  'exporter',
  'exportIntervalMillis',
  'exportTimeoutMillis',
  'metricProducers',
  'cardinalityLimits',
] as const satisfies readonly (keyof PeriodicExportingMetricReaderOptions)[];

/** Options of `EmissionsMetricReader`: the SDK's own, but `maxExportBatchSize`, and ours. */
export type EmissionsMetricReaderOptions = Pick<
  PeriodicExportingMetricReaderOptions,
  (typeof PERIODIC)[number]
> &
  EmissionsReaderOptions;

/**
 * Checks what a user wrote; `foreign` are the options of the same object that belong to the SDK.
 * @throws ConfigurationError for an unknown option, a value that is not allowed, or an unknown country
 */
export function readerSettings(
  given: EmissionsReaderOptions,
  foreign: readonly string[] = [],
): ReaderSettings {
  const { wue, ...settings } = settingsFor('reader', given, foreign);
  const { countryIsoCode } = settings;
  return {
    ...settings,
    ...(given.wue === undefined ? {} : { wue }),
    ...(countryIsoCode === undefined ? {} : { countryIsoCode: checkCountry(countryIsoCode) }),
  };
}

/**
 * The same for `EmissionsMetricReader`.
 * @throws ConfigurationError as above, for `maxExportBatchSize`, and when there is no exporter
 */
export function periodicSettings(given: EmissionsMetricReaderOptions): ReaderSettings {
  refuseBatches(Reflect.get(given, 'maxExportBatchSize'));
  if (typeof given.exporter?.export !== 'function') {
    throw new ConfigurationError(
      'exporter',
      'exporter: a metric exporter is required, for example new OTLPMetricExporter()',
    );
  }
  return readerSettings(given, PERIODIC);
}

/** The part of the options that belongs to the SDK. */
export function sdkOptions<Given extends object>(given: Given): Given {
  const ours: readonly string[] = optionNames('reader');
  const theirs = Object.entries(given).filter(([name]) => !ours.includes(name));
  return Object.fromEntries(theirs) as Given;
}

/** Checks a reader that exists already; the SDK keeps its batch size in a private field. */
export function refuseBatchingReader(reader: IMetricReader): void {
  refuseBatches(Reflect.get(reader, '_maxExportBatchSize'));
}

function refuseBatches(maxExportBatchSize: unknown): void {
  if (maxExportBatchSize === undefined) return;
  throw new ConfigurationError(
    'maxExportBatchSize',
    `maxExportBatchSize: ${String(maxExportBatchSize)} is not possible with emissions; it would cut one record into several exports. Leave it out.`,
  );
}
