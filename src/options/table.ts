import { CHOOSING } from './choosing.ts';
import type { Taker } from './declaration.ts';
import { MEASURING } from './measuring.ts';
import { WRITING } from './writing.ts';

/** Every option there is, in the order of help and README. */
export const OPTIONS = { ...MEASURING, ...WRITING, ...CHOOSING } as const;

export type OptionName = keyof typeof OPTIONS;

/** Everybody who takes an option. */
export const TAKERS: readonly Taker[] = [
  ...new Set(Object.values(OPTIONS).flatMap(({ takers }): readonly Taker[] => takers)),
];

/** Names of the options that `who` takes, in the order of their declarations. */
export function optionNames(who: Taker): readonly OptionName[] {
  const names = Object.keys(OPTIONS) as OptionName[];
  return names.filter((name) => (OPTIONS[name].takers as readonly Taker[]).includes(who));
}
