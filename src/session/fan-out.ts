import type { ExportResult } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { exportCounts } from '../export-counts.ts';
import { EXPORT_SUCCESS } from '../otel.ts';

/** Passes every export on to several outputs, and keeps it: a summary is made from the very figures that were written. */
export interface FanOut extends PushMetricExporter {
  readonly last: ResourceMetrics | undefined;
  /** Why an output does not have the last figures; undefined when all have. */
  readonly failure: Error | undefined;
}

/**
 * One exporter for the outputs of totals. It answers at once: an output that is slow holds up no other, and
 * has a queue of its own. `onFailure` hears of a failure when it is a new one.
 */
export function fanOut(
  outputs: readonly PushMetricExporter[],
  onFailure: (error: Error) => void,
): FanOut {
  let last: ResourceMetrics | undefined;
  let failure: Error | undefined;
  const failures = new Map<PushMetricExporter, string>();
  const note = (output: PushMetricExporter, error: Error | undefined): void => {
    if (error !== undefined && error.message !== failures.get(output)) onFailure(error);
    if (error === undefined) failures.delete(output);
    else failures.set(output, error.message);
    failure = error ?? failure;
    if (failures.size === 0) failure = undefined;
  };
  return {
    get last() {
      return last;
    },
    get failure() {
      return failure;
    },
    export(metrics, callback) {
      last = metrics;
      for (const output of outputs) void exportTo(output, metrics).then((e) => note(output, e));
      callback({ code: EXPORT_SUCCESS });
    },
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    async forceFlush() {
      await Promise.all(outputs.map((output) => output.forceFlush()));
      // An output tells a flush's failure to the log only; what it still holds back shows it.
      const holdsBack = exportCounts().some(({ pending }) => pending > 0);
      failure = holdsBack ? (failure ?? new Error('the last figures are not written')) : undefined;
    },
    async shutdown() {
      await Promise.all(outputs.map((output) => output.shutdown()));
    },
  };
}

function exportTo(
  output: PushMetricExporter,
  metrics: ResourceMetrics,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    output.export(metrics, ({ code, error }: ExportResult) => {
      const isWritten = code === EXPORT_SUCCESS;
      resolve(isWritten ? undefined : (error ?? new Error('the export failed')));
    });
  });
}
