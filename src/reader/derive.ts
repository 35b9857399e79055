import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { type EnergyPoint, type Entry, type Ledger, openLedger } from '../emissions/index.ts';
import { countOverhead } from '../overhead.ts';
import { joules, joulesToKilowattHours, type KilowattHours, kilowattHours } from '../units.ts';
import { type Found, findContents } from './find.ts';
import { openLastWord } from './last-word.ts';
import type { ReaderSettings } from './options.ts';
import { derivedMetrics, toMillis } from './points.ts';
import { type Priced, price, pricingOf } from './price.ts';
import { openStaleGauges } from './stale-gauges.ts';
import { openStatedInfos, restated, type StatedInfos } from './state-place.ts';
import { openTerms, type SettleTerms } from './terms.ts';
import { openWarnings } from './warnings.ts';

/** Adds the derived metrics to what a reader collected. Never rejects, and changes nothing in its input. */
export type Derive = (base: CollectionResult) => Promise<CollectionResult>;

/** What a reader does beyond collecting. */
export interface Derivation {
  readonly derive: Derive;
  /** Before the last collection: the runs whose energy was priced close their open gaps. Never throws. */
  settle(): void;
}

/**
 * Derivation for one reader that exists since `sinceMillis` (since 1970). What goes wrong is added to
 * `errors` and the base result passes through.
 */
export function openDerivation(
  settings: ReaderSettings,
  sinceMillis: number,
  settle?: SettleTerms,
): Derivation {
  const ledger = openLedger(sinceMillis);
  const terms = openTerms(settings, settle);
  const warn = openWarnings(settings.energyMetric);
  const withoutStale = openStaleGauges();
  const lastWord = openLastWord(terms);
  const statedInfos = openStatedInfos(settings);
  return {
    settle: lastWord.settle,
    derive: async (base) => {
      lastWord.collected();
      // A reader of somebody's own may leave its errors out.
      const { errors = [] } = base;
      try {
        const current = countOverhead(() => withoutStale({ ...base, errors }));
        const contents = countOverhead(() => findContents(current, settings.energyMetric));
        if (contents.derived) return current;
        warn(contents);
        // All terms are awaited before anything is booked, so that a collection is booked in one go.
        const points = await Promise.all(countOverhead(() => price(contents, terms)));
        const priced = points.filter((point) => point !== undefined);
        return countOverhead(() => {
          const stated = statedInfos(priced, contents.infos);
          return withDerived(current, priced, ledger, stated);
        });
      } catch (error) {
        return { ...base, errors: [...errors, error] };
      }
    },
  };
}

function withDerived(
  base: CollectionResult,
  priced: readonly Priced[],
  ledger: Ledger,
  stated: StatedInfos,
): CollectionResult {
  const entries = new Map<Found, Entry[]>();
  const errors = [...base.errors];
  for (const item of priced) {
    const { found, point } = item;
    const booked = ledger.book(
      seriesKey(found),
      energyPoint(found, point),
      point.attributes,
      pricingOf(item),
    );
    if (booked === undefined) continue;
    if ('why' in booked) errors.push(pointError(found, booked.why));
    else entries.set(found, [...(entries.get(found) ?? []), booked]);
  }
  const scopeMetrics = base.resourceMetrics.scopeMetrics.map((scope) => {
    const added = [...entries].filter(([{ scopeMetrics }]) => scopeMetrics === scope);
    const said = stated.size === 0 ? scope : restated(scope, stated);
    return added.length === 0 ? said : extended(said, added);
  });
  return { ...base, resourceMetrics: { ...base.resourceMetrics, scopeMetrics }, errors };
}

function extended(
  scope: ScopeMetrics,
  added: readonly (readonly [Found, readonly Entry[]])[],
): ScopeMetrics {
  const derived = added.flatMap(([{ metric }, entries]): readonly MetricData[] =>
    derivedMetrics(entries, metric.aggregationTemporality),
  );
  return { ...scope, metrics: [...scope.metrics, ...derived] };
}

const seriesKey = ({ scopeMetrics: { scope } }: Found): string =>
  `${scope.name}@${scope.version ?? ''}`;

function energyPoint(
  { metric }: Found,
  { value, startTime, endTime }: DataPoint<number>,
): EnergyPoint {
  return {
    cumulative: metric.aggregationTemporality === AggregationTemporality.CUMULATIVE,
    energy: inKilowattHours(value, metric.descriptor.unit),
    startMillis: toMillis(startTime),
    endMillis: toMillis(endTime),
  };
}

/** The option asks for a counter in kWh; one that says joules (`hw.host.energy`) is converted. */
const inKilowattHours = (value: number, unit: string): KilowattHours =>
  unit === 'J' ? joulesToKilowattHours(joules(value)) : kilowattHours(value);

function pointError({ metric }: Found, why: string): Error {
  return new Error(`emissions: a point of ${metric.descriptor.name} is left out: ${why}`);
}
