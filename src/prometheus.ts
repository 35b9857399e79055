import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ExporterConfig,
  PrometheusExporter,
  PrometheusSerializer,
} from '@opentelemetry/exporter-prometheus';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { diagLogger } from './diag.ts';
import { addressOf } from './prometheus/address.ts';
import { scrapeHandler } from './prometheus/answer.ts';
import { type Listener, listenerOn } from './prometheus/listener.ts';
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

type Callback = NonNullable<ConstructorParameters<typeof PrometheusExporter>[1]>;

/** Options of `EmissionsPrometheusExporter`: the SDK's own and ours. */
export type EmissionsPrometheusExporterOptions = ExporterConfig & EmissionsReaderOptions;

/**
 * Serves all metrics for Prometheus, emissions among them. Port 9464 and this machine only, unless
 * `host`, `port`, `OTEL_EXPORTER_PROMETHEUS_HOST` or `OTEL_EXPORTER_PROMETHEUS_PORT` say otherwise; port 0
 * is any free one, which `url` then names. It is the SDK's exporter with a server of its own, which says by
 * its status when a collection fails, and does not wait for ever.
 */
export class EmissionsPrometheusExporter extends PrometheusExporter {
  readonly #derive: Derive;
  readonly #answer: ReturnType<typeof scrapeHandler>;
  readonly #listener: Listener;
  readonly #endpoint: string;

  /**
   * @param callback called when the server listens, or with the error why it cannot; with
   * `preventServerStart` at once
   * @throws ConfigurationError for an option that is not valid
   */
  constructor(options: EmissionsPrometheusExporterOptions = {}, callback: Callback = () => {}) {
    const settings = readerSettings(options, PROMETHEUS);
    const address = addressOf(options);
    super({ ...sdkOptions(options), ...address, preventServerStart: true });
    this.#derive = deriveFor(this, settings);
    this.#endpoint = (options.endpoint || '/metrics').replace(/^(?!\/)/, '/');
    const serializer = serializerFor(options);
    this.#answer = scrapeHandler({
      collect: (given) => this.collect(given),
      serialize: (metrics) => serializer.serialize(metrics),
    });
    this.#listener = listenerOn(address, (request, response) => this.#route(request, response));
    const ready = options.preventServerStart === true ? Promise.resolve() : this.startServer();
    tell(ready, callback);
  }

  /** Where the metrics are served, for example `http://127.0.0.1:9464/metrics`; undefined while they are not. */
  get url(): string | undefined {
    const origin = this.#listener.origin();
    return origin === undefined ? undefined : origin + this.#endpoint;
  }

  override async collect(
    ...options: Parameters<PrometheusExporter['collect']>
  ): Promise<CollectionResult> {
    return this.#derive(await super.collect(...options));
  }

  /** Starts the server, unless it runs. Rejects with an error that names host, port and what to do. */
  override startServer(): Promise<void> {
    return this.#listener.start();
  }

  /** Stops the server; answers under way may end first. */
  override stopServer(): Promise<void> {
    return this.#listener.stop();
  }

  /** For a server of one's own: answers a request of any path with the current metrics. */
  override getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    void this.#answer(request, response);
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const [path] = (request.url ?? '').split('?');
    if (path !== this.#endpoint) response.writeHead(404).end();
    else if (request.method === 'GET' || request.method === 'HEAD') {
      this.getMetricsRequestHandler(request, response);
    } else response.writeHead(405, { allow: 'GET, HEAD' }).end();
  }
}

function serializerFor(options: ExporterConfig): PrometheusSerializer {
  return new PrometheusSerializer(
    options.prefix,
    options.appendTimestamp,
    options.withResourceConstantLabels,
    options.withoutTargetInfo,
    options.withoutScopeInfo,
  );
}

/** Nothing here may end the program: not the error, and not what the callback makes of it. */
function tell(ready: Promise<void>, callback: Callback): void {
  const log = diagLogger();
  ready
    .then(
      () => callback(),
      (error: Error) => {
        log.error(error.message);
        callback(error);
      },
    )
    .catch((error: unknown) =>
      log.error('the callback of EmissionsPrometheusExporter threw', error),
    );
}
