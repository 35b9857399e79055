import type { ExportResult } from '@opentelemetry/core';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { type RunGiven, runMetrics } from './run-metrics.ts';

/** What a collection of these runs gives, exported once. */
export const exportTo = (
  exporter: PushMetricExporter,
  ...runs: readonly RunGiven[]
): Promise<ExportResult> => new Promise((resolve) => exporter.export(runMetrics(runs), resolve));
