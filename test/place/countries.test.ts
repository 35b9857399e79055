import { averageIntensity } from '@tgwf/co2/data';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import { checkCountry, countryCodes, countryName } from '../../src/place/countries.ts';

describe('countries', () => {
  it.each([
    ['FRA', 'FRA'],
    ['fra', 'FRA'],
    [' Usa ', 'USA'],
    ['XKX', 'XKX'],
  ])('%j is %s', (written, code) => {
    expect(checkCountry(written)).toBe(code);
  });

  it.each([
    ['FRX', 'Did you mean FRA (France) or FRO (Faroe Islands)?'],
    ['France', 'Did you mean FRA (France)?'],
    ['fr', 'Did you mean FRA (France)?'],
    ['UK', 'Did you mean GBR (United Kingdom)?'],
    ['cote d’ivoire', 'Did you mean CIV (Côte d’Ivoire)?'],
    ['Germny', 'Did you mean DEU (Germany)?'],
    ['United', 'USA (United States)'],
  ])('%j is refused with its near matches', (written, hint) => {
    expect(() => checkCountry(written)).toThrow(ConfigurationError);
    expect(() => checkCountry(written)).toThrow(hint);
    expect(() => checkCountry(written)).toThrow(`countryIsoCode: ${JSON.stringify(written)}`);
  });

  it.each(['', 'XXX', '___', 'WORLD', 'A', '123', '\u0000'])('%j is refused', (written) => {
    expect(() => checkCountry(written)).toThrow('allowed: an ISO 3166-1 alpha-3 code');
  });

  it('names the option as the user wrote it', () => {
    expect(() => checkCountry('FRX', '--country-iso-code')).toThrow('--country-iso-code: "FRX"');
  });

  it('a name is known for every code, and no two countries share one', () => {
    const names = countryCodes().map(countryName);
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(250);
    expect([countryName('FRA'), countryName('usa')]).toEqual(['France', 'United States']);
    expect(countryName('FRX')).toBeUndefined();
  });

  it('every country of the intensity table is a country here', () => {
    const inTable = Object.keys(averageIntensity.data).filter((code) => code.length === 3);
    const regions = ['G20'];
    expect(inTable.filter((code) => !countryCodes().includes(code))).toEqual(regions);
  });
});
