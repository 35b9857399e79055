import { type LoggerProvider, logs } from '@opentelemetry/api-logs';
import { badValue, ConfigurationError } from '../../errors.ts';
import type { Settings } from '../../options.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { SCOPE_NAME } from '../../semconv.ts';
import { VERSION } from '../../version.ts';
import {
  EVENT_NAME,
  googleSeverity,
  type Level,
  toFields,
  toGoogleLine,
  toLine,
  toLogRecord,
  toPayload,
  toSentence,
} from './serialize.ts';

/** Any logger with `info`: console, pino, winston, bunyan, consola … */
export interface InfoLogger {
  info(...args: never[]): unknown;
}

/** A `Log` or `LogSync` of `@google-cloud/logging`. */
export interface GoogleCloudLog {
  entry(metadata: never, data: never): unknown;
  write(entry: never): unknown;
}

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

type Method = (...args: readonly unknown[]) => unknown;
type Methods = Readonly<Record<string, Method | undefined>>;

function toMethods(logger: unknown): Methods {
  const isSomething =
    (typeof logger === 'object' && logger !== null) || typeof logger === 'function';
  if (!isSomething) throw badValue('logger', logger, NEEDS);
  return logger as Methods;
}

const NEEDS = 'a logger with a method info, a log of Google Cloud Logging, or false for none';

const isGoogleCloudLog = (
  methods: Methods,
): methods is Methods & { readonly entry: Method; readonly write: Method } =>
  typeof methods.entry === 'function' && typeof methods.write === 'function';

/** pino takes (fields, message); all others that were tried take one object with a `message`. */
const isPino = (methods: Methods): boolean => typeof methods.bindings === 'function';

/** What the loggers call their levels; console, pino and npm's or syslog's levels of winston. */
const NAMES: Readonly<Record<Level, readonly string[]>> = {
  debug: ['debug'],
  info: ['info'],
  warning: ['warn', 'warning'],
  error: ['error'],
  critical: ['fatal', 'crit', 'critical', 'error'],
};

function methodFor(methods: Methods, level: Level): Method {
  const found = NAMES[level].map((name) => methods[name]).find((one) => typeof one === 'function');
  if (found !== undefined) return found;
  if (level === 'info')
    throw new ConfigurationError('logger', `logger: it has no method info; allowed: ${NEEDS}.`);
  const known = Object.keys(NAMES) as Level[];
  const has = known.filter((other) =>
    NAMES[other].some((name) => typeof methods[name] === 'function'),
  );
  throw badValue('loggerLevel', level, `the levels that the logger has: ${has.join(', ')}`);
}
