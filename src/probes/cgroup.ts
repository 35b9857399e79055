import type { Host } from '../host.ts';
import { bytesToGibibytes, type Gibibytes, type Seconds, seconds } from '../units.ts';

/** How much CPU time a container (any control group with a limit below the machine's size) may use, and where its use stands. */
export interface CpuLimit {
  /** CPUs' worth of time; may be a fraction. */
  readonly cpus: number;
  /** File with the cumulative CPU time of the group that has the limit. */
  readonly usagePath: string;
  /** CPU seconds from that file's text. */
  readonly parseUsage: (text: string) => Seconds | undefined;
}

/** The same for its memory. */
export interface MemoryLimit {
  readonly limit: Gibibytes;
  /** Memory of the group that has the limit, in bytes, page cache included. */
  readonly currentPath: string;
  readonly statPath: string;
  /** Key in `statPath` of the page cache that can be dropped at once. */
  readonly inactiveKey: 'inactive_file' | 'total_inactive_file';
}

/**
 * The limit of CPU time that holds for this process: the lowest on the way from its group to the root, since a group
 * is bound by its ancestors (kernel documents cgroup-v2.rst, `cpu.max` and `memory.max`, and
 * cgroup-v1/memory.rst). Inside a container the path in `/proc/self/cgroup` may name a group that
 * the mount does not show; the mount's root is then the container's own group.
 * A limit that is not below `cpus`, how many the machine has, is none. That is asked for where there is a limit.
 */
export function cpuLimit(host: Host, cpus: () => number): CpuLimit | undefined {
  const lines = groupLines(host);
  const groups = ancestors(groupOf(host, lines, 'cpu'));
  const found = lowest(groups.map((group) => cpuLimitAt(host, group, lines)));
  return found && found.bound < cpus() ? found.value : undefined;
}

/** The same for memory, of which the machine has `memory`. */
export function memoryLimit(host: Host, memory: () => Gibibytes): MemoryLimit | undefined {
  const groups = ancestors(groupOf(host, groupLines(host), 'memory'));
  const found = lowest(groups.map((group) => memoryLimitAt(host, group)));
  return found && found.bound < memory() ? found.value : undefined;
}

/** Where one controller's groups are, and which of them holds this process. */
interface Group {
  readonly version: 1 | 2;
  readonly root: string;
  /** Below the root, `''` or `/a/b`. */
  readonly path: string;
}

function groupOf(host: Host, lines: readonly string[], controller: string): Group {
  const line = lines.find((each) => each.split(':')[1]?.split(',').includes(controller));
  if (line === undefined) return unified(host, lines);
  const [, mount = controller, path = ''] = cut(line);
  const named = host.sys(`fs/cgroup/${mount}`);
  const isNamed = mount === controller || isDirectory(host, named);
  const root = isNamed ? named : host.sys(`fs/cgroup/${controller}`);
  return { version: 1, root, path: cleanPath(path) };
}

/**
 * The group that is measured: our own; of a machine whose `/proc` is mounted elsewhere (`HOST_PROC`) that of its
 * first process, since an agent that measures its host must not take its own limits for the host's.
 */
function groupLines(host: Host): readonly string[] {
  const isMounted = host.proc('') !== '/proc/';
  const first = isMounted ? host.read(host.proc('1/cgroup')) : undefined;
  const text = first?.ok ? first : host.read(host.proc('self/cgroup'));
  return text.ok ? text.value.split('\n') : [];
}

function unified(host: Host, lines: readonly string[]): Group {
  const line = lines.find((each) => each.startsWith('0::')) ?? '0::/';
  const hybrid = host.sys('fs/cgroup/unified');
  const isPure = lines.some((each) => each.startsWith('0::')) && lines.every(isUnified);
  const root = !isPure && isDirectory(host, hybrid) ? hybrid : host.sys('fs/cgroup');
  return { version: 2, root, path: cleanPath(line.slice(3)) };
}

const isUnified = (line: string): boolean => line === '' || line.startsWith('0::');

/** `4:memory:/a:b` in three parts; only the first two colons part. */
function cut(line: string): readonly string[] {
  const first = line.indexOf(':');
  const second = line.indexOf(':', first + 1);
  return [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
}

const isDirectory = (host: Host, path: string): boolean => host.inspect(path) === 'directory';

/** A group outside of the reader's namespace shows as `/../x`: its path says nothing about this mount. */
function cleanPath(path: string): string {
  const trimmed = path.trim().replace(/\/+$/, '');
  return trimmed.split('/').includes('..') ? '' : trimmed;
}

/** The group, its parent … the root. */
function ancestors(group: Group): readonly Group[] {
  const steps = group.path.split('/').filter(Boolean);
  return [...steps, ''].map((_, above) => {
    const kept = steps.slice(0, steps.length - above);
    return { ...group, path: kept.map((step) => `/${step}`).join('') };
  });
}

interface Bound<Value> {
  readonly bound: number;
  readonly value: Value;
}

function lowest<Value>(bounds: readonly (Bound<Value> | undefined)[]): Bound<Value> | undefined {
  return bounds.reduce(
    (low, each) => (each && (!low || each.bound < low.bound) ? each : low),
    undefined,
  );
}

function cpuLimitAt(
  host: Host,
  group: Group,
  lines: readonly string[],
): Bound<CpuLimit> | undefined {
  const at = `${group.root}${group.path}`;
  const cpus = group.version === 2 ? quotaV2(host, at) : quotaV1(host, at);
  if (cpus === undefined) return undefined;
  if (group.version === 2) {
    return {
      bound: cpus,
      value: { cpus, usagePath: `${at}/cpu.stat`, parseUsage: parseUsageMicroseconds },
    };
  }
  // The two controllers are mounted together as a rule; where they are not, only the same path is the same group.
  const { root } = groupOf(host, lines, 'cpuacct');
  const usagePath = `${root}${group.path}/cpuacct.usage`;
  return { bound: cpus, value: { cpus, usagePath, parseUsage: parseUsageNanoseconds } };
}

/** `cpu.max`: `200000 100000` (quota and period in µs) or `max 100000`. */
function quotaV2(host: Host, at: string): number | undefined {
  const [quota, period] = (readText(host, `${at}/cpu.max`) ?? '').trim().split(/\s+/);
  return ratio(Number(quota), Number(period ?? 100_000));
}

function quotaV1(host: Host, at: string): number | undefined {
  const quota = readText(host, `${at}/cpu.cfs_quota_us`);
  const period = readText(host, `${at}/cpu.cfs_period_us`);
  return ratio(Number(quota), Number(period));
}

function ratio(quota: number, period: number): number | undefined {
  return quota > 0 && period > 0 && Number.isFinite(quota / period) ? quota / period : undefined;
}

function memoryLimitAt(host: Host, group: Group): Bound<MemoryLimit> | undefined {
  const at = `${group.root}${group.path}`;
  const [limitFile, currentFile, inactiveKey] =
    group.version === 2
      ? (['memory.max', 'memory.current', 'inactive_file'] as const)
      : (['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'] as const);
  const bytes = Number(readText(host, `${at}/${limitFile}`)?.trim() || Number.NaN);
  if (!(bytes > 0) || !Number.isFinite(bytes)) return undefined;
  const limit = bytesToGibibytes(bytes);
  return {
    bound: limit,
    value: {
      limit,
      currentPath: `${at}/${currentFile}`,
      statPath: `${at}/memory.stat`,
      inactiveKey,
    },
  };
}

function readText(host: Host, path: string): string | undefined {
  const text = host.read(path);
  return text.ok ? text.value : undefined;
}

function parseUsageMicroseconds(text: string): Seconds | undefined {
  const found = /^usage_usec (\d+)/m.exec(text);
  return found ? seconds(Number(found[1]) / 1e6) : undefined;
}

function parseUsageNanoseconds(text: string): Seconds | undefined {
  return /^\d+\s*$/.test(text) ? seconds(Number(text) / 1e9) : undefined;
}
