import type { Outcome } from '../../semconv.ts';
import { joules, type Seconds } from '../../units.ts';
import type { KeptCounter } from '../kept-counter.ts';
import type { Summand } from '../summed.ts';

/** What one counter, or several of the same energy, have counted. */
export interface Counted extends Summand {
  read(now: Seconds): Outcome;
  /** The counter that is in use. */
  used(): KeptCounter | undefined;
}

/** RAPL counters move every millisecond: one that stands this long while its twin moves is dead. */
const STALLED = 0.5;

/**
 * Twins count one and the same energy. The preferred one counts (MSR before MMIO) as long as it can be read and
 * advances. As every twin has counted from the start, another one takes over from the moment at which the first was
 * last good: nothing is counted twice, and nothing is lost unless the other one was away at that moment, or has lost
 * something since: then all from there to now is missing.
 */
export function countTwins(counters: readonly KeptCounter[], now: Seconds): Counted {
  /** What every twin had counted when the one in use was last good. */
  let marks = counters.map(() => 0);
  let markedAt: Seconds = now;
  /** Which cannot tell what came since: they were away then, or have lost something since. */
  let isBlind = counters.map(() => false);
  /** Start of what is missing because the twin that took over cannot tell it. */
  let lost: Seconds | undefined;
  let used = 0;
  let carried = 0;

  const mark = (at: Seconds): void => {
    marks = counters.map((counter) => counter.joules());
    isBlind = counters.map((counter) => counter.measuredUntil() !== at);
    markedAt = at;
  };
  const grown = (index: number): boolean => (counters[index]?.joules() ?? 0) > (marks[index] ?? 0);
  const isGood = (index: number, at: Seconds): boolean => {
    const counter = counters[index];
    return counter?.measuredUntil() === at && counter.lostSince() === undefined;
  };
  const findBetter = (good: boolean, at: Seconds): number =>
    counters.findIndex(
      (_, index) => index !== used && isGood(index, at) && (!good || grown(index)),
    );
  const choose = (at: Seconds): void => {
    const good = isGood(used, at);
    const isWaiting = good && !grown(used) && at - markedAt < STALLED;
    if (isWaiting) return;
    const next = good && grown(used) ? -1 : findBetter(good, at);
    if (next >= 0) {
      const blind = isBlind[next] === true;
      if (blind) lost = markedAt;
      const from = blind ? counters[next]?.joules() : marks[next];
      carried += (counters[used]?.joules() ?? 0) - (from ?? 0);
      used = next;
    }
    if (counters[used]?.measuredUntil() === at) mark(at);
  };
  return {
    read: (at) => {
      const outcomes = counters.map((counter) => counter.read(at));
      for (const [index, counter] of counters.entries()) {
        if (counter.lostSince() !== undefined) isBlind[index] = true;
      }
      lost = undefined;
      choose(at);
      return outcomes[used] ?? 'failed';
    },
    joules: () => joules(carried + (counters[used]?.joules() ?? 0)),
    measuredUntil: () => counters[used]?.measuredUntil(),
    lostSince: () => lost ?? counters[used]?.lostSince(),
    coverGap: (at) => counters[used]?.coverGap(at),
    used: () => counters[used],
  };
}
