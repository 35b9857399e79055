import { describe, expect, it } from 'vitest';
import { resolvePlace } from '../../src/place/index.ts';

describe('resolvePlace', () => {
  it('options stand above what was found', () => {
    const place = resolvePlace({ countryIsoCode: 'deu' }, { country_iso_code: 'FRA', region: 'x' });
    expect(place).toEqual({ countryIsoCode: 'DEU', countryName: 'Germany', source: 'options' });
  });

  it('what was found completes the options where both agree', () => {
    const info = { country_iso_code: 'USA', latitude: '45.5', longitude: -122.7 };
    expect(resolvePlace({ region: 'oregon' }, info)).toEqual({
      countryIsoCode: 'USA',
      countryName: 'United States',
      region: 'oregon',
      latitude: 45.5,
      longitude: -122.7,
      source: 'info',
    });
  });

  it('a place of another cloud region is not mixed in', () => {
    const info = { country_iso_code: 'USA', cloud_provider: 'aws', cloud_region: 'us-west-2' };
    expect(resolvePlace({ cloudProvider: 'gcp', cloudRegion: 'europe-west1' }, info)).toEqual({
      cloudProvider: 'gcp',
      cloudRegion: 'europe-west1',
      source: 'options',
    });
  });

  it('unknown stays unknown', () => {
    expect(resolvePlace({})).toEqual({ source: 'unknown' });
    expect(resolvePlace({}, { country_iso_code: 'FRX', latitude: 'north', region: '' })).toEqual({
      source: 'unknown',
    });
  });

  it('a country that does not exist is an error when the user names it', () => {
    expect(() => resolvePlace({ countryIsoCode: 'FRX' })).toThrow('Did you mean FRA');
  });
});
