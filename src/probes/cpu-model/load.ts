import type { Host, KeptFile, Result } from '../../host.ts';
import type { Outcome } from '../../semconv.ts';
import type { Seconds } from '../../units.ts';
import type { CpuLimit } from '../cgroup.ts';
import { LONGEST_GAP, RETRY_INTERVAL } from '../probe.ts';
import { type CpuTicks, parseStat } from './parse.ts';

/** Where cumulative CPU time comes from. `total` is what would be busy at full load. */
export interface LoadSource {
  /** How much `total` grows in a second, where its own growth cannot be used. */
  readonly totalPerSecond: number;
  /** Seconds of full load that may be seen before their time has passed. */
  readonly burst: number;
  read(now: Seconds): CpuTicks | undefined;
  /** Opens the file again, after it failed. */
  reopen(): void;
  close(): void;
}

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
 * Text up to the end of the first line of `/proc/stat`: ten numbers of 20 digits at most. The lines below
 * count every interrupt and are much longer.
 */
const STAT_HEAD = 256;

/** The kernel states `/proc/stat` in hundredths of a second on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * A group may use its whole quota at the start of a period: one period (100 ms as a rule) of full load
 * can be seen before its time has passed, and is carried to the next interval.
 */
const QUOTA_PERIOD = 0.1;

/** Load of all CPUs from `/proc/stat`, or from the operating system where there is none. */
export function hostLoad(host: Host, cpus: number): Result<LoadSource> {
  if (host.platform === 'linux') {
    const about = { totalPerSecond: cpus * TICKS_PER_SECOND, burst: 0 };
    return fileSource(host, host.proc('stat'), about, parseStat);
  }
  if (host.cpuTimes() === undefined) return { ok: false, errno: 'ENOSYS' };
  const read = (): CpuTicks | undefined => host.cpuTimes();
  return {
    ok: true,
    value: { totalPerSecond: cpus, burst: 0, read, reopen: () => {}, close: () => {} },
  };
}

/** Load of a control group, of which `limit.cpus` running all the time is full load. */
export function groupLoad(host: Host, limit: CpuLimit): Result<LoadSource> {
  const about = { totalPerSecond: limit.cpus, burst: QUOTA_PERIOD };
  return fileSource(host, limit.usagePath, about, (text, now) => {
    const busy = limit.parseUsage(text);
    return busy === undefined ? undefined : { busy, total: limit.cpus * now };
  });
}

function fileSource(
  host: Host,
  path: string,
  about: Pick<LoadSource, 'totalPerSecond' | 'burst'>,
  parse: (text: string, now: Seconds) => CpuTicks | undefined,
): Result<LoadSource> {
  let file: KeptFile | undefined;
  const open = (): Result<KeptFile> => {
    file?.close();
    const opened = host.open(path);
    file = opened.ok ? opened.value : undefined;
    return opened;
  };
  const read = (now: Seconds): CpuTicks | undefined => {
    const text = file?.read(STAT_HEAD);
    return text?.ok ? parse(text.value, now) : undefined;
  };
  const opened = open();
  if (!opened.ok) return opened;
  const text = opened.value.read(STAT_HEAD);
  if (!text.ok || parse(text.value, host.now()) === undefined) {
    opened.value.close();
    return text.ok ? { ok: false, errno: 'EBADMSG' } : text;
  }
  return { ok: true, value: { ...about, read, reopen: open, close: () => file?.close() } };
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
      if (ticks.busy < base.busy / 2) {
        totals.lost += passed;
        start(ticks, now);
        return 'reset';
      }
      totals.elapsed += passed;
      totals.until = now;
      const waited = now - base.at;
      // Within one tick of the kernel's clock there is nothing to divide by: wait.
      if (waited > 0 && (ticks.total > base.total || waited > LONGEST_WAIT))
        credit(base, ticks, now);
      return 'ok';
    },
    close: () => source.close(),
  };
}

/** Seconds after which counters that stand still, or run back, are not merely between two ticks. */
const LONGEST_WAIT = 0.5;

/** Idle time runs back when CPUs come and go; the number of CPUs then says what full load would have been. */
function growthOfTotal(source: LoadSource, from: CpuTicks, to: CpuTicks, time: number): number {
  const growth = to.total - from.total;
  return growth > 0 ? growth : source.totalPerSecond * time;
}
