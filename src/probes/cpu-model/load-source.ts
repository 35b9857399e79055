import type { Host, KeptFile, Result } from '../../host.ts';
import type { Seconds } from '../../units.ts';
import type { CpuLimit } from '../cgroup.ts';
import { type CpuTicks, parseStat } from './parse.ts';

/** Where cumulative CPU time comes from. `total` is what would be busy at full load. */
export interface LoadSource {
  /** How much `total` grows in a second, where its own growth cannot be used. */
  totalPerSecond(): number;
  /** Seconds of full load that may be seen before their time has passed. */
  readonly burst: number;
  read(now: Seconds): CpuTicks | undefined;
  /** Opens the file again, after it failed. */
  reopen(): void;
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
export function hostLoad(host: Host, cpus: () => number): Result<LoadSource> {
  if (host.platform === 'linux') {
    const about = { totalPerSecond: () => cpus() * TICKS_PER_SECOND, burst: 0 };
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
  const about = { totalPerSecond: () => limit.cpus, burst: QUOTA_PERIOD };
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
    const opened = host.open(path, STAT_HEAD);
    file = opened.ok ? opened.value : undefined;
    return opened;
  };
  const read = (now: Seconds): CpuTicks | undefined => {
    const text = file?.read();
    return text?.ok ? parse(text.value, now) : undefined;
  };
  const opened = open();
  if (!opened.ok) return opened;
  const text = opened.value.read();
  if (!text.ok || parse(text.value, host.now()) === undefined) {
    opened.value.close();
    return text.ok ? { ok: false, errno: 'EBADMSG' } : text;
  }
  return { ok: true, value: { ...about, read, reopen: open, close: () => file?.close() } };
}
