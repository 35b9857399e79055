import { type Command, Option } from 'commander';
import type { Explicit } from '../config/index.ts';
import {
  OPTIONS,
  type OptionDeclaration,
  type OptionName,
  optionNames,
  type Taker,
} from '../options/index.ts';

/** What the user gave by flags, the last one of each. */
export type GivenFlags = ReadonlyMap<OptionName, Explicit>;

/** The options of these takers, each once. */
export const flagsOf = (
  takers: readonly Taker[],
  without: readonly OptionName[] = [],
): ReadonlySet<OptionName> =>
  new Set(takers.flatMap(optionNames).filter((name) => !without.includes(name)));

/** Gives a command one flag per option: the key in kebab-case. */
export function addFlags(command: Command, names: ReadonlySet<OptionName>): GivenFlags {
  const given = new Map<OptionName, Explicit>();
  for (const name of names) {
    const as = flagOf(name);
    const note = (raw: string): void => void given.set(name, { name, raw, as });
    command.addOption(toOption(OPTIONS[name], as).argParser(note));
    const other = SHORTER[name];
    if (other === undefined) continue;
    const noteOther = (raw: string): void => void given.set(name, { name, raw, as: other });
    command.addOption(new Option(`${other} <value>`, `The same as ${as}`).argParser(noteOther));
  }
  return given;
}

/** A second flag for what is typed often. */
const SHORTER: { readonly [Name in OptionName]?: string } = { outputMethods: '--outputs' };

/** `forceCpuPower` -> `--force-cpu-power`. */
export const flagOf = (name: OptionName): string => `--${OPTIONS[name].key.replaceAll('_', '-')}`;

function toOption(declared: OptionDeclaration<unknown>, flag: string): Option {
  if (declared.allowed === 'true or false') {
    return new Option(`${flag} [true|false]`, describe(declared)).preset('true');
  }
  return new Option(`${flag} <value>`, describe(declared));
}

function describe({ key, help, words, isSecret, ...declared }: OptionDeclaration<unknown>): string {
  const { default: fallback } = declared;
  const isWord = typeof fallback === 'string' && words?.includes(fallback);
  const variable = `CODECARBON_${key.toUpperCase()}`;
  const notes = [
    ...(words === undefined || typeof fallback === 'boolean' ? [] : [words.join(', ')]),
    ...(fallback === undefined || fallback === false
      ? []
      : [isWord ? `without: ${fallback}` : `default ${fallback}`]),
    ...(isSecret === true ? [`better set as ${variable}: lists of processes show flags`] : []),
  ];
  return notes.length === 0 ? help : `${help} (${notes.join('; ')})`;
}

/** A text of a probe, with options named as flags: `Option raplPreferPsys` -> `--rapl-prefer-psys`. */
export const inFlags = (text: string): string =>
  text.replace(/\bOption (\w+)/g, (found, name: string) =>
    name in OPTIONS ? flagOf(name as OptionName) : found,
  );
