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
  settle(now: Seconds): void;
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
  const isBehind = (part: Summand): boolean => part.measuredUntil() !== measuredUntil;
  return {
    update: (now) => {
      const parts = counted();
      if (!parts.some((part) => part.measuredUntil() === now)) {
        if (measuredUntil !== undefined && now - measuredUntil > LONGEST_GAP) covered = true;
        return;
      }
      measuredUntil = now;
      if (covered) for (const part of parts) part.coverGap(now);
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
    settle: (now) => {
      if (measuredUntil !== now) return;
      for (const part of counted().filter(isBehind)) {
        losses.add(part.measuredUntil() ?? now, now);
        partial.add(part.measuredUntil() ?? now, now);
      }
    },
  };
}

const parts = (summands: readonly Summand[]): number =>
  summands.reduce((sum, one) => sum + one.joules(), 0);
