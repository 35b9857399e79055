import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  type Attributes,
  attributesKey,
  type EnergyPoint,
  type Entry,
  type Ledger,
  openLedger,
  type Pricing,
  type Terms,
  type TotalsSource,
} from '../emissions/index.ts';
import { countOverhead } from '../overhead.ts';
import { ATTR_PROJECT_NAME, ATTR_SCOPE } from '../semconv.ts';
import { joules, joulesToKilowattHours, type KilowattHours, kilowattHours } from '../units.ts';
import { type Contents, type Found, findContents, infoFor } from './find.ts';
import type { ReaderSettings } from './options.ts';
import { derivedMetrics, toMillis } from './points.ts';
import { factsAsPriced, restated, type StatedInfos } from './state-place.ts';
import { type Group, openTerms, type SettleTerms, type TermsBook } from './terms.ts';
import { openWarnings } from './warnings.ts';

/** Adds the derived metrics to what a reader collected. Never rejects, and changes nothing in its input. */
export type Derive = (base: CollectionResult) => Promise<CollectionResult>;

/**
 * Derivation for one reader that exists since `sinceMillis` (since 1970). What goes wrong is added to
 * `errors` and the base result passes through.
 */
export function openDerivation(
  settings: ReaderSettings,
  sinceMillis: number,
  settle?: SettleTerms,
): Derive {
  const ledger = openLedger(sinceMillis);
  const terms = openTerms(settings, settle);
  const warn = openWarnings(settings.energyMetric);
  return async (base) => {
    // A reader of somebody's own may leave its errors out.
    const { errors = [] } = base;
    try {
      const contents = countOverhead(() => findContents(base, settings.energyMetric));
      if (contents.derived) return base;
      warn(contents);
      const points = await Promise.all(countOverhead(() => price(contents, terms)));
      const priced = points.filter((point) => point !== undefined);
      return countOverhead(() =>
        withDerived({ ...base, errors }, contents, priced, ledger, settings),
      );
    } catch (error) {
      return { ...base, errors: [...errors, error] };
    }
  };
}

/** A point of an energy counter with everything to price it. */
interface Priced {
  readonly found: Found;
  readonly point: DataPoint<number>;
  /** Facts of the run, where the energy is ours. */
  readonly info: Attributes | undefined;
  /** Undefined while the place is not settled. */
  readonly terms: Terms | undefined;
  readonly totals: TotalsSource | undefined;
}

/** All terms are awaited before anything is booked, so that a collection is booked in one go. */
const price = (contents: Contents, terms: TermsBook): readonly Promise<Priced | undefined>[] =>
  contents.energy.flatMap((found) =>
    found.metric.dataPoints.map((point) => pricePoint(found, point, contents, terms)),
  );

async function pricePoint(
  found: Found,
  point: DataPoint<number>,
  contents: Contents,
  terms: TermsBook,
): Promise<Priced | undefined> {
  const group = groupOf(found, point, contents);
  const totals = found.own ? terms.totalsOf(group, point.attributes) : undefined;
  if (totals?.observesEmissions) return undefined;
  const info = found.own ? group.info : undefined;
  return { found, point, info, terms: await terms.termsOf(group), totals };
}

function groupOf(
  { own }: Found,
  { attributes, endTime }: DataPoint<number>,
  contents: Contents,
): Group {
  return {
    key: own ? seriesOf(attributes) : '',
    info: own ? infoFor(attributes, contents.infos) : contents.infos[0],
    waits: own ? 'always' : contents.hasOwnScope ? 'briefly' : 'never',
    atMillis: toMillis(endTime),
  };
}

function withDerived(
  base: CollectionResult,
  contents: Contents,
  priced: readonly Priced[],
  ledger: Ledger,
  settings: ReaderSettings,
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
  const stated = statedInfos(priced, contents.infos, settings);
  const scopeMetrics = base.resourceMetrics.scopeMetrics.map((scope) => {
    const added = [...entries].filter(([{ scopeMetrics }]) => scopeMetrics === scope);
    const said = stated.size === 0 ? scope : restated(scope, stated);
    return added.length === 0 ? said : extended(said, added);
  });
  return { ...base, resourceMetrics: { ...base.resourceMetrics, scopeMetrics }, errors };
}

/** Energy that somebody else measured is not ours to scale, and no mark of ours belongs to it. */
function pricingOf({ found, terms, totals }: Priced): Pricing | undefined {
  if (terms === undefined) return undefined;
  return found.own ? { ...terms, totals } : { ...terms, pue: 1 };
}

/** The facts of the runs that were priced, and of those before them in the same series. */
function statedInfos(
  priced: readonly Priced[],
  infos: readonly Attributes[],
  settings: ReaderSettings,
): StatedInfos {
  const runs = priced.flatMap(({ info, terms }) => (info && terms ? [seriesOf(info)] : []));
  const stated = new Map<Attributes, Attributes>();
  for (const info of infos) {
    const facts = runs.includes(seriesOf(info)) ? factsAsPriced(info, settings) : undefined;
    if (facts !== undefined) stated.set(info, facts);
  }
  return stated;
}

const seriesOf = ({ [ATTR_PROJECT_NAME]: project, [ATTR_SCOPE]: scope }: Attributes): string =>
  attributesKey({ project, scope });

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
