import { type KilowattHours, kilowattHours } from '../units.ts';

/** A point of an energy counter. Times are milliseconds since 1970. */
export interface EnergyPoint {
  /** Whether `energy` is a running total, or what was added since the last point. */
  readonly cumulative: boolean;
  readonly energy: KilowattHours;
  readonly startMillis: number;
  readonly endMillis: number;
}

/** Energy that has not been priced yet: so much, between two times and two readings of the counter. */
export interface Interval {
  readonly energy: KilowattHours;
  readonly fromMillis: number;
  readonly toMillis: number;
  /** Running total of the counter at either end; it tells exactly where a mark cuts. */
  readonly before: KilowattHours;
  readonly after: KilowattHours;
}

/** How far one series has been read. */
export interface Position {
  readonly total: KilowattHours;
  readonly endMillis: number;
}

/** Why a point cannot be used, or undefined: a counter holds a finite energy that is not negative. */
export function pointError({ energy, startMillis, endMillis }: EnergyPoint): string | undefined {
  if (!Number.isFinite(energy)) return `${energy} is no energy`;
  if (energy < 0) return `a counter cannot be negative: ${energy}`;
  return Number.isFinite(startMillis) && Number.isFinite(endMillis) ? undefined : 'it has no time';
}

/**
 * What a point adds to what was read before; undefined when it is older than that. A first point has
 * no beginning of its own (the SDK sets its start to its end): it counts from `sinceMillis`.
 */
export function intervalOf(
  point: EnergyPoint,
  last: Position | undefined,
  sinceMillis: number,
): Interval | undefined {
  const first = Math.min(sinceMillis, point.endMillis);
  const fromMillis = last === undefined ? beginning(point, first) : last.endMillis;
  if (!point.cumulative) return increment(point, last, beginning(point, fromMillis));
  if (last === undefined) return wholeTotal(point, fromMillis);
  if (point.endMillis < last.endMillis) return undefined;
  if (point.energy >= last.total * (1 - ROUNDING)) return growth(point, last);
  // Smaller at the same moment is an overlapping collection, smaller later is a counter that restarted.
  return point.endMillis === last.endMillis ? undefined : wholeTotal(point, fromMillis);
}

/** A total that falls by less than this share was summed in another order; it did not restart. */
const ROUNDING = 1e-9;

const beginning = ({ startMillis, endMillis }: EnergyPoint, otherwise: number): number =>
  startMillis < endMillis ? startMillis : Math.min(otherwise, endMillis);

function increment(point: EnergyPoint, last: Position | undefined, fromMillis: number): Interval {
  const before = last?.total ?? kilowattHours(0);
  const after = kilowattHours(before + point.energy);
  return { energy: point.energy, fromMillis, toMillis: point.endMillis, before, after };
}

function wholeTotal({ energy, endMillis }: EnergyPoint, fromMillis: number): Interval {
  return { energy, fromMillis, toMillis: endMillis, before: kilowattHours(0), after: energy };
}

function growth({ energy, endMillis }: EnergyPoint, last: Position): Interval {
  const after = kilowattHours(Math.max(energy, last.total));
  return {
    energy: kilowattHours(after - last.total),
    fromMillis: last.endMillis,
    toMillis: endMillis,
    before: last.total,
    after,
  };
}
