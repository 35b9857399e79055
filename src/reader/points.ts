import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  InstrumentType,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { Costs, Entry } from '../emissions/index.ts';
import {
  ATTR_SOURCE,
  ATTR_YEAR,
  ATTR_ZONE,
  DERIVED_METRICS,
  type MetricDefinition,
} from '../semconv.ts';

/** The four derived metrics for the series of one energy counter, in its own temporality. */
export function derivedMetrics(
  entries: readonly Entry[],
  temporality: AggregationTemporality,
): readonly MetricData[] {
  const costsOf = ({ total, interval }: Entry): Costs =>
    temporality === AggregationTemporality.DELTA ? interval : total;
  const { emissions, emissionsRate, carbonIntensity, waterConsumed } = DERIVED_METRICS;
  return [
    counter(
      emissions,
      temporality,
      entries.map((entry) => costPoint(entry, costsOf(entry), 'emissions')),
    ),
    gauge(emissionsRate, temporality, entries.flatMap(ratePoint)),
    gauge(carbonIntensity, temporality, entries.map(intensityPoint)),
    counter(
      waterConsumed,
      temporality,
      entries.map((entry) => costPoint(entry, costsOf(entry), 'water')),
    ),
  ].filter(({ dataPoints }) => dataPoints.length > 0);
}

type Point = DataPoint<number>;

function costPoint({ attributes }: Entry, costs: Costs, which: 'emissions' | 'water'): Point {
  return point(attributes, costs, costs[which]);
}

function ratePoint({ attributes, interval, emissionsRate }: Entry): Point[] {
  return emissionsRate === undefined ? [] : [point(attributes, interval, emissionsRate)];
}

function intensityPoint({ attributes, interval, intensity }: Entry): Point {
  const { gramsPerKilowattHour, source, year, zone } = intensity;
  const origin = {
    ...attributes,
    [ATTR_SOURCE]: source,
    ...(year === undefined ? {} : { [ATTR_YEAR]: year }),
    ...(zone === undefined ? {} : { [ATTR_ZONE]: zone }),
  };
  return point(origin, interval, gramsPerKilowattHour);
}

function point(attributes: Entry['attributes'], time: Costs, value: number): Point {
  return {
    // A copy: who exports it may add to it.
    attributes: { ...attributes } as Point['attributes'],
    startTime: toHrTime(time.startMillis),
    endTime: toHrTime(time.endMillis),
    value,
  };
}

function counter(
  definition: MetricDefinition,
  aggregationTemporality: AggregationTemporality,
  dataPoints: Point[],
): MetricData {
  return {
    descriptor: descriptor(definition, InstrumentType.OBSERVABLE_COUNTER),
    aggregationTemporality,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints,
  };
}

function gauge(
  definition: MetricDefinition,
  aggregationTemporality: AggregationTemporality,
  dataPoints: Point[],
): MetricData {
  return {
    descriptor: descriptor(definition, InstrumentType.OBSERVABLE_GAUGE),
    aggregationTemporality,
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  };
}

/** Type and advice are not in the SDK's types, but in its own descriptors: exporters may read them. */
function descriptor({ name, description, unit }: MetricDefinition, type: InstrumentType) {
  return { name, description, unit, valueType: ValueType.DOUBLE, type, advice: {} };
}

/** Milliseconds since 1970 of a time of the SDK. */
export const toMillis = ([seconds, nanoseconds]: HrTime): number =>
  seconds * 1e3 + nanoseconds / 1e6;

function toHrTime(millis: number): HrTime {
  const seconds = Math.floor(millis / 1e3);
  return [seconds, Math.round((millis - seconds * 1e3) * 1e6)];
}
