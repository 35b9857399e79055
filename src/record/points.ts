import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { ATTR_PROJECT_NAME, ATTR_SCOPE } from '../semconv.ts';

/** One number of a counter or gauge. */
export interface Point {
  readonly attributes: Attributes;
  readonly value: number;
  readonly endTime: HrTime;
}

/** Whose points are meant. */
export interface Owner {
  readonly projectName: string;
  readonly scope: string;
}

/** The counters and gauges of one instrumentation scope by name; histograms are not ours. */
export interface ScopeData {
  readonly scopeName: string;
  points(name: string): readonly Point[];
  /** Names of the sums that carry differences instead of totals. */
  readonly deltas: readonly string[];
}

/** Sorts what one collection delivered by scope and metric name. Nothing in it is changed. */
export function readScopes(metrics: ResourceMetrics): readonly ScopeData[] {
  return metrics.scopeMetrics.map(({ scope, metrics: all }) => {
    const numbers = all.filter(carriesNumbers);
    const byName = new Map<string, readonly Point[]>();
    for (const { descriptor, dataPoints } of numbers) {
      const before = byName.get(descriptor.name) ?? [];
      byName.set(descriptor.name, [...before, ...(dataPoints as readonly Point[])]);
    }
    return {
      scopeName: scope.name,
      points: (name) => byName.get(name) ?? [],
      deltas: numbers.filter(isDelta).map(({ descriptor }) => descriptor.name),
    };
  });
}

const carriesNumbers = ({ dataPointType }: MetricData): boolean =>
  dataPointType === DataPointType.SUM || dataPointType === DataPointType.GAUGE;

const isDelta = (metric: MetricData): boolean =>
  metric.dataPointType === DataPointType.SUM &&
  metric.aggregationTemporality === AggregationTemporality.DELTA;

/** The points that say they are the owner's, or else those that do not say whose they are. */
export function ownedBy(owner: Owner, points: readonly Point[]): readonly Point[] {
  const own = points.filter(
    ({ attributes }) =>
      attributes[ATTR_PROJECT_NAME] === owner.projectName && attributes[ATTR_SCOPE] === owner.scope,
  );
  if (own.length > 0) return own;
  return points.filter(
    ({ attributes }) =>
      attributes[ATTR_PROJECT_NAME] === undefined && attributes[ATTR_SCOPE] === undefined,
  );
}

/** Sum of the values; undefined when there is none, or when one of them is not a number. */
export function total(points: readonly Point[]): number | undefined {
  if (points.length === 0) return undefined;
  const sum = points.reduce((subtotal, { value }) => subtotal + value, 0);
  return Number.isFinite(sum) ? sum : undefined;
}
