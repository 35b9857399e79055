import { type Joules, joules, type Seconds } from '../units.ts';
import { createLosses } from './losses.ts';
import { LONGEST_GAP } from './probe.ts';

/** One of the counters whose sum is a channel: a socket. A `Counter` is one. */
export interface Summand {
  joules(): Joules;
  measuredUntil(): Seconds | undefined;
  lostSince(): Seconds | undefined;
  coverGap(now: Seconds): void;
}

export interface Sum {
  /** To be called at each sample, once every summand has been read. */
  update(now: Seconds): void;
  joules(): Joules;
  measuredUntil(): Seconds | undefined;
  lost(): Seconds;
  /** The part of `lost` in which others delivered: some of its energy is counted. */
  lostInPart(): Seconds;
  /** Some deliver, and another one is in a gap that it may still cover: the total is behind. */
  isWaiting(): boolean;
  /** No reading follows: gaps that are open are lost, while others delivered. */
  settle(): void;
  /** Something that is not among the summands was not measured. */
  miss(from: Seconds, to: Seconds): void;
}

/**
 * Adds counters up to one channel. While one of them delivers, the channel goes on and what the others
 * miss is lost time, overlaps counted once. While none delivers the channel stands still: somebody else
 * covers that gap when it is longer than 10 s, so that it is not lost here.
 * @param counted the summands that count now, in the order of their appearance
 */
export function createSum(counted: () => readonly Summand[]): Sum {
  const losses = createLosses();
  const partial = createLosses();
  let measuredUntil: Seconds | undefined;
  let covered = false;
  /** End of the last gap that somebody else covered. */
  let coveredUntil = -Infinity;
  const isBehind = (part: Summand): boolean => part.measuredUntil() !== measuredUntil;
  /** What is missing of the time in which others delivered will not come any more. */
  const giveUp = (): void => {
    if (measuredUntil === undefined) return;
    for (const part of counted().filter(isBehind)) {
      const since = Math.max(part.measuredUntil() ?? measuredUntil, coveredUntil) as Seconds;
      losses.add(since, measuredUntil);
      partial.add(since, measuredUntil);
    }
  };
  return {
    update: (now) => {
      const parts = counted();
      if (!parts.some((part) => part.measuredUntil() === now)) {
        if (covered || measuredUntil === undefined || now - measuredUntil <= LONGEST_GAP) return;
        covered = true;
        giveUp();
        return;
      }
      measuredUntil = now;
      if (covered) {
        coveredUntil = now;
        for (const part of parts) part.coverGap(now);
      }
      const lost = parts.flatMap((part) => part.lostSince() ?? []);
      for (const since of lost) {
        losses.add(since, now);
        if (lost.length < parts.length) partial.add(since, now);
      }
      covered = false;
    },
    joules: () => joules(parts(counted())),
    measuredUntil: () => measuredUntil,
    lost: losses.total,
    lostInPart: partial.total,
    isWaiting: () => counted().some((part) => isBehind(part) && part.lostSince() === undefined),
    miss: (from, to) => {
      losses.add(from, to);
      partial.add(from, to);
    },
    settle: giveUp,
  };
}

const parts = (summands: readonly Summand[]): number =>
  summands.reduce((sum, one) => sum + one.joules(), 0);
