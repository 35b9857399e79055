import { known } from '../known.ts';
import { countryName } from './countries.ts';
import { fromInfo } from './from-info.ts';
import { fromOptions } from './from-options.ts';
import type { InfoAttributes, Place, PlaceFacts, PlaceOptions, PlaceSource } from './place.ts';

export { checkCountry } from './countries.ts';
export type { InfoAttributes, Place, PlaceOptions } from './place.ts';
export { placeInInfo } from './to-info.ts';

/** Every way to learn the place; the first that knows it is believed. */
const PLACE_SOURCES: readonly PlaceSource[] = [fromOptions, fromInfo];

/**
 * Where the run takes place. A later source completes an earlier one (the user names the region, the
 * instrumentation found the country) unless the two contradict each other. Unknown stays unknown.
 * @throws ConfigurationError for a country in the options that does not exist
 */
export function resolvePlace(options: PlaceOptions, info: InfoAttributes = {}): Place {
  const found = PLACE_SOURCES.map(({ id, find }) => ({ id, facts: find(options, info) }));
  const facts = found.reduce<PlaceFacts>((sum, { facts }) => complete(sum, facts), {});
  const located = found.find(({ facts }) => isLocation(facts));
  const name = facts.countryIsoCode === undefined ? undefined : countryName(facts.countryIsoCode);
  return { ...facts, ...known({ countryName: name }), source: located?.id ?? 'unknown' };
}

const isLocation = ({ countryIsoCode, cloudRegion }: PlaceFacts): boolean =>
  countryIsoCode !== undefined || cloudRegion !== undefined;

function complete(sooner: PlaceFacts, later: PlaceFacts): PlaceFacts {
  const agree =
    same(sooner.countryIsoCode, later.countryIsoCode) &&
    same(sooner.cloudProvider, later.cloudProvider) &&
    same(sooner.cloudRegion, later.cloudRegion);
  return agree ? { ...later, ...sooner } : sooner;
}

const same = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other;
