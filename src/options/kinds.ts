import type { About } from './declaration.ts';

/** A text that is not empty. */
export function text<const About_ extends About<string>>(key: string, about: About_) {
  return {
    key,
    allowed: 'a text that is not empty',
    parse: (raw: unknown): string | undefined =>
      typeof raw === 'string' && raw.trim() !== '' ? raw.trim() : undefined,
    ...about,
  };
}

/** A text that no message shows. */
export function secret<const About_ extends About<string>>(key: string, about: About_) {
  return { ...text(key, about), isSecret: true as const, shown: () => '***' };
}

/** An address of the web, as it was written. */
export function address<const About_ extends About<string>>(key: string, about: About_) {
  return {
    key,
    allowed: 'a URL that begins with http:// or https://',
    parse: (raw: unknown): string | undefined => {
      const url = typeof raw === 'string' && URL.canParse(raw.trim()) ? raw.trim() : undefined;
      return url !== undefined && /^https?:\/\/[^/]/i.test(url) ? url : undefined;
    },
    shown: shownAddress,
    ...about,
  };
}

/** Of an address that may be written wrongly: no user, no password, no query and no fragment. */
function shownAddress(raw: unknown): unknown {
  if (typeof raw !== 'string') return typeof raw === 'object' ? '***' : raw;
  const scheme = /^\s*[a-z][a-z\d+.-]*:\/\//i.exec(raw)?.[0] ?? '';
  const rest = raw.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  // `?` and `#` may be of a password, an `@` may be of a query: which is which, nobody knows.
  if (/[?#]/.test(rest.slice(0, Math.max(0, at)))) return `${scheme}***`;
  const place = at < 0 ? rest : `***${rest.slice(at)}`;
  return scheme + place.replace(/([?#]).*$/s, '$1***');
}

/** A number that fits; `allowed` says which do. */
export function number<const About_ extends About<number>>(
  key: string,
  allowed: string,
  fits: (value: number) => boolean,
  about: About_,
) {
  return {
    key,
    allowed,
    parse: (raw: unknown): number | undefined => {
      const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
      return typeof value === 'number' && Number.isFinite(value) && fits(value) ? value : undefined;
    },
    ...about,
  };
}

/** One of some words, in any case. */
export function choice<const Word extends string, const About_ extends About<NoInfer<Word>>>(
  key: string,
  words: readonly Word[],
  about: About_,
) {
  return {
    key,
    words,
    allowed: words.join(', '),
    parse: (raw: unknown): Word | undefined => words.find((word) => word === lowerCase(raw)),
    ...about,
  };
}

const lowerCase = (raw: unknown): unknown => (typeof raw === 'string' ? raw.toLowerCase() : raw);

/** Words separated by commas, or an array of them. */
export function list<const Word extends string, const About_ extends Omit<About<never>, 'default'>>(
  key: string,
  words: readonly Word[],
  about: About_,
) {
  return {
    key,
    words,
    allowed: `a list of: ${words.join(', ')}`,
    parse: (raw: unknown): readonly Word[] | undefined => {
      const given: readonly unknown[] =
        typeof raw === 'string' ? raw.split(',').map((word) => word.trim()) : toArray(raw);
      const found = words.filter((word) => given.includes(word));
      return found.length === new Set(given).size ? found : undefined;
    },
    ...about,
  };
}

const toArray = (raw: unknown): readonly unknown[] => (Array.isArray(raw) ? raw : [undefined]);

const YES = ['true', 'yes', 'on', '1'];
const NO = ['false', 'no', 'off', '0'];

/** True or false, in the words that people use. */
export function flag<const About_ extends About<boolean>>(key: string, about: About_) {
  return {
    key,
    words: ['true', 'false'],
    allowed: 'true or false',
    parse: (raw: unknown): boolean | undefined => {
      if (typeof raw === 'boolean') return raw;
      if (typeof raw !== 'string') return undefined;
      if (YES.includes(raw.toLowerCase())) return true;
      return NO.includes(raw.toLowerCase()) ? false : undefined;
    },
    ...about,
  };
}

/** The path of a JSON file, or what would stand in it. */
export function metadata<const About_ extends About<never>>(key: string, about: About_) {
  return {
    key,
    allowed: 'the path of a JSON file, or an object',
    parse: (raw: unknown): string | Readonly<Record<string, unknown>> | undefined => {
      if (typeof raw === 'string' && raw.trim() !== '') return raw.trim();
      const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
      return isObject ? { ...raw } : undefined;
    },
    ...about,
  };
}

/** Bounds of numbers, both included. */
export function between(least: number, most: number) {
  return (value: number): boolean => value >= least && value <= most;
}

/** A port that a server can have. */
export function port(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}

/** A bound that is included. */
export function atLeast(least: number) {
  return (value: number): boolean => value >= least;
}

/** A bound that is not included. */
export function above(bound: number) {
  return (value: number): boolean => value > bound;
}
