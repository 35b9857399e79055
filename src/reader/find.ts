import {
  type CollectionResult,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import { type Attributes, attributesKey } from '../emissions/index.ts';
import { ATTR_PROJECT_NAME, ATTR_SCOPE, DERIVED_METRICS, METRICS, SCOPE_NAME } from '../semconv.ts';

/** An energy counter, and the scope it was found in. */
export interface Found {
  readonly scopeMetrics: ScopeMetrics;
  readonly metric: SumMetricData;
  /** Whether this package measured it. */
  readonly own: boolean;
}

/** What one collection holds that emissions are derived from. */
export interface Contents {
  /** Somebody derived already: another wrapper, or the instrumentation itself. */
  readonly derived: boolean;
  readonly energy: readonly Found[];
  /** Attributes of `codecarbon_info`, one set per run. */
  readonly infos: readonly Attributes[];
  /** Whether our instrumentation is in it at all. */
  readonly hasOwnScope: boolean;
  /** Metrics under the wanted name that are no monotonic sum, or of another unit. */
  readonly unsuitable: readonly MetricData[];
}

/** Looks through a collection once; changes nothing. */
export function findContents(
  { resourceMetrics }: CollectionResult,
  energyMetric: string,
): Contents {
  const { scopeMetrics } = resourceMetrics;
  const own = scopeMetrics.filter(({ scope }) => scope.name === SCOPE_NAME);
  const named = scopeMetrics.flatMap((scope) => firstNamed(scope, energyMetric));
  return {
    derived: scopeMetrics.some((scope) => firstNamed(scope, DERIVED_METRICS.emissions.name)[0]),
    energy: named.flatMap(({ scopeMetrics, metric }) =>
      isEnergyCounter(metric) ? [{ scopeMetrics, metric, own: isOwn(scopeMetrics, metric) }] : [],
    ),
    infos: infosIn(own),
    hasOwnScope: own.length > 0,
    unsuitable: named.flatMap(({ metric }) => (isEnergyCounter(metric) ? [] : [metric])),
  };
}

/** Attributes of `codecarbon_info` in our own scopes, one set per run. */
export const infosIn = (own: readonly ScopeMetrics[]): readonly Attributes[] =>
  own
    .flatMap((scope) => firstNamed(scope, METRICS.info.name))
    .flatMap(({ metric }) => metric.dataPoints.map(({ attributes }) => attributes));

/** What tells series of different runs apart, as one text. */
export const seriesOf = ({
  [ATTR_PROJECT_NAME]: project,
  [ATTR_SCOPE]: scope,
}: Attributes): string => attributesKey({ project, scope });

/** The run that a point belongs to: the same project and scope, or the only run there is. */
export function infoFor(
  attributes: Attributes,
  infos: readonly Attributes[],
): Attributes | undefined {
  // Of runs that follow one another the last: the SDK repeats the facts of those that ended.
  const same = infos.findLast(
    (info) =>
      info[ATTR_PROJECT_NAME] === attributes[ATTR_PROJECT_NAME] &&
      info[ATTR_SCOPE] === attributes[ATTR_SCOPE],
  );
  if (same !== undefined || attributes[ATTR_SCOPE] !== undefined) return same;
  // A View has removed the attributes.
  return infos.length === 1 ? infos[0] : undefined;
}

/** One metric at most: two streams of one name in a scope would count the same energy twice. */
function firstNamed(
  scopeMetrics: ScopeMetrics,
  name: string,
): readonly { readonly scopeMetrics: ScopeMetrics; readonly metric: MetricData }[] {
  const metric = scopeMetrics.metrics.find(({ descriptor }) => descriptor.name === name);
  return metric === undefined ? [] : [{ scopeMetrics, metric }];
}

/** Units that are read; none at all is held to be kWh, as the option asks for. */
const UNITS = ['', '1', 'kwh', '{kwh}', 'kw.h', 'j'];

const isEnergyCounter = (metric: MetricData): metric is SumMetricData =>
  metric.dataPointType === DataPointType.SUM &&
  metric.isMonotonic &&
  UNITS.includes(metric.descriptor.unit.toLowerCase());

const isOwn = ({ scope }: ScopeMetrics, { descriptor }: MetricData): boolean =>
  scope.name === SCOPE_NAME && descriptor.name === METRICS.energyConsumed.name;
