import type { Seconds } from '../../units.ts';
import type { Summand } from '../summed.ts';
import { packageOfDie } from './layout.ts';

/** Whether two counters show one and the same energy. */
export interface Comparison {
  /** To be called at each sample, once both have been read. */
  update(now: Seconds): void;
  verdict(): 'undecided' | 'mirror' | 'distinct';
  /** No reading follows: one drift that a mirror does not explain is enough. */
  settle(): void;
}

/** Identical increments, none of them zero, after which two counters are held to be one. */
const ENOUGH_IDENTICAL = 3;
/** Different increments without a single identical one, after which they are two. */
const ENOUGH_DIFFERENT = 5;
/** The two files are read one after the other: a mirror may be this much time ahead of its original. */
const READ_DELAY = 0.05;
/** A count, in joules; two counters that moved alike differ by less. */
const ONE_COUNT = 1e-6;

/**
 * Watches whether two counters advance identically. Not their values are compared (two sockets can be
 * close by chance) but what they gained since a reading that was good for both. Real dies differ by more
 * than the delay between two reads explains, again and again; a mirror that ran ahead once is level at
 * the next reading. A mirror that later drifts apart was none.
 */
function compare(original: Summand, copy: Summand): Comparison {
  let last: { readonly at: Seconds; readonly one: number; readonly other: number } | undefined;
  let identical = 0;
  let different = 0;
  let drift = 0;
  let apart = 0;

  const judge = (one: number, other: number, elapsed: number): void => {
    if (one === 0 && other === 0) return;
    if (Math.abs(one - other) < ONE_COUNT) identical += 1;
    else different += 1;
    drift += one - other;
    const explained = (Math.max(one, other) / elapsed) * READ_DELAY;
    apart = Math.abs(drift) > explained ? apart + 1 : 0;
  };
  let distinct = false;
  return {
    update: (now) => {
      // A second look at the same moment (at the end of a run) shows no increments of their own.
      if (distinct || (last && now <= last.at)) return;
      if (!isGood(original, now) || !isGood(copy, now)) {
        last = undefined;
        drift = 0;
        apart = 0;
        return;
      }
      const next = { at: now, one: original.joules(), other: copy.joules() };
      if (last) judge(next.one - last.one, next.other - last.other, now - last.at);
      last = next;
      distinct = apart >= 2 || (identical === 0 && different >= ENOUGH_DIFFERENT);
    },
    settle: () => {
      distinct ||= identical < ENOUGH_IDENTICAL && apart > 0;
    },
    verdict: () => {
      if (distinct) return 'distinct';
      return identical >= ENOUGH_IDENTICAL ? 'mirror' : 'undecided';
    },
  };
}

const isGood = (counter: Summand, now: Seconds): boolean =>
  counter.measuredUntil() === now && counter.lostSince() === undefined;

/** A counter that may show the energy of an earlier one again. */
export interface Die<Part> {
  readonly part: Part;
  /** One for each earlier die of its package; it counts once it is distinct from all of them. */
  readonly comparisons: readonly Comparison[];
}

/**
 * Zen 1 and 2 show a whole package's energy once for each die. Every later die of a package is compared
 * with the earlier ones; packages, with different numbers, are never compared.
 */
export function findDies<Part extends Summand & { readonly name: string }>(
  parts: readonly Part[],
): readonly Die<Part>[] {
  return parts.map((part, index) => {
    const whole = packageOfDie(part.name);
    const earlier = parts.slice(0, index).filter(({ name }) => packageOfDie(name) === whole);
    return {
      part,
      comparisons: whole === undefined ? [] : earlier.map((one) => compare(one, part)),
    };
  });
}

/** Whether a die's energy is its own. While that is undecided it is held back. */
export const isOwn = ({ comparisons }: Die<unknown>): boolean =>
  comparisons.every((comparison) => comparison.verdict() === 'distinct');

/** Whether it is still not known. */
export const isUndecided = ({ comparisons }: Die<unknown>): boolean => {
  const verdicts = comparisons.map((comparison) => comparison.verdict());
  return verdicts.includes('undecided') && !verdicts.includes('mirror');
};
