import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';

type AnyPoint = MetricData['dataPoints'][number];

/**
 * Two collections of one reader, one after the other, as if it had collected once: deltas are added up, of
 * everything else the newer value counts. (Exponential histograms have no common buckets: the newer one.)
 */
export function fold(older: ResourceMetrics, newer: ResourceMetrics): ResourceMetrics {
  const scopeMetrics = merge(older.scopeMetrics, newer.scopeMetrics, scopeKey, foldScopes);
  return { resource: newer.resource, scopeMetrics };
}

/** Both lists, where elements with the same key become one. */
function merge<Element>(
  older: readonly Element[],
  newer: readonly Element[],
  keyOf: (element: Element) => string,
  join: (older: Element, newer: Element) => Element,
): Element[] {
  const joined = new Map(older.map((element) => [keyOf(element), element]));
  for (const element of newer) {
    const before = joined.get(keyOf(element));
    joined.set(keyOf(element), before === undefined ? element : join(before, element));
  }
  return [...joined.values()];
}

const scopeKey = ({ scope }: ScopeMetrics): string =>
  JSON.stringify([scope.name, scope.version, scope.schemaUrl]);

const foldScopes = (older: ScopeMetrics, newer: ScopeMetrics): ScopeMetrics => ({
  scope: newer.scope,
  metrics: merge(older.metrics, newer.metrics, metricKey, foldMetrics),
});

const metricKey = ({ descriptor, dataPointType, aggregationTemporality }: MetricData): string =>
  JSON.stringify([descriptor.name, descriptor.unit, dataPointType, aggregationTemporality]);

function foldMetrics(older: MetricData, newer: MetricData): MetricData {
  const join = joinOf(newer);
  // The key holds the type of the points, so those of both are the same.
  const dataPoints = merge<AnyPoint>(older.dataPoints, newer.dataPoints, pointKey, join as Join);
  return { ...newer, dataPoints } as MetricData;
}

const pointKey = ({ attributes }: AnyPoint): string =>
  JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));

type Join<Point extends AnyPoint = AnyPoint> = (older: Point, newer: Point) => Point;

function joinOf({ dataPointType, aggregationTemporality }: MetricData): unknown {
  if (aggregationTemporality !== AggregationTemporality.DELTA) return newest;
  if (dataPointType === DataPointType.SUM) return addNumbers;
  return dataPointType === DataPointType.HISTOGRAM ? addHistograms : newest;
}

const newest: Join = (_older, newer) => newer;

const addNumbers: Join<DataPoint<number>> = (older, newer) => ({
  ...newer,
  startTime: older.startTime,
  value: older.value + newer.value,
});

const addHistograms: Join<DataPoint<Histogram>> = (older, newer) => {
  const [a, b] = [older.value, newer.value];
  const same = a.buckets.boundaries.join() === b.buckets.boundaries.join();
  if (!same) return newer;
  const counts = b.buckets.counts.map((count, at) => count + (a.buckets.counts[at] ?? 0));
  const value: Histogram = {
    buckets: { boundaries: b.buckets.boundaries, counts },
    count: a.count + b.count,
    ...bounds(a, b),
  };
  return { ...newer, startTime: older.startTime, value };
};

/** What a histogram of only positive values knows beside its buckets. */
function bounds(a: Histogram, b: Histogram): Pick<Histogram, 'sum' | 'min' | 'max'> {
  return {
    ...(a.sum !== undefined && b.sum !== undefined && { sum: a.sum + b.sum }),
    ...(a.min !== undefined && b.min !== undefined && { min: Math.min(a.min, b.min) }),
    ...(a.max !== undefined && b.max !== undefined && { max: Math.max(a.max, b.max) }),
  };
}
