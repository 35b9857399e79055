import { type ExporterConfig, PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import {
  type Derive,
  deriveFor,
  type EmissionsReaderOptions,
  readerSettings,
  sdkOptions,
} from './reader/index.ts';

/** Options of `PrometheusExporter` in SDK 2 and 3. */
const PROMETHEUS = [
  'prefix',
  'appendTimestamp',
  'endpoint',
  'host',
  'port',
  'preventServerStart',
  'metricProducers',
  'withResourceConstantLabels',
  'withoutScopeInfo',
  'withoutTargetInfo',
] as const satisfies readonly (keyof ExporterConfig)[];

/** Options of `EmissionsPrometheusExporter`: the SDK's own and ours. */
export type EmissionsPrometheusExporterOptions = ExporterConfig & EmissionsReaderOptions;

/**
 * Serves all metrics for Prometheus, emissions among them. Port 9464 and this machine only, unless
 * `host`, `port`, `OTEL_EXPORTER_PROMETHEUS_HOST` or `OTEL_EXPORTER_PROMETHEUS_PORT` say otherwise.
 */
export class EmissionsPrometheusExporter extends PrometheusExporter {
  readonly #derive: Derive;

  /** @throws ConfigurationError for an option that is not valid */
  constructor(
    options: EmissionsPrometheusExporterOptions = {},
    callback?: ConstructorParameters<typeof PrometheusExporter>[1],
  ) {
    const settings = readerSettings(options, PROMETHEUS);
    super({ ...sdkOptions(options), ...address(options) }, callback);
    this.#derive = deriveFor(this, settings);
  }

  override async collect(
    ...options: Parameters<PrometheusExporter['collect']>
  ): Promise<CollectionResult> {
    return this.#derive(await super.collect(...options));
  }
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9464;

/** Said outright: SDK 2 listens on all interfaces by default, SDK 3 does not read the variables. */
function address({ host, port }: ExporterConfig): { host: string; port: number } {
  const { OTEL_EXPORTER_PROMETHEUS_HOST, OTEL_EXPORTER_PROMETHEUS_PORT } = process.env;
  return {
    host: host || OTEL_EXPORTER_PROMETHEUS_HOST || DEFAULT_HOST,
    port: port || Number(OTEL_EXPORTER_PROMETHEUS_PORT) || DEFAULT_PORT,
  };
}
