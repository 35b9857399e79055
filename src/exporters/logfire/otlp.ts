import type { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExportResult } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { openAgent } from '../../http/agents.ts';
import { EXPORT_FAILED, EXPORT_SUCCESS } from '../../otel.ts';
import type { Destination } from './destination.ts';
import { answered, unwritable } from './failure.ts';

/** The way of metrics to Logfire: OTLP over HTTP, in JSON, compressed. */
export interface Sender {
  /** @throws LogfireFailure, ready to be shown to a person */
  send(metrics: ResourceMetrics): Promise<void>;
  close(): Promise<void>;
}

/** Metrics are posted to this address. */
const metricsUrl = ({ baseUrl }: Pick<Destination, 'baseUrl'>): string => `${baseUrl}/v1/metrics`;

/**
 * For one export, its further tries included (429, 502, 503, 504, connection errors). The timers of the
 * OTLP exporter hold the process and cannot be stopped: it is also what a bad server costs a program's end.
 */
const TIMEOUT_MILLIS = 5000;
/** The OTLP exporter counts from the last sign of life: a server that trickles would hold it for ever. */
const LONGEST_MILLIS = 6000;
const LONGEST_CLOSE_MILLIS = 1000;
const UNHELD = { ref: false };

/** Loads the OTLP exporter of OpenTelemetry and points it at Logfire. */
export async function openSender(
  destination: Destination,
  timeoutMillis: number = TIMEOUT_MILLIS,
): Promise<Sender> {
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
  const url = metricsUrl(destination);
  const agents = new Set<Agent>();
  const httpAgentOptions = async (): Promise<Agent> => {
    const agent = await openAgent(new URL(url));
    agents.add(agent);
    return agent;
  };
  const hangUp = (): void => {
    for (const agent of agents) agent.destroy();
  };
  const exporter = withoutForeignSettings(
    () =>
      new OTLPMetricExporter({
        url,
        headers: { Authorization: destination.token },
        compression: GZIP,
        timeoutMillis,
        httpAgentOptions,
      }),
  );
  return {
    async send(metrics) {
      const longest = timeoutMillis + (LONGEST_MILLIS - TIMEOUT_MILLIS);
      const { code, error } = await withinTime(exported(exporter, metrics), longest, hangUp);
      if (code !== EXPORT_SUCCESS) throw answered(destination, url, error);
    },
    async close() {
      hangUp();
      // Older OTLP exporters keep their connections to themselves: one that does not end is left behind.
      await Promise.race([exporter.shutdown(), pause(LONGEST_CLOSE_MILLIS, undefined, UNHELD)]);
    },
  };
}

/** `CompressionAlgorithm.GZIP`; the enum is in a package that is not ours to import. */
const GZIP = 'gzip' as never;

const FOREIGN = 'OTEL_EXPORTER_OTLP_';

/**
 * Makes an OTLP exporter that knows nothing of `OTEL_EXPORTER_OTLP_*`. Those variables are for the user's
 * own back end; every OTLP exporter adds their headers (an API key of another vendor), compression and
 * certificates to its own, without a way to decline. It reads them in its constructor, in every version
 * from 0.200 on, so `process.env` is another object for that moment. Nothing else can run in it, and the
 * environment itself is not touched, which worker threads and native code may read.
 */
function withoutForeignSettings<Made>(make: () => Made): Made {
  const own = process.env;
  const kept = Object.entries(own).filter(([name]) => !name.toUpperCase().startsWith(FOREIGN));
  process.env = Object.fromEntries(kept);
  try {
    return make();
  } finally {
    process.env = own;
  }
}

async function exported(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
): Promise<ExportResult> {
  return new Promise((resolve, reject) => {
    try {
      exporter.export(metrics, resolve);
    } catch (error) {
      reject(unwritable(error));
    }
  });
}

async function withinTime(
  result: Promise<ExportResult>,
  longest: number,
  hangUp: () => void,
): Promise<ExportResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ExportResult>((resolve) => {
    timer = setTimeout(() => {
      hangUp();
      resolve({ code: EXPORT_FAILED, error: new Error('Request timed out') });
    }, longest);
  });
  const first = await Promise.race([result, late]);
  clearTimeout(timer);
  return first;
}
