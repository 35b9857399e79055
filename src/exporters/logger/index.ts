import type { LoggerProvider } from '@opentelemetry/api-logs';
import { ConfigurationError } from '../../errors.ts';
import { type OptionsFor, settingsFor } from '../../options/index.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { EmissionsExporter, type WriteContext } from '../exporter.ts';
import { deliverOnce } from './deliver.ts';
import {
  type GoogleCloudLog,
  type InfoLogger,
  isHeard,
  loggerSink,
  openTelemetrySink,
} from './sinks.ts';

export type { GoogleCloudLog, InfoLogger } from './sinks.ts';

export interface LoggerMetricExporterOptions extends OptionsFor<'logger'> {
  /** Where the record is written; default `console`. `false`: OpenTelemetry log records alone. */
  readonly logger?: InfoLogger | GoogleCloudLog | false | undefined;
  /** Where log records go; default the global provider, when one is set. `false`: none. */
  readonly loggerProvider?: LoggerProvider | false | undefined;
}

/**
 * Writes each run's record to a logger when the run ends (`live: true`: at every export), and as an
 * OpenTelemetry log record where a LoggerProvider is set: event `codecarbon.run`, a sentence as body,
 * the record's known fields as attributes with the prefix `codecarbon.`.
 *
 * `loggerFormat` says what the logger gets:
 * - `json`, the default: one text, the record as a line of JSON; every logger takes it
 * - `object`: the fields. pino gets (fields, message); console, winston and others one object that
 *   holds the fields and `message`, which winston takes as its message
 * - `google-cloud`: a line of JSON with `severity` and `message`, as Google Cloud's agents read it from
 *   stdout. A log of `@google-cloud/logging` given as `logger` gets structured entries in any format
 *
 * The LoggerProvider has to be shut down after the MeterProvider, or it misses the end of the run.
 * NodeSDK does not wait: call `metrics.getMeterProvider().shutdown()` before `sdk.shutdown()`.
 */
export class LoggerMetricExporter extends EmissionsExporter {
  readonly #live: boolean;
  readonly #sinks: readonly ((record: EmissionsRecord) => Promise<void>)[];
  readonly #provider: LoggerProvider | undefined | false;
  #wasHeard: boolean;

  /** @throws ConfigurationError for an unknown option, a value that is not allowed, or nowhere to write */
  constructor(options: LoggerMetricExporterOptions = {}) {
    super({ name: 'logger' });
    const settings = settingsFor('logger', options, ['logger', 'loggerProvider']);
    const { logger = globalThis.console, loggerProvider } = options;
    if (logger === false && loggerProvider === false) throw nowhere();
    this.#live = settings.live;
    this.#provider = loggerProvider;
    this.#sinks = [
      ...(logger === false ? [] : [deliverOnce('the logger', loggerSink(logger, settings))]),
      ...(loggerProvider === false
        ? []
        : [deliverOnce('the LoggerProvider', openTelemetrySink(loggerProvider, settings))]),
    ];
    this.#wasHeard = this.#isHeard();
  }

  protected override async write(record: EmissionsRecord, { final }: WriteContext): Promise<void> {
    this.#noteSilence();
    if (!final && !this.#live) return;
    const results = await Promise.allSettled(this.#sinks.map((deliver) => deliver(record)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #isHeard(): boolean {
    if (this.#provider === false) return false;
    try {
      return isHeard(this.#provider);
    } catch {
      return false;
    }
  }

  #noteSilence(): void {
    const isHeardNow = this.#isHeard();
    if (this.#wasHeard && !isHeardNow) this.warnOnce('silence', SILENCE);
    this.#wasHeard ||= isHeardNow;
  }
}

const SILENCE =
  'the LoggerProvider was shut down before the metrics were, so it misses the end of the run: shut the MeterProvider down first (with NodeSDK: metrics.getMeterProvider().shutdown() before sdk.shutdown())';

const nowhere = (): ConfigurationError =>
  new ConfigurationError(
    'logger',
    'logger: false, and loggerProvider too: there is nowhere to write; give one of them.',
  );
