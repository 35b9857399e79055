/** What is not as the format wants it. */
export interface Problem {
  readonly kind: 'missing' | 'wrong';
  /** Where, `task.dataset[0].dataType`. */
  readonly path: string;
  /** What is allowed there; empty for what is missing. */
  readonly allowed: string;
}

/** Checks the value at a path; undefined is missing. */
export type Rule = (value: unknown, path: string) => readonly Problem[];

export const text: Rule = kind('a text', (value) => typeof value === 'string');

export const number: Rule = kind('a number', (value) => Number.isFinite(value));

export const integer: Rule = kind('a whole number', (value) => Number.isInteger(value));

export const fraction: Rule = kind(
  'a number from 0 to 1',
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
);

/** One of these words. */
export function oneOf(...words: readonly string[]): Rule {
  const known: readonly unknown[] = words;
  return kind(`one of: ${words.join(', ')}`, (value) => known.includes(value));
}

/** A list with at least one entry. */
export function listOf(rule: Rule): Rule {
  const isList = kind(
    'a list of at least one',
    (value) => Array.isArray(value) && value.length > 0,
  );
  return (value, path) => {
    const problems = isList(value, path);
    if (problems.length > 0 || !Array.isArray(value)) return problems;
    return value.flatMap((entry: unknown, index) => rule(entry, `${path}[${index}]`));
  };
}

/** An object; fields that the format does not know are allowed. A missing one is missing in each required field. */
export function object(required: readonly string[], fields: Readonly<Record<string, Rule>>): Rule {
  return (value, path) => {
    if (value !== undefined && !isObject(value)) return [wrong(path, 'an object')];
    if (value === undefined && required.length === 0) return [missing(path)];
    return Object.entries(fields).flatMap(([name, rule]) => {
      const field = value?.[name];
      const isAbsent = field === undefined && !required.includes(name);
      return isAbsent ? [] : rule(field, path === '' ? name : `${path}.${name}`);
    });
  };
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function kind(allowed: string, fits: (value: unknown) => boolean): Rule {
  return (value, path) => {
    if (value === undefined) return [missing(path)];
    return fits(value) ? [] : [wrong(path, allowed)];
  };
}

const missing = (path: string): Problem => ({ kind: 'missing', path, allowed: '' });

const wrong = (path: string, allowed: string): Problem => ({ kind: 'wrong', path, allowed });
