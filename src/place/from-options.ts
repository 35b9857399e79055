import { known } from '../known.ts';
import { checkCountry } from './countries.ts';
import type { PlaceSource } from './place.ts';

/** What the user says. @throws ConfigurationError for a country that does not exist */
export const fromOptions: PlaceSource = {
  id: 'options',
  find: ({ countryIsoCode, region, cloudProvider, cloudRegion }) =>
    known({
      countryIsoCode: countryIsoCode === undefined ? undefined : checkCountry(countryIsoCode),
      region,
      cloudProvider,
      cloudRegion,
    }),
};
