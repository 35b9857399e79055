import type { ExportResult } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { EXPORT_SUCCESS } from '../otel.ts';

/** Passes every export on to several outputs, and keeps it: a summary is made from the very figures that were written. */
export interface FanOut extends PushMetricExporter {
  readonly last: ResourceMetrics | undefined;
  /** Outputs that do not have the last figures, each with the reason. */
  readonly failures: ReadonlyMap<PushMetricExporter, Error>;
}

/**
 * One exporter for outputs that want the same temporality: that of the first. It answers at once: an output
 * that is slow holds up no other, and has a queue of its own. `onFailure` hears of a failure when it is a
 * new one, unless the output has logged it itself, as those of this package do at a flush and at the end.
 */
export function fanOut(
  outputs: readonly PushMetricExporter[],
  onFailure: (error: Error) => void,
): FanOut {
  let last: ResourceMetrics | undefined;
  const failures = new Map<PushMetricExporter, Error>();
  const note = (output: PushMetricExporter, error: Error | undefined): void => {
    const isNew = error !== undefined && error.message !== failures.get(output)?.message;
    if (error === undefined) failures.delete(output);
    else failures.set(output, error);
    if (error !== undefined && isNew) onFailure(error);
  };
  /** A flush and a shutdown answer nothing: the output's own state tells, or what it rejects with. */
  const settle = async (output: PushMetricExporter, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      note(output, toError(error));
      return;
    }
    if (!tellsFailure(output)) return;
    if (output.lastFailure === undefined) failures.delete(output);
    else failures.set(output, output.lastFailure);
  };
  return {
    get last() {
      return last;
    },
    failures,
    export(metrics, callback) {
      last = metrics;
      for (const output of outputs) void exportTo(output, metrics).then((e) => note(output, e));
      callback({ code: EXPORT_SUCCESS });
    },
    selectAggregationTemporality: (type) =>
      outputs[0]?.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE,
    async forceFlush() {
      await Promise.all(outputs.map((output) => settle(output, () => output.forceFlush())));
    },
    async shutdown() {
      await Promise.all(outputs.map((output) => settle(output, () => output.shutdown())));
    },
  };
}

interface TellsFailure extends PushMetricExporter {
  readonly lastFailure: Error | undefined;
}

const tellsFailure = (output: PushMetricExporter): output is TellsFailure =>
  'lastFailure' in output;

function exportTo(
  output: PushMetricExporter,
  metrics: ResourceMetrics,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    try {
      output.export(metrics, ({ code, error }: ExportResult) => {
        const isWritten = code === EXPORT_SUCCESS;
        resolve(isWritten ? undefined : (error ?? new Error('the export failed')));
      });
    } catch (error) {
      resolve(toError(error));
    }
  });
}

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
