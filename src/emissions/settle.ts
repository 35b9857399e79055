import { type Intensity, resolveIntensity } from '../intensity/index.ts';
import { type InfoAttributes, resolvePlace } from '../place/index.ts';
import { ATTR_FORCE_CARBON_INTENSITY, ATTR_PUE, ATTR_WUE } from '../semconv.ts';
import { type LitresPerKilowattHour, litresPerKilowattHour } from '../units.ts';
import { type IntensityTimeline, startTimeline } from './timeline.ts';

/** What a user says about emissions; every field may be left out. */
export interface EmissionsOptions {
  readonly countryIsoCode?: string | undefined;
  readonly region?: string | undefined;
  readonly cloudProvider?: string | undefined;
  readonly cloudRegion?: string | undefined;
  readonly forceCarbonIntensity?: number | undefined;
  readonly wue?: number | undefined;
}

/** What does not change any more once the place is known. */
export interface Terms {
  readonly timeline: IntensityTimeline;
  readonly wue: LitresPerKilowattHour;
  /** By which the instrumentation multiplied the energy. */
  readonly pue: number;
}

/**
 * Intensity, WUE and PUE that a series is priced with. Options stand above what the instrumentation
 * wrote into `codecarbon_info`; the world average is below both. Loads the country table only when it
 * is needed.
 * @throws ConfigurationError for a country in the options that does not exist
 */
export async function settleTerms(
  options: EmissionsOptions,
  info: InfoAttributes = {},
): Promise<Terms> {
  const intensity = await intensityFor(options, info);
  return {
    timeline: startTimeline(intensity),
    wue: litresPerKilowattHour(options.wue ?? numberIn(info[ATTR_WUE], 0) ?? 0),
    pue: numberIn(info[ATTR_PUE], 1) ?? 1,
  };
}

function intensityFor(options: EmissionsOptions, info: InfoAttributes): Promise<Intensity> {
  const located = options.countryIsoCode !== undefined || options.cloudRegion !== undefined;
  // A place in these options is nearer than an intensity that somebody else was given.
  const forcedElsewhere = located ? undefined : numberIn(info[ATTR_FORCE_CARBON_INTENSITY], 0);
  const forceCarbonIntensity = options.forceCarbonIntensity ?? forcedElsewhere;
  return resolveIntensity(resolvePlace(options, info), { forceCarbonIntensity });
}

/** A number that an attribute holds, as such or as text; undefined when it is less than `least`. */
function numberIn(value: unknown, least: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= least
    ? number
    : undefined;
}
