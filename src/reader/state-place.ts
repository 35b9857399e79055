import type { DataPoint, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Attributes } from '../emissions/index.ts';
import { known } from '../known.ts';
import { placeInInfo, resolvePlace } from '../place/index.ts';
import { ATTR_WUE, METRICS } from '../semconv.ts';
import { seriesOf } from './find.ts';
import type { ReaderSettings } from './options.ts';
import type { Priced } from './price.ts';

/** Facts of runs as they were collected, and as they are passed on. */
export type StatedInfos = ReadonlyMap<Attributes, Attributes>;

/** The facts of the runs that were priced, and of those before them in the same series, as they are stated. */
export type StateInfos = (priced: readonly Priced[], infos: readonly Attributes[]) => StatedInfos;

/** A run's facts do not change: what is stated of them is made once. */
export function openStatedInfos(settings: ReaderSettings): StateInfos {
  const made = new WeakMap<Attributes, Attributes>();
  const factsOf = (info: Attributes): Attributes | undefined => {
    const facts = made.get(info) ?? factsAsPriced(info, settings);
    if (facts !== undefined) made.set(info, facts);
    return facts;
  };
  return (priced, infos) => {
    const runs = priced.flatMap(({ info, terms }) => (info && terms ? [seriesOf(info)] : []));
    const stated = new Map<Attributes, Attributes>();
    for (const info of infos) {
      const facts = runs.includes(seriesOf(info)) ? factsOf(info) : undefined;
      if (facts !== undefined) stated.set(info, facts);
    }
    return stated;
  };
}

/**
 * A run's facts with the place and the WUE that its energy was priced with, so that every exporter and
 * dashboard behind this reader sees one truth. Undefined when the reader's options say nothing of them:
 * then the facts hold.
 */
function factsAsPriced(info: Attributes, settings: ReaderSettings): Attributes | undefined {
  const { countryIsoCode, region, cloudProvider, cloudRegion, wue } = settings;
  const places = [countryIsoCode, region, cloudProvider, cloudRegion];
  const isPlaced = places.some((option) => option !== undefined);
  if (!isPlaced && wue === undefined) return undefined;
  const facts = {
    ...info,
    ...(isPlaced && placeInInfo(resolvePlace(settings, info))),
    ...(wue !== undefined && { [ATTR_WUE]: wue }),
  };
  return known(facts);
}

/** A copy of a scope in which `codecarbon_info` says what is stated; the same scope where nothing is. */
export function restated(scope: ScopeMetrics, stated: StatedInfos): ScopeMetrics {
  const metrics = scope.metrics.map((metric) => restatedMetric(metric, stated));
  return metrics.every((metric, index) => metric === scope.metrics[index])
    ? scope
    : { ...scope, metrics };
}

function restatedMetric(metric: MetricData, stated: StatedInfos): MetricData {
  if (metric.descriptor.name !== METRICS.info.name) return metric;
  const points = metric.dataPoints as readonly DataPoint<number>[];
  if (!points.some(({ attributes }) => stated.has(attributes))) return metric;
  const dataPoints = points.map((point) => {
    const attributes = stated.get(point.attributes) ?? point.attributes;
    return { ...point, attributes: { ...attributes } };
  });
  return { ...metric, dataPoints } as MetricData;
}
