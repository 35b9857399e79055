/**
 * The project's units, as branded numbers, and the only conversions between them.
 * A function that wants `Joules` does not take `KilowattHours`; plain numbers enter through the makers below.
 */

declare const unit: unique symbol;
type Quantity<Name extends string> = number & { readonly [unit]: Name };

export type Joules = Quantity<'J'>;
export type KilowattHours = Quantity<'kWh'>;
export type Watts = Quantity<'W'>;
export type Seconds = Quantity<'s'>;
export type Gibibytes = Quantity<'GiB'>;
export type GibibyteSeconds = Quantity<'GiB.s'>;
export type Percent = Quantity<'%'>;
export type Kilograms = Quantity<'kg'>;
export type Litres = Quantity<'L'>;
export type GramsPerKilowattHour = Quantity<'g/kWh'>;
export type LitresPerKilowattHour = Quantity<'L/kWh'>;

export const joules = (value: number): Joules => value as Joules;
export const kilowattHours = (value: number): KilowattHours => value as KilowattHours;
export const watts = (value: number): Watts => value as Watts;
export const seconds = (value: number): Seconds => value as Seconds;
export const gibibytes = (value: number): Gibibytes => value as Gibibytes;
export const gibibyteSeconds = (value: number): GibibyteSeconds => value as GibibyteSeconds;
export const percent = (value: number): Percent => value as Percent;
export const kilograms = (value: number): Kilograms => value as Kilograms;
export const litres = (value: number): Litres => value as Litres;
export const gramsPerKilowattHour = (value: number): GramsPerKilowattHour =>
  value as GramsPerKilowattHour;
export const litresPerKilowattHour = (value: number): LitresPerKilowattHour =>
  value as LitresPerKilowattHour;

const JOULES_PER_KILOWATT_HOUR = 3.6e6;

export const joulesToKilowattHours = (energy: Joules): KilowattHours =>
  kilowattHours(energy / JOULES_PER_KILOWATT_HOUR);
export const kilowattHoursToJoules = (energy: KilowattHours): Joules =>
  joules(energy * JOULES_PER_KILOWATT_HOUR);
export const microwattsToWatts = (power: number): Watts => watts(power / 1e6);
export const bytesToGibibytes = (bytes: number): Gibibytes => gibibytes(bytes / 2 ** 30);
export const kibibytesToGibibytes = (kibibytes: number): Gibibytes =>
  gibibytes(kibibytes / 2 ** 20);
export const millisecondsToSeconds = (milliseconds: number): Seconds => seconds(milliseconds / 1e3);

/** Energy of a constant power over a time. */
export const energyOf = (power: Watts, time: Seconds): Joules => joules(power * time);

/** Mean power of an energy over a time; NaN when no time has passed. */
export const meanPower = (energy: Joules, time: Seconds): Watts => watts(energy / time);

/** CO2-equivalent of an energy at an intensity. */
export const emissionsOf = (energy: KilowattHours, intensity: GramsPerKilowattHour): Kilograms =>
  kilograms((energy * intensity) / 1e3);

/** The shortest of the times that are known. */
export function shortest(times: readonly (Seconds | undefined)[]): Seconds | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : seconds(Math.min(...known));
}
