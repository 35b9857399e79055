import type { Intensity } from '../intensity/index.ts';
import {
  type GramsPerKilowattHour,
  gramsPerKilowattHour,
  type Kilograms,
  type KilowattHours,
  kilograms,
  kilowattHours,
  type Litres,
  type LitresPerKilowattHour,
  litres,
  millisecondsToSeconds,
} from '../units.ts';
import { type Attributes, attributesKey } from './attributes.ts';
import {
  type EnergyPoint,
  type Interval,
  intervalOf,
  type Position,
  pointError,
} from './interval.ts';
import type { IntensityTimeline } from './timeline.ts';
import type { TotalsSource } from './totals.ts';

/** What an energy is priced with. */
export interface Pricing {
  readonly timeline: IntensityTimeline;
  /** Where the energy comes from, when that is this process. */
  readonly totals?: TotalsSource | undefined;
  /** Litres per kWh of IT energy. */
  readonly wue: LitresPerKilowattHour;
  /** By which the energy was multiplied. */
  readonly pue: number;
}

/** Emissions and water of one series: of the last interval, and since the ledger began. */
export interface Entry {
  readonly attributes: Attributes;
  readonly interval: Costs;
  readonly total: Costs;
  /** Kilograms per second over the last interval that took time; undefined before the first. */
  readonly emissionsRate: number | undefined;
  /** Intensity in force, and the mean over the last interval. */
  readonly intensity: Intensity;
}

export interface Costs {
  readonly emissions: Kilograms;
  readonly water: Litres;
  readonly startMillis: number;
  readonly endMillis: number;
}

/** Why a point was left out. */
export interface Refusal {
  readonly why: string;
}

/** Turns points of energy counters into emissions and water, one series per set of attributes. */
export interface Ledger {
  /**
   * Books a point of the series `key` and returns its entry. A point older than what was booked gives
   * the last entry again. Without `pricing` the energy is held back, and priced with the next point
   * that has one: undefined until then.
   */
  book(
    key: string,
    point: EnergyPoint,
    attributes: Attributes,
    pricing: Pricing | undefined,
  ): Entry | Refusal | undefined;
}

interface Series {
  readonly attributes: Attributes;
  position: Position | undefined;
  /** Not priced yet. */
  held: readonly Interval[];
  entry: Entry | undefined;
}

/** Series beyond this number are forgotten, the longest unseen first. The SDK's own limit is 2000 a metric. */
const MOST_SERIES = 10_000;

/** More intervals that wait for a price are joined: a counter that restarts may do so for ever. */
const MOST_HELD = 100;

/** A ledger that begins at `sinceMillis` (since 1970), to which the first energy of a series is counted back. */
export function openLedger(sinceMillis: number): Ledger {
  const books = new Map<string, Series>();
  return {
    book: (key, point, attributes, pricing) => {
      const why = pointError(point);
      if (why !== undefined) return { why };
      const series = seriesFor(books, `${key}${attributesKey(attributes)}`, attributes);
      const interval = intervalOf(point, series.position, sinceMillis);
      if (interval !== undefined) hold(series, interval);
      if (pricing !== undefined && series.held.length > 0) settle(series, pricing);
      return series.entry;
    },
  };
}

function seriesFor(books: Map<string, Series>, key: string, attributes: Attributes): Series {
  const series = books.get(key) ?? {
    attributes: Object.freeze({ ...attributes }),
    position: undefined,
    held: [],
    entry: undefined,
  };
  // A Map keeps the order of insertion: deleted and set again it is the last one seen.
  books.delete(key);
  books.set(key, series);
  const [oldest = key] = books.keys();
  if (books.size > MOST_SERIES) books.delete(oldest);
  return series;
}

function hold(series: Series, interval: Interval): void {
  const endMillis = Math.max(interval.toMillis, series.position?.endMillis ?? interval.toMillis);
  series.position = { total: interval.after, endMillis };
  const last = series.held.at(-1);
  const joins = last?.after === interval.before || series.held.length >= MOST_HELD;
  series.held =
    last !== undefined && joins
      ? [...series.held.slice(0, -1), join(last, interval)]
      : [...series.held, interval];
}

function join(one: Interval, next: Interval): Interval {
  return {
    energy: kilowattHours(one.energy + next.energy),
    fromMillis: Math.min(one.fromMillis, next.fromMillis),
    toMillis: Math.max(one.toMillis, next.toMillis),
    // Over a restart the totals of the sooner part say nothing about those of the later one.
    before: one.after === next.before ? one.before : next.before,
    after: next.after,
  };
}

/** Prices what is held and adds it to the entry. */
function settle(series: Series, pricing: Pricing): void {
  const { costs, mean } = price(series.held, pricing);
  const { attributes, entry } = series;
  const time = millisecondsToSeconds(costs.endMillis - costs.startMillis);
  series.held = [];
  series.entry = {
    attributes,
    interval: costs,
    total: entry === undefined ? costs : add(entry.total, costs),
    emissionsRate: time > 0 ? costs.emissions / time : entry?.emissionsRate,
    intensity: { ...pricing.timeline.current(), gramsPerKilowattHour: mean },
  };
}

interface Priced {
  readonly costs: Costs;
  readonly mean: GramsPerKilowattHour;
}

function price(intervals: readonly Interval[], pricing: Pricing): Priced {
  const parts = intervals.map((interval) => {
    const { emissions, mean } = pricing.timeline.price(interval, pricing.totals);
    const water = litres((interval.energy * pricing.wue) / pricing.pue);
    const costs = {
      emissions,
      water,
      startMillis: interval.fromMillis,
      endMillis: interval.toMillis,
    };
    return { costs, mean, energy: interval.energy };
  });
  return parts.reduce((sum, part) => ({
    costs: add(sum.costs, part.costs),
    mean: meanOf(sum, part),
    energy: kilowattHours(sum.energy + part.energy),
  }));
}

function add(one: Costs, next: Costs): Costs {
  return {
    emissions: kilograms(one.emissions + next.emissions),
    water: litres(one.water + next.water),
    startMillis: Math.min(one.startMillis, next.startMillis),
    endMillis: Math.max(one.endMillis, next.endMillis),
  };
}

interface Weighted {
  readonly mean: GramsPerKilowattHour;
  readonly energy: KilowattHours;
}

function meanOf(one: Weighted, next: Weighted): GramsPerKilowattHour {
  const energy = one.energy + next.energy;
  if (one.mean === next.mean || energy === 0) return next.mean;
  return gramsPerKilowattHour((one.mean * one.energy + next.mean * next.energy) / energy);
}
