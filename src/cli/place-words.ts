import type { Configuration } from '../config/index.ts';
import type { OptionName } from '../options/index.ts';
import { ATTR_SOURCE, ATTR_YEAR, ATTR_ZONE } from '../semconv.ts';
import { flagOf } from './flags.ts';
import type { Point } from './metrics.ts';

/** Facts of the place, as the record has them. */
export interface PlaceFacts {
  readonly country_name?: string | undefined;
  readonly country_iso_code?: string | undefined;
  readonly region?: string | undefined;
  readonly cloud_provider?: string | undefined;
  readonly cloud_region?: string | undefined;
}

const PLACE_OPTIONS: readonly OptionName[] = ['countryIsoCode', 'cloudRegion', 'region'];

/** The place and who said so: `France (FRA), from --country-iso-code`. */
export function placeInWords(facts: PlaceFacts, { origins }: Configuration): string {
  const { country_name: name, country_iso_code: code, region } = facts;
  const country = code === undefined ? [] : [name === undefined ? code : `${name} (${code})`];
  const cloud = [facts.cloud_provider, facts.cloud_region].filter((word) => word !== undefined);
  const words = [...country, ...(region === undefined ? [] : [region]), ...cloud];
  if (words.length === 0) return 'unknown';
  const origin = PLACE_OPTIONS.map((name) => origins[name]).find((as) => as !== undefined);
  return `${words.join(', ')}${origin === undefined ? '' : `, from ${origin}`}`;
}

/** The carbon intensity, where it is from, and how to get a better one. */
export function intensityInWords({ value, attributes }: Point, { origins }: Configuration): string {
  const figure = `${Number(value.toPrecision(4))} g CO2e/kWh`;
  const year = attributes[ATTR_YEAR] === undefined ? '' : ` ${attributes[ATTR_YEAR]}`;
  const zone = attributes[ATTR_ZONE] === undefined ? '' : ` of ${attributes[ATTR_ZONE]}`;
  switch (attributes[ATTR_SOURCE]) {
    case 'forced':
      return `${figure}, given by ${origins.forceCarbonIntensity ?? 'you'}`;
    case 'world':
      return `${figure}, the world average${year}: ${worldAdvice(origins)}`;
    default:
      return `${figure}, ${attributes[ATTR_SOURCE]} average${year}${zone}`;
  }
}

function worldAdvice(origins: Configuration['origins']): string {
  return origins.countryIsoCode === undefined
    ? `the country is not known, set it with ${flagOf('countryIsoCode')}`
    : `there is no figure for this country, set one with ${flagOf('forceCarbonIntensity')}`;
}
