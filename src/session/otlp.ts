import type { ExportResult } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InstrumentType,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { EXPORT_FAILED } from '../otel.ts';

/**
 * The output `otlp`: OpenTelemetry's own exporter, with everything that `OTEL_EXPORTER_OTLP_*` say.
 * It is loaded when it is first used.
 */
export function otlpOutput(): PushMetricExporter {
  let loaded: Promise<PushMetricExporter> | undefined;
  const exporter = (): Promise<PushMetricExporter> => {
    loaded ??= load();
    return loaded;
  };
  return {
    export(metrics, callback) {
      exporter().then(
        (real) =>
          real.export(metrics, ({ code, error }) => callback(error ? failed(error) : { code })),
        (error) => callback(failed(error)),
      );
    },
    selectAggregationTemporality: temporality,
    forceFlush: async () => (await loaded)?.forceFlush(),
    shutdown: async () => (await loaded)?.shutdown(),
  };
}

async function load(): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
  return new OTLPMetricExporter();
}

function failed(cause: unknown): ExportResult {
  const why = cause instanceof Error ? cause.message : String(cause);
  return { code: EXPORT_FAILED, error: new Error(`otlp: ${why}`, { cause }) };
}

/** As the specification of OTLP exporters has it: `delta` and `lowmemory` want deltas of what only grows. */
function temporality(instrument: InstrumentType): AggregationTemporality {
  const wanted = process.env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE?.toLowerCase();
  if (wanted !== 'delta' && wanted !== 'lowmemory') return AggregationTemporality.CUMULATIVE;
  const keepsTotals =
    instrument === InstrumentType.UP_DOWN_COUNTER ||
    instrument === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER ||
    (wanted === 'lowmemory' && instrument === InstrumentType.OBSERVABLE_COUNTER);
  return keepsTotals ? AggregationTemporality.CUMULATIVE : AggregationTemporality.DELTA;
}
