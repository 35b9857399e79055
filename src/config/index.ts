import { ConfigurationError, nearestWord } from '../errors.ts';
import {
  OPTIONS,
  type OptionName,
  type OptionsFor,
  optionNames,
  parseOption,
  type Taker,
} from '../options/index.ts';
import { type Entry, ownSurroundings, readSources, type Surroundings } from './sources.ts';
import { asksForNothing, splitAvailable, UNAVAILABLE_KEYS } from './unavailable.ts';

export type { Surroundings } from './sources.ts';
export { ownSurroundings } from './sources.ts';

/** Every option that somebody set, checked, and where. */
export interface Configuration {
  readonly options: { readonly [Name in OptionName]?: unknown };
  /** Who set it, in the user's own spelling: `CODECARBON_PUE`, `.codecarbon.config: pue`, `--pue`. */
  readonly origins: { readonly [Name in OptionName]?: string };
  /** What a person should read once: unknown keys, keys without effect, files that cannot be read. */
  readonly warnings: readonly string[];
}

/** An option given in a program or by a flag, with its name as the user wrote it: `pue`, `--pue`. */
export interface Explicit {
  readonly name: OptionName;
  readonly raw: unknown;
  readonly as: string;
}

/**
 * Puts together what is set explicitly, by variable, in `./.codecarbon.config` and in
 * `~/.codecarbon.config`; the first of these that names an option decides it.
 * @throws ConfigurationError for a value that is not allowed, naming the place
 */
export function readConfiguration(
  explicit: readonly Explicit[] = [],
  surroundings: Surroundings = ownSurroundings(),
): Configuration {
  const sources = readSources(surroundings);
  const collected: Collected = { options: {}, origins: {}, warnings: new Set() };
  for (const { name, raw, as } of explicit) take(collected, name, raw, as);
  for (const { entries, warnings } of sources) {
    for (const warning of warnings) collected.warnings.add(warning);
    for (const entry of entries) takeForeign(collected, entry);
  }
  return { ...collected, warnings: [...collected.warnings] };
}

/** The part of a configuration that `who` takes, ready for its constructor. */
export function optionsOf<Who extends Taker>(
  { options }: Configuration,
  who: Who,
): OptionsFor<Who> {
  const names = optionNames(who).filter((name) => options[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, options[name]])) as OptionsFor<Who>;
}

/** The error of a constructor (`countryIsoCode: …`), named as the user wrote the option (`--country-iso-code: …`). */
export function inUsersWords(error: unknown, { origins }: Configuration): unknown {
  if (!(error instanceof ConfigurationError)) return error;
  const origin = origins[error.option as OptionName];
  if (origin === undefined) return error;
  return new ConfigurationError(
    origin,
    error.message.replace(error.option, () => origin),
  );
}

interface Collected {
  readonly options: { [Name in OptionName]?: unknown };
  readonly origins: { [Name in OptionName]?: string };
  readonly warnings: Set<string>;
}

const NAMES = new Map<string, OptionName>(
  (Object.keys(OPTIONS) as OptionName[]).map((name) => [OPTIONS[name].key, name]),
);

function take({ options, origins }: Collected, name: OptionName, raw: unknown, as: string): void {
  if (raw === undefined || origins[name] !== undefined) return;
  options[name] = parseOption(name, raw, as);
  origins[name] = as;
}

/** What comes from a variable or a file may be written for CodeCarbon, of any version: it is never an unknown-key error. */
function takeForeign(collected: Collected, { key, raw, as }: Entry): void {
  const name = NAMES.get(key);
  if (name === undefined) {
    if (!asksForNothing(key, raw)) collected.warnings.add(aboutKey(key, as));
    return;
  }
  const available = splitAvailable(key, raw);
  for (const word of available.unavailable) {
    collected.warnings.add(`${as}: "${word}" is not available in this version; it is ignored.`);
  }
  take(collected, name, available.raw, as);
}

function aboutKey(key: string, as: string): string {
  if (UNAVAILABLE_KEYS.has(key)) return `${as}: has no effect in this version; it is ignored.`;
  const nearest = nearestWord(key, [...NAMES.keys()]);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  return `${as}: no such setting; it is ignored.${hint}`;
}
