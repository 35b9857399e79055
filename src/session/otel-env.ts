import { getBooleanFromEnv, getNumberFromEnv, getStringListFromEnv } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';

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

/** Reads `OTEL_*`; a value that is no number is warned about by the SDK and counts as not set. */
export function readOtelSettings(): OtelSettings {
  const exportIntervalMillis = positive('OTEL_METRIC_EXPORT_INTERVAL') ?? EXPORT_INTERVAL_MILLIS;
  const timeout = positive('OTEL_METRIC_EXPORT_TIMEOUT') ?? EXPORT_TIMEOUT_MILLIS;
  const scraped = getStringListFromEnv('OTEL_METRICS_EXPORTER')?.includes('prometheus') === true;
  return {
    disabled: getBooleanFromEnv('OTEL_SDK_DISABLED') === true,
    exportIntervalMillis,
    // A reader refuses a time-out longer than its interval.
    exportTimeoutMillis: Math.min(timeout, exportIntervalMillis),
    prometheusPort:
      positive('OTEL_EXPORTER_PROMETHEUS_PORT') ?? (scraped ? PROMETHEUS_PORT : undefined),
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

function positive(name: string): number | undefined {
  const value = getNumberFromEnv(name);
  return value !== undefined && value > 0 ? value : undefined;
}
