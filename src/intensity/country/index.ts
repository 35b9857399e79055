import { gramsPerKilowattHour } from '../../units.ts';
import type { Intensity, IntensitySource } from '../intensity.ts';
import { COUNTRY_TABLE } from './table.ts';

/**
 * Yearly average of a country, life-cycle, by Ember (https://ember-energy.org, CC BY-SA 4.0), as
 * `@tgwf/co2` republishes it. The table is part of this package: loading that one blocks a program for
 * 10 ms, since all of its grid zones come with it.
 */
export const country: IntensitySource = {
  id: 'country',
  description:
    'Yearly average of the country (Ember, CC BY-SA 4.0, through @tgwf/co2 of the Green Web Foundation)',
  find: async ({ countryIsoCode }) =>
    countryIsoCode === undefined ? undefined : findCountry(countryIsoCode),
};

function findCountry(code: string): Intensity | undefined {
  const start = COUNTRY_TABLE.indexOf(`\n${code} `);
  if (start < 0) return undefined;
  const line = COUNTRY_TABLE.slice(start + 1, COUNTRY_TABLE.indexOf('\n', start + 1));
  const [zone = code, grams, year] = line.split(' ');
  return {
    gramsPerKilowattHour: gramsPerKilowattHour(Number(grams)),
    source: 'country',
    zone,
    year: Number(year),
  };
}
