import { distance } from 'fastest-levenshtein';
import { ConfigurationError, nearestWord } from '../errors.ts';
import { COUNTRY_CODES } from './country-codes.ts';

/**
 * The ISO 3166-1 alpha-3 code that a user means, in capitals: `fra` -> `FRA`. Synchronous.
 * @throws ConfigurationError for any other text, listing near matches
 */
export function checkCountry(code: string, option = 'countryIsoCode'): string {
  const upper = code.trim().toUpperCase();
  if (countries().has(upper)) return upper;
  const near = nearMatches(code.trim()).map((found) => `${found} (${countryName(found)})`);
  const hint = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
  throw new ConfigurationError(
    option,
    `${option}: ${JSON.stringify(code)} is not a country; allowed: an ISO 3166-1 alpha-3 code, for example FRA.${hint}`,
  );
}

/** Whether a code is an alpha-3 code in capitals. */
export const isCountry = (code: string): boolean => countries().has(code);

/** Every alpha-3 code, sorted. */
export const countryCodes = (): readonly string[] => [...countries().keys()];

/**
 * English name of a country: `France`. From Node's own copy of the Unicode CLDR, which needs no
 * further data; undefined for a code that is none, and in a Node built without it.
 */
export function countryName(code: string): string | undefined {
  const alpha2 = countries().get(code.toUpperCase());
  return alpha2 === undefined ? undefined : englishName(alpha2);
}

/** Alpha-3 -> alpha-2. */
let table: ReadonlyMap<string, string> | undefined;

function countries(): ReadonlyMap<string, string> {
  table ??= new Map(
    COUNTRY_CODES.trim()
      .split(/\s+/)
      .map((codes) => [codes.slice(0, 3), codes.slice(3)]),
  );
  return table;
}

let names: Intl.DisplayNames | undefined;

function englishName(alpha2: string): string | undefined {
  try {
    names ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    return names.of(alpha2);
  } catch {
    return undefined;
  }
}

/** Two-letter codes in wide use that ISO does not assign to the country. */
const USUAL: Readonly<Record<string, string>> = { UK: 'GBR', EL: 'GRC' };

const MOST_MATCHES = 4;

/** Codes of the countries a user may have meant, the likeliest first. */
function nearMatches(word: string): readonly string[] {
  const upper = word.toUpperCase();
  const usual = USUAL[upper] ?? codeWhere((_, alpha2) => alpha2 === upper);
  if (usual !== undefined) return [usual];
  const named = codeWhere((code) => plain(countryName(code)) === plain(word));
  if (named !== undefined) return [named];
  const similar = word.length === 3 ? similarCodes(upper) : similarNames(word);
  return similar.slice(0, MOST_MATCHES);
}

function codeWhere(fits: (code: string, alpha2: string) => boolean): string | undefined {
  for (const [code, alpha2] of countries()) if (fits(code, alpha2)) return code;
  return undefined;
}

/** One letter differs; those that begin alike come first. */
function similarCodes(word: string): readonly string[] {
  const beginsAlike = (code: string): number => (code.slice(0, 2) === word.slice(0, 2) ? 0 : 1);
  return countryCodes()
    .filter((code) => distance(code, word) === 1)
    .sort((one, other) => beginsAlike(one) - beginsAlike(other));
}

/** The name begins with the word, or is spelt much like it. */
function similarNames(word: string): readonly string[] {
  const wanted = plain(word);
  if (wanted.length < 3) return [];
  const begins = countryCodes().filter((code) => plain(countryName(code)).startsWith(wanted));
  if (begins.length > 0) return begins;
  const nearest = nearestWord(
    wanted,
    countryCodes().map((code) => plain(countryName(code))),
  );
  const code = codeWhere((candidate) => plain(countryName(candidate)) === nearest);
  return code === undefined ? [] : [code];
}

/** Letters only, without case and accents: `Côte d’Ivoire` -> `cotedivoire`. */
const plain = (name = ''): string =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '');
