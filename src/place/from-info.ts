import { known } from '../known.ts';
import {
  ATTR_CLOUD_PROVIDER,
  ATTR_CLOUD_REGION,
  ATTR_COUNTRY_ISO_CODE,
  ATTR_LATITUDE,
  ATTR_LONGITUDE,
  ATTR_REGION,
} from '../semconv.ts';
import { isCountry } from './countries.ts';
import type { PlaceSource } from './place.ts';

/** What the instrumentation found out and wrote into `codecarbon_info`. A code that is no country is ignored. */
export const fromInfo: PlaceSource = {
  id: 'info',
  find: (_, info) => {
    const country = text(info[ATTR_COUNTRY_ISO_CODE])?.toUpperCase();
    return known({
      countryIsoCode: country !== undefined && isCountry(country) ? country : undefined,
      region: text(info[ATTR_REGION]),
      cloudProvider: text(info[ATTR_CLOUD_PROVIDER]),
      cloudRegion: text(info[ATTR_CLOUD_REGION]),
      latitude: degrees(info[ATTR_LATITUDE], 90),
      longitude: degrees(info[ATTR_LONGITUDE], 180),
    });
  },
};

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function degrees(value: unknown, most: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= most ? number : undefined;
}
