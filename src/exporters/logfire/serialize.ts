import {
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

type Resource = ResourceMetrics['resource'];

/**
 * What of a collection can be sent: numbers that JSON has no word for (NaN, the infinite ones) are left
 * out, and metrics without points; undefined when nothing remains. Its input stays as it is.
 */
export function sendable(metrics: ResourceMetrics): ResourceMetrics | undefined {
  const scopeMetrics = metrics.scopeMetrics
    .map((scope) => ({ ...scope, metrics: scope.metrics.map(withFinitePoints) }))
    .map((scope) => ({ ...scope, metrics: scope.metrics.filter(hasPoints) }))
    .filter((scope) => scope.metrics.length > 0);
  return scopeMetrics.length === 0
    ? undefined
    : { resource: readable(metrics.resource), scopeMetrics };
}

/** A resource puts its attributes in order when it is first asked for them, which a frozen one cannot. */
function readable(resource: Resource): Resource {
  if (!Object.isFrozen(resource)) return resource;
  return Object.assign(Object.create(Object.getPrototypeOf(resource)), resource);
}

const hasPoints = ({ dataPoints }: MetricData): boolean => dataPoints.length > 0;

function withFinitePoints(metric: MetricData): MetricData {
  if (!isOfNumbers(metric) || metric.dataPoints.every(isFinitePoint)) return metric;
  return { ...metric, dataPoints: metric.dataPoints.filter(isFinitePoint) };
}

const isFinitePoint = ({ value }: DataPoint<number>): boolean => Number.isFinite(value);

const isOfNumbers = (
  metric: MetricData,
): metric is Extract<MetricData, { dataPointType: DataPointType.SUM | DataPointType.GAUGE }> =>
  metric.dataPointType === DataPointType.SUM || metric.dataPointType === DataPointType.GAUGE;
