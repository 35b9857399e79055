import {
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Attributes, knownSources, type TotalsSource } from '../emissions/index.ts';
import {
  ATTR_PROJECT_NAME,
  ATTR_RUN_ID,
  ATTR_SCOPE,
  HARDWARE_METRICS,
  METRICS,
  SCOPE_NAME,
} from '../semconv.ts';
import { infosIn, seriesOf } from './find.ts';

/** Whether a gauge of that name is observed at present. */
type IsCurrent = (name: string) => boolean;

/** The gauges whose last point tells nothing once nobody observes it. The facts of a run do not change. */
const GAUGES: ReadonlySet<string> = new Set([
  ...Object.values(METRICS)
    .filter(({ kind, name }) => kind === 'gauge' && name !== METRICS.info.name)
    .map(({ name }) => name),
  HARDWARE_METRICS.power.name,
  HARDWARE_METRICS.hostPower.name,
]);

/**
 * Leaves out the points of our gauges that nobody observes any more: in cumulative collections the SDK
 * repeats the last point of an observable gauge for ever, 80 W of a machine that is not measured now.
 * Where nothing is known of a run in this process, and where several match, all points stay.
 */
export function openStaleGauges(): (base: CollectionResult) => CollectionResult {
  // A source that was withdrawn may be collected as garbage; what the SDK keeps of it stays stale.
  const ended = new Set<string>();
  return (base) => {
    const { scopeMetrics } = base.resourceMetrics;
    const own = scopeMetrics.filter(({ scope }) => scope.name === SCOPE_NAME);
    if (own.length === 0) return base;
    const infos = infosIn(own);
    const known = new Map<string, IsCurrent>();
    const isCurrentIn = (attributes: Attributes): IsCurrent => {
      const key = seriesOf(attributes);
      const found = known.get(key) ?? currentGauges(attributes, infos, ended);
      known.set(key, found);
      return found;
    };
    const current = scopeMetrics.map((scope) =>
      own.includes(scope) ? withoutStale(scope, isCurrentIn) : scope,
    );
    return { ...base, resourceMetrics: { ...base.resourceMetrics, scopeMetrics: current } };
  };
}

const ALL: IsCurrent = () => true;
const NONE: IsCurrent = () => false;

function currentGauges(
  attributes: Attributes,
  infos: readonly Attributes[],
  ended: Set<string>,
): IsCurrent {
  const runs = infos.filter((info) => fits(info, attributes)).map((info) => info[ATTR_RUN_ID]);
  const { live, paused } = knownSources(
    ({ projectName, scope, runId }) =>
      fits({ [ATTR_PROJECT_NAME]: projectName, [ATTR_SCOPE]: scope }, attributes) &&
      (runs.length === 0 || runs.includes(runId)),
  );
  const [source, ...others] = live;
  const key = JSON.stringify([seriesOf(attributes), runs]);
  if (source !== undefined) {
    ended.delete(key);
    return others.length === 0 ? gaugesOf(source) : ALL;
  }
  if (paused.length > 0) ended.add(key);
  return ended.has(key) ? NONE : ALL;
}

/** Points without the attributes (a View has removed them, or `hw.*`) fit every run. */
const fits = (run: Attributes, point: Attributes): boolean =>
  [ATTR_PROJECT_NAME, ATTR_SCOPE].every(
    (name) => point[name] === undefined || point[name] === run[name],
  );

/** A source that cannot say it, or does not, leaves its gauges as they are. */
function gaugesOf(source: TotalsSource): IsCurrent {
  try {
    const names = source.currentGauges?.();
    return names === undefined ? ALL : (name) => names.has(name);
  } catch {
    return ALL;
  }
}

function withoutStale(
  scope: ScopeMetrics,
  isCurrentIn: (attributes: Attributes) => IsCurrent,
): ScopeMetrics {
  const metrics = scope.metrics.flatMap((metric) => {
    const { name } = metric.descriptor;
    if (metric.dataPointType !== DataPointType.GAUGE || !GAUGES.has(name)) return [metric];
    const points: readonly DataPoint<number>[] = metric.dataPoints;
    const dataPoints = points.filter(({ attributes }) => isCurrentIn(attributes)(name));
    if (dataPoints.length === points.length) return [metric];
    return dataPoints.length === 0 ? [] : [{ ...metric, dataPoints } satisfies MetricData];
  });
  return { ...scope, metrics };
}
