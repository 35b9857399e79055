import { type Seconds, seconds } from '../units.ts';

/** Time whose energy is missing: overlapping intervals count once. */
export interface Losses {
  add(from: Seconds, to: Seconds): void;
  total(): Seconds;
}

/** Intervals that are kept apart; beyond, the oldest are only a sum. Losses overlap when they are recent. */
const MOST_KEPT = 8;

/** An empty union of intervals; its total never decreases and its memory does not grow. */
export function createLosses(): Losses {
  let kept: { from: number; to: number }[] = [];
  let settled = 0;
  let settledUntil = -Infinity;
  let total = 0;
  return {
    add: (from, to) => {
      const added = { from: Math.max(from, settledUntil), to: to as number };
      if (added.to <= added.from) return;
      const apart = kept.filter((one) => one.to < added.from || one.from > added.to);
      for (const one of kept) {
        if (apart.includes(one)) continue;
        added.from = Math.min(added.from, one.from);
        added.to = Math.max(added.to, one.to);
      }
      kept = [...apart, added].sort((a, b) => a.from - b.from);
      const oldest = kept.length > MOST_KEPT ? kept.shift() : undefined;
      if (oldest) {
        settled += oldest.to - oldest.from;
        settledUntil = oldest.to;
      }
      total = kept.reduce((sum, one) => sum + one.to - one.from, settled);
    },
    total: () => seconds(total),
  };
}
