import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { exportCounts } from '../export-counts.ts';

/** Keeps what is exported last, so that the summary is made from the very figures that were written. */
export interface Keeper extends PushMetricExporter {
  readonly last: ResourceMetrics | undefined;
  /** Why an output does not have the last figures; undefined when all have. */
  readonly failure: Error | undefined;
}

/**
 * One exporter that passes every export on to the outputs. `onFailure` hears of a failure when it is a new
 * one; the reader above does not, which would print it a second time.
 */
export function keepLast(
  outputs: readonly PushMetricExporter[],
  onFailure: (error: Error) => void,
): Keeper {
  let last: ResourceMetrics | undefined;
  let failure: Error | undefined;
  const note = (error: Error | undefined): void => {
    if (error !== undefined && error.message !== failure?.message) onFailure(error);
    failure = error;
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
      void Promise.all(outputs.map((output) => exportTo(output, metrics))).then((errors) => {
        note(errors.find((error) => error !== undefined));
        callback({ code: ExportResultCode.SUCCESS });
      });
    },
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    async forceFlush() {
      await Promise.all(outputs.map((output) => output.forceFlush()));
      // An output tells a flush's failure to the log only; what it still holds back shows it.
      failure = holdsBack()
        ? (failure ?? new Error('the last figures are not written'))
        : undefined;
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
      const isWritten = code === ExportResultCode.SUCCESS;
      resolve(isWritten ? undefined : (error ?? new Error('the export failed')));
    });
  });
}

const holdsBack = (): boolean => exportCounts().some(({ pending }) => pending > 0);
