import { performance } from 'node:perf_hooks';
import { processWide } from './process-wide.ts';
import { type Seconds, seconds } from './units.ts';

/**
 * CPU time that this package itself used in this process, for `codecarbon_overhead_cpu_time`.
 * Counted around every piece of synchronous work: samples, callbacks, derivation.
 */
const counted = processWide('overhead', () => ({ total: 0, depth: 0 }));

/** CPU seconds since the process began. */
export const overheadCpuTime = (): Seconds => seconds(counted.total);

/**
 * Runs `work` and counts its CPU time. The time of the thread, where Node tells it (>= 23.9); else the
 * smaller of the process's CPU time and the wall time, since other threads run meanwhile.
 */
export function countOverhead<Value>(work: () => Value): Value {
  if (counted.depth > 0) return work();
  counted.depth += 1;
  const before = threadCpuTime();
  try {
    return work();
  } finally {
    counted.depth -= 1;
    counted.total += Math.max(0, elapsed(before, threadCpuTime()));
  }
}

interface Moment {
  readonly cpu: number;
  readonly wall: number;
}

const elapsed = (from: Moment, to: Moment): number =>
  Math.min(to.cpu - from.cpu, to.wall - from.wall);

/** `process.threadCpuUsage` is not in the type declarations of the oldest Node we build with. */
const usage: () => NodeJS.CpuUsage =
  (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage?.bind(process) ??
  (() => process.cpuUsage());

function threadCpuTime(): Moment {
  const { user, system } = usage();
  return { cpu: (user + system) / 1e6, wall: performance.now() / 1e3 };
}
