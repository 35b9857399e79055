import type { Outcome } from '../../semconv.ts';
import { type Seconds, seconds } from '../../units.ts';
import { LONGEST_GAP, RETRY_INTERVAL } from '../probe.ts';
import type { LoadSource } from './load-source.ts';
import type { CpuTicks } from './parse.ts';

/** What a meter has seen since its first good reading. */
export interface LoadTotals {
  /** Seconds covered by readings. */
  elapsed: number;
  /** Seconds of full load. */
  busy: number;
  /** The same, each interval's load through `shape`; equal to `busy` for a linear model. */
  active: number;
  /** Time of the last good reading. */
  until: Seconds | undefined;
  /** Seconds dropped. */
  lost: number;
}

export interface LoadMeter {
  readonly totals: Readonly<LoadTotals>;
  /** Takes one reading into `totals`; a failed one leaves them as they are. */
  advance(now: Seconds): Outcome;
  close(): void;
}

/**
 * Turns cumulative CPU time into seconds of full load. CPU time is cumulative, so a failed reading is a gap that
 * the next good one covers; after a gap that somebody else has closed (`LONGEST_GAP`) it starts anew.
 * Load is within 0 and 1 whatever the counters do.
 */
export function loadMeter(
  source: LoadSource,
  shape: (load: number) => number = (load) => load,
): LoadMeter {
  const totals: LoadTotals = { elapsed: 0, busy: 0, active: 0, until: undefined, lost: 0 };
  let base: (CpuTicks & { readonly at: Seconds }) | undefined;
  let carried = 0;
  let abandoned = false;
  let failingSince: Seconds | undefined;
  let retryAt = 0;

  const start = (ticks: CpuTicks, now: Seconds): void => {
    base = { ...ticks, at: now };
    carried = 0;
    abandoned = false;
    totals.until = now;
  };

  const fail = (now: Seconds): Outcome => {
    failingSince ??= now;
    const long = now - (totals.until ?? failingSince) > LONGEST_GAP;
    abandoned ||= long;
    if (!long || now >= retryAt) {
      retryAt = now + RETRY_INTERVAL;
      source.reopen();
    }
    return 'failed';
  };

  const credit = (from: CpuTicks & { at: Seconds }, ticks: CpuTicks, now: Seconds): void => {
    const time = now - from.at;
    const whole = growthOfTotal(source, from, ticks, time);
    const full = ((ticks.busy - from.busy) / whole) * time + carried;
    const busy = Math.min(Math.max(0, full), time);
    carried = Math.min(Math.max(0, full - busy), source.burst);
    totals.busy += busy;
    totals.active += shape(busy / time) * time;
    // What goes back a little keeps its highest value, so that the way up again is not counted twice.
    base = { busy: Math.max(from.busy, ticks.busy), total: ticks.total, at: now };
  };

  return {
    totals,
    advance: (now) => {
      const ticks = source.read(now);
      if (ticks === undefined) return fail(now);
      failingSince = undefined;
      if (base === undefined || totals.until === undefined || abandoned) {
        start(ticks, now);
        return 'first';
      }
      const passed = Math.max(0, now - totals.until);
      if (isReset(base.busy - ticks.busy, base.busy, source)) {
        totals.lost += passed;
        start(ticks, now);
        return 'reset';
      }
      totals.elapsed += passed;
      totals.until = seconds(Math.max(totals.until, now));
      const waited = now - base.at;
      // Within one tick of the kernel's clock there is nothing to divide by: wait.
      if (waited > 0 && (ticks.total > base.total || waited > LONGEST_WAIT))
        credit(base, ticks, now);
      return 'ok';
    },
    close: () => source.close(),
  };
}

/** CPU time that falls by half, or by a second of the whole machine, began anew; less is the kernel's rounding. */
const isReset = (fall: number, before: number, { totalPerSecond }: LoadSource): boolean =>
  fall > before / 2 || fall > totalPerSecond();

/** Seconds after which counters that stand still, or run back, are not merely between two ticks. */
const LONGEST_WAIT = 0.5;

/** Idle time runs back when CPUs come and go; the number of CPUs then says what full load would have been. */
function growthOfTotal(source: LoadSource, from: CpuTicks, to: CpuTicks, time: number): number {
  const growth = to.total - from.total;
  return growth > 0 ? growth : source.totalPerSecond() * time;
}
