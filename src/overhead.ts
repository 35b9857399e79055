import { performance } from 'node:perf_hooks';
import { processWide } from './process-wide.ts';
import { type Seconds, seconds } from './units.ts';

/**
 * CPU time that this package itself used in this process, for `codecarbon_overhead_cpu_time`.
 * Counted around every piece of synchronous work: opening, samples, callbacks, derivation, records. What the SDK, a
 * disk or a server does with the metrics is not in it.
 */
const counted = processWide('overhead', () => ({ total: 0, depth: 0 }));

/** CPU seconds since the process began. */
export const overheadCpuTime = (): Seconds => seconds(counted.total);

/**
 * Runs `work`, which is synchronous, and counts its CPU time: that of the thread, where Node tells it
 * (>= 23.9); else the time it took, which is that or more. Asking for the process's CPU time would cost as
 * much as half a sample, and would count other threads.
 */
export function countOverhead<Value>(work: () => Value): Value {
  if (counted.depth > 0) return work();
  counted.depth += 1;
  const before = threadTime();
  try {
    return work();
  } finally {
    counted.depth -= 1;
    counted.total += Math.max(0, threadTime() - before);
  }
}

/** Counts work that was timed by its caller, in seconds. */
export function addOverhead(time: number): void {
  if (counted.depth === 0) counted.total += Math.max(0, time);
}

/** Not in the type declarations of the oldest Node that we build with. */
const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };

/** Seconds. */
const threadTime: () => number =
  threadCpuUsage === undefined
    ? () => performance.now() / 1e3
    : () => {
        const { user, system } = threadCpuUsage.call(process);
        return (user + system) / 1e6;
      };
