import type { ExportResult } from '@opentelemetry/core';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { EXPORT_SUCCESS } from '../otel.ts';

/**
 * An exporter whose failures the SDK logs once as long as they are the same: a periodic reader says one at
 * every interval, for as long as a server is down. The exporter itself, and whoever asks it, tells all.
 */
export function sayOnce<Exporter extends PushMetricExporter>(exporter: Exporter): Exporter {
  let said: string | undefined;
  const quiet: PushMetricExporter['export'] = (metrics, resultCallback) =>
    exporter.export(metrics, (result: ExportResult) => {
      const failure = failureOf(result);
      const isSaid = failure !== undefined && failure === said;
      said = failure;
      resultCallback(isSaid ? { code: EXPORT_SUCCESS } : result);
    });
  return new Proxy(exporter, {
    get(target, name) {
      if (name === 'export') return quiet;
      // Bound: a private field is the exporter's own, not the proxy's.
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const failureOf = ({ code, error }: ExportResult): string | undefined =>
  code === EXPORT_SUCCESS ? undefined : (error?.message ?? 'unknown');
