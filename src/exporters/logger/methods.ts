import { badValue, ConfigurationError } from '../../errors.ts';
import type { Level } from './serialize.ts';

/** Any logger with `info`: console, pino, winston, bunyan, consola … */
export interface InfoLogger {
  info(...args: never[]): unknown;
}

/** A `Log` or `LogSync` of `@google-cloud/logging`. */
export interface GoogleCloudLog {
  entry(metadata: never, data: never): unknown;
  write(entry: never): unknown;
}

/** @throws ConfigurationError for what is no logger, or has no method for the level */
export function checkLogger(logger: unknown, level: Level): void {
  const methods = toMethods(logger);
  if (!isGoogleCloudLog(methods)) methodFor(methods, level);
}

type Method = (...args: readonly unknown[]) => unknown;
export type Methods = Readonly<Record<string, Method | undefined>>;

/** What a logger offers. @throws ConfigurationError for what is no logger */
export function toMethods(logger: unknown): Methods {
  const isSomething =
    (typeof logger === 'object' && logger !== null) || typeof logger === 'function';
  if (!isSomething) throw badValue('logger', logger, NEEDS);
  return logger as Methods;
}

const NEEDS = 'a logger with a method info, a log of Google Cloud Logging, or false for none';

export const isGoogleCloudLog = (
  methods: Methods,
): methods is Methods & { readonly entry: Method; readonly write: Method } =>
  typeof methods.entry === 'function' && typeof methods.write === 'function';

/** pino takes (fields, message); all others that were tried take one object with a `message`. */
export const isPino = (methods: Methods): boolean => typeof methods.bindings === 'function';

/** What the loggers call their levels; console, pino and npm's or syslog's levels of winston. */
const NAMES: Readonly<Record<Level, readonly string[]>> = {
  debug: ['debug'],
  info: ['info'],
  warning: ['warn', 'warning'],
  error: ['error'],
  critical: ['fatal', 'crit', 'critical', 'error'],
};

/** The method for a level. @throws ConfigurationError when the logger has none */
export function methodFor(methods: Methods, level: Level): Method {
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
