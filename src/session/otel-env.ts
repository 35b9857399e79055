import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { diagLogger } from '../diag.ts';
import { OPTIONS } from '../options/index.ts';
import { isSdkDisabled } from '../otel.ts';

const log = diagLogger();

/** What the variables of OpenTelemetry say to a program that builds its own provider. */
export interface OtelSettings {
  readonly disabled: boolean;
  readonly exportIntervalMillis: number;
  readonly exportTimeoutMillis: number;
  /** Set when a scrape is asked for by variable. */
  readonly prometheusPort: number | undefined;
  readonly prometheusHost: string | undefined;
}

/** A row of a run that is killed is this old at most. */
const EXPORT_INTERVAL_MILLIS = 10_000;
/** Default of OpenTelemetry. */
const EXPORT_TIMEOUT_MILLIS = 30_000;
/** Default of OpenTelemetry. */
const PROMETHEUS_PORT = 9464;
const SERVICE_NAME = 'codecarbon-otel';

/** Reads `OTEL_*`. */
export function readOtelSettings(): OtelSettings {
  const exportIntervalMillis = millis('OTEL_METRIC_EXPORT_INTERVAL') ?? EXPORT_INTERVAL_MILLIS;
  const timeout = millis('OTEL_METRIC_EXPORT_TIMEOUT') ?? EXPORT_TIMEOUT_MILLIS;
  const scraped = wordsOf('OTEL_METRICS_EXPORTER').includes('prometheus');
  return {
    disabled: isSdkDisabled(),
    exportIntervalMillis,
    // A reader refuses a time-out longer than its interval.
    exportTimeoutMillis: Math.min(timeout, exportIntervalMillis),
    prometheusPort:
      port('OTEL_EXPORTER_PROMETHEUS_PORT') ?? (scraped ? PROMETHEUS_PORT : undefined),
    prometheusHost: process.env.OTEL_EXPORTER_PROMETHEUS_HOST || undefined,
  };
}

/** The resource: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` above our own name. */
export function readResource(): Resource {
  const own = resourceFromAttributes({ 'service.name': SERVICE_NAME });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}

const wordsOf = (name: string): readonly string[] =>
  (process.env[name] ?? '').split(',').map((word) => word.trim());

/** A timer of Node fires at once when it is asked to wait for longer (Node.js documentation, `setTimeout`). */
const LONGEST_TIMER_MILLIS = 2 ** 31 - 1;

function millis(name: string): number | undefined {
  const value = numberOf(name, 'number above 0', (found) => found > 0);
  if (value === undefined || value <= LONGEST_TIMER_MILLIS) return value;
  log.warn(`${name}: ${value} ms is longer than a timer can wait; ${LONGEST_TIMER_MILLIS} is used`);
  return LONGEST_TIMER_MILLIS;
}

const port = (name: string): number | undefined =>
  numberOf(name, 'port from 1 to 65535', (found) => OPTIONS.prometheusPort.parse(found) === found);

/** What is not valid is warned about and counts as not set, as the specification asks. */
function numberOf(
  name: string,
  allowed: string,
  fits: (value: number) => boolean,
): number | undefined {
  const text = process.env[name]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && fits(value)) return value;
  log.warn(`${name}: ${JSON.stringify(text)} is no ${allowed}; it is ignored`);
  return undefined;
}
