import { ConfigurationError } from '../../errors.ts';

/** Where Logfire keeps its data. */
export const REGIONS = {
  us: 'https://logfire-us.pydantic.dev',
  eu: 'https://logfire-eu.pydantic.dev',
} as const;

export type Region = keyof typeof REGIONS;

export const REGION_NAMES = Object.keys(REGIONS) as readonly Region[];

/** `pylf_v1_eu_…`: the third part is the region. */
const TOKEN = /^pylf_v\d+_([a-z]+)_/;

/** Base URL of the region that a token belongs to; an unknown one, or none, is the US. */
export function baseUrlOf(token: string): string {
  const [, region] = TOKEN.exec(token) ?? [];
  return region !== undefined && isRegion(region) ? REGIONS[region] : REGIONS.us;
}

export const isRegion = (word: string): word is Region =>
  (REGION_NAMES as readonly string[]).includes(word);

/**
 * A base URL without the slash at its end.
 * @param as how the user wrote the option: `logfireBaseUrl`, `LOGFIRE_BASE_URL`
 * @throws ConfigurationError for what is no http or https address, or holds a password
 */
export function checkBaseUrl(raw: string, as: string): string {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  // The value is left out of the message: a wrong one may hold a password.
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ConfigurationError(
      as,
      `${as}: not an address; allowed: an http or https URL such as ${REGIONS.us}.`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ConfigurationError(
      as,
      `${as}: a base URL holds no user, password, query or fragment; the token is set by LOGFIRE_TOKEN.`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
