import type { Host } from '../../host.ts';
import { bytesToGibibytes, type Gibibytes, kibibytesToGibibytes } from '../../units.ts';

export interface Memory {
  readonly total: Gibibytes;
  readonly used: Gibibytes;
}

/** Bytes of `/proc/meminfo` that hold its first three lines, MemTotal, MemFree and MemAvailable. */
export const MEMINFO_HEAD = 160;

/**
 * Reads `/proc/meminfo` (proc(5)): used is MemTotal - MemAvailable, the memory that no new program could
 * get. Kernels before 3.14 state no MemAvailable: MemFree then. undefined for any other text.
 */
export function parseMeminfo(text: string): Memory | undefined {
  const total = numberAfter(text, 'MemTotal:');
  const free = numberAfter(text, 'MemAvailable:') ?? numberAfter(text, 'MemFree:');
  if (total === undefined || free === undefined || total <= 0) return undefined;
  return {
    total: kibibytesToGibibytes(total),
    used: kibibytesToGibibytes(Math.max(0, total - free)),
  };
}

/** Memory of the machine as its kernel counts it, without what firmware and kernel keep for themselves. */
export function machineMemory(host: Host): Gibibytes {
  const text = host.read(host.proc('meminfo'));
  const memory = text.ok ? parseMeminfo(text.value) : undefined;
  return memory?.total ?? host.memory().total;
}

/**
 * Memory in use of a control group: what it holds without the page cache that can be dropped at once
 * (as `kubectl top` counts it). `current` and `stat` are the texts of its two files.
 */
export function parseGroupUse(
  current: string,
  stat: string,
  inactiveKey: string,
): Gibibytes | undefined {
  const held = Number(current.trim() || Number.NaN);
  const inactive = numberAfter(stat, `${inactiveKey} `) ?? 0;
  return Number.isFinite(held) ? bytesToGibibytes(Math.max(0, held - inactive)) : undefined;
}

/** The whole number after a key at the start of a line. */
function numberAfter(text: string, key: string): number | undefined {
  let at = text.indexOf(key);
  while (at > 0 && text[at - 1] !== '\n') at = text.indexOf(key, at + 1);
  const value =
    at < 0 ? Number.NaN : Number.parseInt(text.slice(at + key.length, at + key.length + 24), 10);
  return Number.isFinite(value) ? value : undefined;
}
