import type { Intensity } from '../intensity/index.ts';
import {
  emissionsOf,
  type GramsPerKilowattHour,
  gramsPerKilowattHour,
  type Kilograms,
} from '../units.ts';
import type { Interval } from './interval.ts';
import { readTotals, type Totals, type TotalsSource } from './totals.ts';

/** The intensities that were in force, one after the other. The first holds for all time before it. */
export interface IntensityTimeline {
  /** The one in force now. */
  current(): Intensity;
  /** A new one is in force from `atMillis` (since 1970, now) on: running totals are marked at once. */
  change(intensity: Intensity, atMillis: number): void;
  /**
   * Emissions of an interval. With the source of its energy the interval is cut exactly where the
   * marks are; without, its energy is held to be spread evenly over its time.
   */
  price(interval: Interval, source?: TotalsSource): Price;
}

export interface Price {
  readonly emissions: Kilograms;
  /** Mean over the interval's energy. */
  readonly mean: GramsPerKilowattHour;
}

interface Change {
  readonly intensity: Intensity;
  readonly atMillis: number;
  readonly totals: Totals;
}

/** Older changes are forgotten: a reader reads more often than the intensity changes a thousand times. */
const MOST_CHANGES = 1000;

/** A timeline that begins with one intensity; where that never changes it is all there is. */
export function startTimeline(first: Intensity): IntensityTimeline {
  const changes: Change[] = [
    { intensity: first, atMillis: Number.NEGATIVE_INFINITY, totals: new WeakMap() },
  ];
  let current = first;
  return {
    current: () => current,
    change: (intensity, atMillis) => {
      changes.push({ intensity, atMillis, totals: readTotals() });
      current = intensity;
      if (changes.length > MOST_CHANGES) changes.shift();
    },
    price: (interval, source) => {
      const mean = meanIntensity(changes, interval, source);
      return { emissions: emissionsOf(interval.energy, mean), mean };
    },
  };
}

function meanIntensity(
  changes: readonly Change[],
  interval: Interval,
  source: TotalsSource | undefined,
): GramsPerKilowattHour {
  const byTime = (change: Change): number => change.atMillis;
  const { before, after, fromMillis, toMillis } = interval;
  if (source !== undefined) {
    // A source announced after a change has measured all of its energy after it.
    const byTotal = (change: Change): number => change.totals.get(source) ?? 0;
    if (!changes.some((change) => Number.isNaN(byTotal(change)))) {
      return weighted(changes, before, after, byTotal);
    }
  }
  return weighted(changes, fromMillis, toMillis, byTime);
}

/** Mean of the intensities between two positions on a line on which every change has its own. */
function weighted(
  changes: readonly Change[],
  low: number,
  high: number,
  positionOf: (change: Change) => number,
): GramsPerKilowattHour {
  let end = high;
  let sum = 0;
  for (const [index, change] of backwards(changes)) {
    const { gramsPerKilowattHour: grams } = change.intensity;
    const position = index === 0 ? Number.NEGATIVE_INFINITY : positionOf(change);
    if (position <= low && end === high) return grams;
    const begin = Math.min(end, Math.max(low, position));
    sum += (end - begin) * grams;
    end = begin;
    if (position <= low) break;
  }
  return gramsPerKilowattHour(sum / (high - low));
}

function* backwards<Item>(items: readonly Item[]): Generator<readonly [number, Item]> {
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const item = items[index];
    if (item !== undefined) yield [index, item];
  }
}
