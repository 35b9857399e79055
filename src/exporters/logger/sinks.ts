import { type LoggerProvider, logs } from '@opentelemetry/api-logs';
import type { Settings } from '../../options/index.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { SCOPE_NAME } from '../../semconv.ts';
import { VERSION } from '../../version.ts';
import { isGoogleCloudLog, isPino, methodFor, toMethods } from './methods.ts';
import {
  EVENT_NAME,
  googleSeverity,
  toFields,
  toGoogleLine,
  toLine,
  toLogRecord,
  toPayload,
  toSentence,
} from './serialize.ts';

export type { GoogleCloudLog, InfoLogger } from './methods.ts';

/** Takes a record; what it throws or rejects with is a failure. */
export type Sink = (record: EmissionsRecord) => unknown;

export type SinkSettings = Settings<'logger'>;

/**
 * Writes to a logger in the format that the settings name.
 * @throws ConfigurationError for what is no logger, or has no method for the level
 */
export function loggerSink(logger: unknown, settings: SinkSettings): Sink {
  const { loggerLevel: level, loggerFormat: format, loggerPreamble: preamble } = settings;
  const methods = toMethods(logger);
  if (isGoogleCloudLog(methods)) {
    const { entry, write } = methods;
    return (record) => {
      const severity = googleSeverity(level);
      const data = toPayload(record, preamble);
      return write.call(logger, entry.call(logger, { severity }, data));
    };
  }
  const log = methodFor(methods, level).bind(logger);
  if (format === 'json') return (record) => log(toLine(record, preamble));
  if (format === 'google-cloud') return (record) => log(toGoogleLine(record, level, preamble));
  return isPino(methods)
    ? (record) => log(toFields(record), toSentence(record, preamble))
    : (record) => log(toPayload(record, preamble));
}

/** Emits log records through a LoggerProvider: the given one, or the global one where one is set by then. */
export function openTelemetrySink(given: LoggerProvider | undefined, settings: SinkSettings): Sink {
  const { loggerLevel, loggerPreamble } = settings;
  return (record) => loggerOf(given).emit(toLogRecord(record, loggerLevel, loggerPreamble));
}

/** Whether a log record would go anywhere: false without a provider, or when it was shut down. */
export function isHeard(given: LoggerProvider | undefined): boolean {
  const logger = loggerOf(given);
  // Older lines of the API have no such method.
  return typeof logger.enabled !== 'function' || logger.enabled({ eventName: EVENT_NAME });
}

const loggerOf = (given: LoggerProvider | undefined) =>
  (given ?? logs.getLoggerProvider()).getLogger(SCOPE_NAME, VERSION);
