import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { ConfigurationError } from '../errors.ts';

const METHODS = ['export', 'forceFlush', 'shutdown'] as const;

/** The option `outputHandlers`, which no type checks in JavaScript. @throws ConfigurationError for what is no exporter */
export function readHandlers(given: unknown): readonly PushMetricExporter[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw wrong('outputHandlers', 'not a list');
  for (const [index, handler] of given.entries()) {
    const missing = METHODS.filter((method) => typeof handler?.[method] !== 'function');
    if (missing.length === 0) continue;
    throw wrong(`outputHandlers[${index}]`, `not an exporter, it has no ${missing.join(', no ')}`);
  }
  return [...given];
}

const wrong = (where: string, what: string): ConfigurationError =>
  new ConfigurationError(
    'outputHandlers',
    `${where}: ${what}; allowed: a list of exporters, objects with ${METHODS.join(', ')}.`,
  );
