import type { Intensity } from '../intensity/index.ts';
import {
  emissionsOf,
  energyOf,
  joulesToKilowattHours,
  type Kilograms,
  type KilowattHours,
  kilowattHours,
  type Litres,
  litres,
  seconds,
  type Watts,
} from '../units.ts';
import type { Terms } from './settle.ts';
import type { TotalsSource } from './totals.ts';

/** Emissions and water of a running total, as instruments observe them. */
export interface RunningCosts {
  readonly emissions: Kilograms;
  /** Kilograms per second at the mean power that is observed beside it. */
  readonly emissionsRate: number;
  readonly intensity: Intensity;
  readonly water: Litres;
}

/**
 * Emissions of everything that `totals` has measured up to `energy`, for `emissions: 'instrument'`.
 * Synchronous, and a function of the total alone, so that every reader sees the same. `energy` and
 * `power` are what the instruments of the same collection show, PUE included.
 */
export function costsUpTo(
  energy: KilowattHours,
  power: Watts,
  totals: TotalsSource,
  { timeline, wue, pue }: Terms,
): RunningCosts {
  const whole = { energy, fromMillis: 0, toMillis: 0, before: kilowattHours(0), after: energy };
  const intensity = timeline.current();
  const energyOfOneSecond = joulesToKilowattHours(energyOf(power, seconds(1)));
  return {
    emissions: timeline.price(whole, totals).emissions,
    emissionsRate: emissionsOf(energyOfOneSecond, intensity.gramsPerKilowattHour),
    intensity,
    water: litres((energy * wue) / pue),
  };
}
