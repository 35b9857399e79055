import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { ATTR_SCOPE, type Scope } from '../semconv.ts';

/** One point of a metric. */
export interface Point {
  readonly value: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const OURS: Scope = 'machine';

/** The points of a metric, by name. */
export function pointsOf({ scopeMetrics }: ResourceMetrics, name: string): readonly Point[] {
  const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
  const found = metrics.filter(({ descriptor }) => descriptor.name === name);
  return found.flatMap(({ dataPoints }) =>
    dataPoints.flatMap(({ value, attributes }) =>
      typeof value === 'number' && (attributes[ATTR_SCOPE] ?? OURS) === OURS
        ? [{ value, attributes }]
        : [],
    ),
  );
}

/** The sum of a metric's points; undefined when it has none. */
export function sumOf(metrics: ResourceMetrics, name: string): number | undefined {
  const points = pointsOf(metrics, name);
  if (points.length === 0) return undefined;
  return points.reduce((sum, { value }) => sum + value, 0);
}
