import type { Outcome } from '../semconv.ts';
import { type Joules, joules, type Seconds, seconds, type Watts } from '../units.ts';
import { LONGEST_GAP } from './probe.ts';

export interface CounterLimits {
  /** Counts at which the counter begins again at zero; undefined where that is not known. */
  readonly range?: number | undefined;
  /** Mean power above which a difference cannot be true. */
  readonly maxPower: Watts;
  /** Default 1e6: the counter counts microjoules. */
  readonly countsPerJoule?: number;
}

/** Energy since the first good reading, from raw readings of a counter that may wrap, reset and fail. */
export interface Counter {
  /** Takes what was read, undefined when nothing could be read, and says what became of it. */
  update(raw: number | undefined, now: Seconds): Outcome;
  /** Never decreases. */
  joules(): Joules;
  /** Time of the last good reading. */
  measuredUntil(): Seconds | undefined;
  /**
   * Start of the interval, ending at the last update, of which that update has shown that its energy
   * is missing for good; undefined when nothing is missing. A longer and longer interval while reads
   * fail for more than 10 s.
   */
  lostSince(): Seconds | undefined;
  /** Something else has measured up to `now`: a gap that is open and lost begins only here. */
  coverGap(now: Seconds): void;
}

/** Two readings closer than this may hold the energy of so long a time: counters move in steps of 1 to 100 ms. */
export const SHORTEST_INTERVAL = 0.1;

/**
 * The one counter for all probes (specification, section 4 "Counters"), opened at `now`. Its limits are asked for at
 * the second reading, so that they need not be known before.
 *
 * - A failed reading is a gap: the next good one covers it, unless reads still fail after 10 s. Then
 *   a model has taken over, and the counter starts anew (`first`).
 * - A negative difference is a wrap when the range is known and the power that this implies is
 *   plausible. It is then `range - previous + new`. The kernel gives `max_energy_range_uj` as the
 *   range of the counter (Documentation/power/powercap) and computes it as 2^32 - 1 hardware units,
 *   so the true modulus is larger by one unit (15 or 61 µJ), not by the 1 µJ of `max - prev + new + 1`.
 *   Both fall short by less than a unit in 65 kJ and more; the one that adds nothing invents nothing.
 * - Everything else is dropped with its interval: `reset` for a negative difference, `implausible` for
 *   too much power, and for any difference after a gap in which the counter can have wrapped unseen. What
 *   has come in less than 0.1 s may be of a longer time: it is left to the next reading.
 */
export function createCounter(limits: () => CounterLimits, now: Seconds): Counter {
  let bounds: Bounds | undefined;
  let previous: number | undefined;
  let since: Seconds = now;
  let good: Seconds | undefined;
  let total = 0;
  let lost: Seconds | undefined;
  /** Of the longest step, seconds at full power that have not been counted. */
  let spare = SHORTEST_INTERVAL;

  const fail = (at: Seconds): Outcome => {
    if (at - since > LONGEST_GAP) previous = undefined;
    lost = previous === undefined ? since : undefined;
    return 'failed';
  };
  const start = (raw: number, at: Seconds, outcome: Outcome): Outcome => {
    lost = at > since ? since : undefined;
    previous = raw;
    since = at;
    good = at;
    return outcome;
  };
  const judge = (raw: number, before: number, at: Seconds): Outcome => {
    const elapsed = at - since;
    const difference = raw - before;
    // A range that could not be read is asked for again when the counter may have wrapped.
    const mayHaveWrapped = difference < 0 || elapsed > LONGEST_GAP;
    if (bounds === undefined || (mayHaveWrapped && bounds.range === undefined)) {
      bounds = boundsOf(limits());
    }
    const { range, unambiguous, maxPower, perJoule } = bounds;
    const wrapped = difference < 0 && range !== undefined && before <= range;
    const energy = wrapped ? range + difference : difference;
    const longest = Math.max(elapsed, Math.min(elapsed + spare, SHORTEST_INTERVAL));
    const plausible = energy >= 0 && energy <= maxPower * longest * perJoule;
    if (plausible && elapsed >= 0 && elapsed <= unambiguous) {
      start(raw, at, 'ok');
      spare = longest - energy / perJoule / maxPower;
      lost = undefined;
      total += energy;
      return wrapped ? 'wrapped' : 'ok';
    }
    if (elapsed < SHORTEST_INTERVAL) {
      // Too short to judge: the next reading covers it.
      lost = undefined;
      return 'ok';
    }
    return start(raw, at, difference < 0 && elapsed <= unambiguous ? 'reset' : 'implausible');
  };

  return {
    update: (raw, at) => {
      if (raw === undefined || !(raw >= 0 && raw < Infinity)) return fail(at);
      return previous === undefined ? start(raw, at, 'first') : judge(raw, previous, at);
    },
    joules: () => joules(total / (bounds?.perJoule ?? COUNTS_PER_JOULE)),
    measuredUntil: () => good,
    lostSince: () => lost,
    coverGap: (at) => {
      if (previous === undefined) since = at;
      lost = undefined;
    },
  };
}

interface Bounds {
  readonly range: number | undefined;
  readonly maxPower: Watts;
  readonly perJoule: number;
  /** Seconds in which a wrap cannot be overlooked. */
  readonly unambiguous: number;
}

/** A range in which a counter wraps at once is none. */
function boundsOf(limits: CounterLimits): Bounds {
  const { range, maxPower, countsPerJoule: perJoule = COUNTS_PER_JOULE } = limits;
  const unambiguous = shortestWrap(limits);
  return unambiguous === undefined
    ? { range: undefined, maxPower, perJoule, unambiguous: Infinity }
    : { range, maxPower, perJoule, unambiguous };
}

/** Of a counter of microjoules. */
const COUNTS_PER_JOULE = 1e6;

/**
 * Time in which a counter at full power runs once through its range, undefined where the range is not
 * known. No energy counter wraps within a second: a range that says so is a fault of the file.
 */
export function shortestWrap({
  range,
  maxPower,
  countsPerJoule = COUNTS_PER_JOULE,
}: CounterLimits): Seconds | undefined {
  if (range === undefined) return undefined;
  const time = range / countsPerJoule / maxPower;
  return time >= 1 && time < Infinity ? seconds(time) : undefined;
}

/** Characters of the longest text that can be a count: 20 digits and a line end, and some to tell. */
export const COUNT_LENGTH = 32;

/** A count as the kernel prints it: digits and a line end. Anything else (`-5`, `12abc`, `''`) is undefined. */
export function parseCount(text: string): number | undefined {
  return text.length < COUNT_LENGTH && /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
}
