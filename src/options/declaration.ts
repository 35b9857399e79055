/**
 * One declaration per option. The TypeScript type, the check, the environment variable, the key in
 * `.codecarbon.config`, the flag of the command line and the row in the README all come from it.
 */
export interface OptionDeclaration<Value> {
  /** Key in `.codecarbon.config`; in kebab-case the flag, in capitals after `CODECARBON_` the variable. */
  readonly key: string;
  /** Turns what a user wrote into a value, or returns undefined when it is not valid. */
  readonly parse: (raw: unknown) => Value | undefined;
  /** What is allowed, for messages and README: `a number >= 1`. */
  readonly allowed: string;
  /** The right words, for suggestions. */
  readonly words?: readonly string[];
  readonly default?: Value;
  /** One sentence with unit. */
  readonly help: string;
  /** Who takes it. */
  readonly takers: readonly Taker[];
  /** What of a wrong value may be shown: a secret is not. */
  readonly shown?: (raw: unknown) => unknown;
  /** Nobody but its owner may see the value. */
  readonly isSecret?: true;
}

export type Taker =
  | 'instrumentation'
  | 'reader'
  | 'csv'
  | 'logfire'
  | 'outputs'
  | 'cli'
  | 'pushgateway'
  | 'logger'
  | 'boamps'
  | 'http'
  | 'codecarbon-api';

/** What every kind of option needs to be told. */
export interface About<Value> {
  readonly help: string;
  readonly takers: readonly Taker[];
  readonly default?: Value;
}
