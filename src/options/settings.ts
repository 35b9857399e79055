import { badValue, unknownOption } from '../errors.ts';
import type { OptionDeclaration, Taker } from './declaration.ts';
import { OPTIONS, type OptionName, optionNames } from './table.ts';

type ValueOf<Declared> = Declared extends OptionDeclaration<infer Value> ? Value : never;

type NamesFor<Who extends Taker> = {
  [Name in OptionName]: Who extends (typeof OPTIONS)[Name]['takers'][number] ? Name : never;
}[OptionName];

/** The options that `Who` takes, all optional. */
export type OptionsFor<Who extends Taker> = {
  readonly [Name in NamesFor<Who>]?: ValueOf<(typeof OPTIONS)[Name]> | undefined;
};

type Defaulted = {
  [Name in OptionName]: (typeof OPTIONS)[Name] extends { readonly default: unknown } ? Name : never;
}[OptionName];

/** The same, checked and with defaults filled in. */
export type Settings<Who extends Taker> = {
  readonly [Name in NamesFor<Who> & Defaulted]: ValueOf<(typeof OPTIONS)[Name]>;
} & {
  readonly [Name in Exclude<NamesFor<Who>, Defaulted>]?: ValueOf<(typeof OPTIONS)[Name]>;
};

/**
 * Checks what a caller wrote and fills in the defaults. `foreign` names the keys of the same object
 * that belong to somebody else (`enabled`, `exporter`).
 * @throws ConfigurationError for an unknown option or a value that is not allowed
 */
export function settingsFor<Who extends Taker>(
  who: Who,
  given: OptionsFor<Who>,
  foreign: readonly string[] = [],
): Settings<Who> {
  const known = optionNames(who);
  const settings: Record<string, unknown> = {};
  for (const name of known) {
    const declared: OptionDeclaration<unknown> = OPTIONS[name];
    if (declared.default !== undefined) settings[name] = declared.default;
  }
  for (const [name, raw] of Object.entries(given)) {
    if (raw === undefined || foreign.includes(name)) continue;
    if (!known.includes(name as OptionName)) throw unknownOption(name, [...known, ...foreign]);
    settings[name] = parseOption(name as OptionName, raw);
  }
  return settings as Settings<Who>;
}

/** The value of one option. `as` is how the user wrote its name: `CODECARBON_PUE`, `--pue`. */
export function parseOption(name: OptionName, raw: unknown, as: string = name): unknown {
  const declared: OptionDeclaration<unknown> = OPTIONS[name];
  const value = declared.parse(raw);
  if (value === undefined) {
    const shown = declared.shown?.(raw) ?? raw;
    throw badValue(as, shown, declared.allowed, declared.words);
  }
  return value;
}
