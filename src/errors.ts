import { closest, distance } from 'fastest-levenshtein';

/** A mistake in a configuration: thrown at once, at construction, and by nothing else. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** Option as the user wrote it: `pue`, `CODECARBON_PUE`, `--pue`. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}

/** Error for a value that an option does not take. Names option, value, what is allowed and the nearest right word. */
export function badValue(
  option: string,
  value: unknown,
  allowed: string,
  words: readonly string[] = [],
): ConfigurationError {
  const nearest = typeof value === 'string' ? nearestWord(value, words) : undefined;
  const hint = nearest === undefined ? '' : ` Did you mean ${quote(nearest)}?`;
  return new ConfigurationError(
    option,
    `${option}: ${quote(value)} is not valid; allowed: ${allowed}.${hint}`,
  );
}

/** Error for an option that does not exist. */
export function unknownOption(option: string, known: readonly string[]): ConfigurationError {
  const nearest = nearestWord(option, known);
  const hint = nearest === undefined ? `Known: ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  return new ConfigurationError(option, `${option}: no such option. ${hint}`);
}

/**
 * The most similar word, if one is similar at all: at most half of its letters differ, or at most a third of
 * those of one of its parts (`contry` means `country_iso_code`).
 */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const lower = word.toLowerCase();
  const sameLetters = words.find((candidate) => candidate.toLowerCase() === lower);
  if (sameLetters !== undefined) return sameLetters;
  const nearest = closest(word, [...words]);
  const far = distance(word, nearest);
  const part = nearestPart(lower, words);
  if (part !== undefined && part.far < far) return part.of;
  return far <= Math.max(word.length, nearest.length) / 2 ? nearest : undefined;
}

/** Shorter words are similar to too many others. */
const SHORTEST_PART = 4;

/** The word with the most similar part; parts end at `_`, `-` and before capitals. */
function nearestPart(
  word: string,
  words: readonly string[],
): { readonly of: string; readonly far: number } | undefined {
  const parts = words.flatMap((of) =>
    partsOf(of).map((part) => ({ of, far: distance(word, part) })),
  );
  const [best] = parts.sort((one, other) => one.far - other.far);
  return best !== undefined && best.far <= word.length / 3 ? best : undefined;
}

const partsOf = (word: string): readonly string[] =>
  word
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_-]+/)
    .filter((part) => part.length >= SHORTEST_PART);

function quote(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return JSON.stringify(value) ?? String(value);
}
