import { distance } from 'fastest-levenshtein';
import { ConfigurationError, nearestWord } from '../errors.ts';
import { COUNTRIES } from './country-codes.ts';

/**
 * The ISO 3166-1 alpha-3 code that a user means, in capitals: `fra` -> `FRA`. Synchronous.
 * @throws ConfigurationError for any other text, listing near matches
 */
export function checkCountry(code: string, option = 'countryIsoCode'): string {
  const upper = code.trim().toUpperCase();
  if (isCountry(upper)) return upper;
  const near = nearMatches(code.trim()).map((found) => `${found} (${countryName(found)})`);
  const hint = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
  throw new ConfigurationError(
    option,
    `${option}: ${JSON.stringify(code)} is not a country; allowed: an ISO 3166-1 alpha-3 code, for example FRA.${hint}`,
  );
}

/** Whether a code is an alpha-3 code in capitals. Asked at the start of a program, where the table takes its time. */
export const isCountry = (code: string): boolean =>
  code.length === 3 && COUNTRIES.includes(`\n${code} `);

/** Every alpha-3 code, sorted. */
export const countryCodes = (): readonly string[] => [...countries().keys()];

/** English name of a country: `France`; undefined for a code that is none. */
export const countryName = (code: string): string | undefined =>
  countries().get(code.toUpperCase())?.name;

interface Country {
  readonly alpha2: string;
  readonly name: string;
}

/** By alpha-3 code. */
let table: ReadonlyMap<string, Country> | undefined;

function countries(): ReadonlyMap<string, Country> {
  table ??= new Map(
    COUNTRIES.trim()
      .split('\n')
      .map((line) => [line.slice(0, 3), { alpha2: line.slice(4, 6), name: line.slice(7) }]),
  );
  return table;
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
  for (const [code, { alpha2 }] of countries()) if (fits(code, alpha2)) return code;
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
