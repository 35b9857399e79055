import { diagLogger } from '../diag.ts';
import type { Place } from '../place/index.ts';
import { country } from './country/index.ts';
import { forced } from './forced/index.ts';
import type { Intensity, IntensityOptions, IntensitySource } from './intensity.ts';
import { WORLD_AVERAGE, world } from './world/index.ts';

export type { Intensity, IntensityOptions } from './intensity.ts';

/** Every way to learn an intensity; the first that answers is used. */
export const INTENSITY_SOURCES: readonly IntensitySource[] = [forced, country, world];

/**
 * Carbon intensity of a place, with source, and year and zone where they are known. Never rejects:
 * a source that fails is passed over with one warning, and the world average always answers.
 */
export async function resolveIntensity(
  place: Place,
  options: IntensityOptions,
  sources: readonly IntensitySource[] = INTENSITY_SOURCES,
): Promise<Intensity> {
  for (const source of sources) {
    const found = await ask(source, place, options);
    if (found === undefined) continue;
    if (found === WORLD_AVERAGE && place.countryIsoCode !== undefined) warnOfWorld(place);
    return found;
  }
  return WORLD_AVERAGE;
}

const logger = diagLogger();

async function ask(
  source: IntensitySource,
  place: Place,
  options: IntensityOptions,
): Promise<Intensity | undefined> {
  try {
    return await source.find(place, options);
  } catch (error) {
    logger.warn(`carbon intensity: the source "${source.id}" failed, the next one is asked`, error);
    return undefined;
  }
}

function warnOfWorld(place: Place): void {
  logger.warn(
    `carbon intensity: no figure is known for ${place.countryIsoCode} (${place.countryName}); ` +
      `the world average, ${WORLD_AVERAGE.gramsPerKilowattHour} g/kWh, is used. forceCarbonIntensity sets a better one.`,
  );
}
