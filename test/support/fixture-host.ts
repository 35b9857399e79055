import type { CpuTimes, Host, KeptFile, Result } from '../../src/host.ts';
import { gibibytes, type Seconds, seconds } from '../../src/units.ts';

/**
 * What stands at a path: a text, a link (absolute or relative target), something that is not a file
 * (`special`: a FIFO, a device), an empty directory, or something that fails with an errno.
 */
export type FixtureEntry =
  | string
  | { readonly errno: string }
  | { readonly link: string }
  | { readonly special: true }
  | { readonly directory: true };

/** Paths and what stands there. Directories come by themselves. */
export type FixtureTree = Readonly<Record<string, FixtureEntry>>;

export interface FixtureHostOptions {
  /** Absolute paths; procfs is at `/proc`, sysfs at `/sys`. */
  readonly files?: FixtureTree;
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
  readonly release?: string;
  /** Start of the clock in seconds, default 1000. */
  readonly startAt?: number;
  readonly cpuModel?: string;
  readonly cpuCount?: number;
  readonly cpuTimes?: CpuTimes;
  /** GiB. */
  readonly memory?: { readonly total: number; readonly free: number };
}

/** A machine in memory, whose files and clock a test moves. */
export interface FixtureHost extends Host {
  /** What is to happen `soon` happens at once, and timers of `every` are called at their times on the way. */
  readonly clock: { advance(seconds: number): Seconds };
  /** Puts a text in place. A file that is open reads it; one that failed is well again. */
  write(path: string, text: string): void;
  /**
   * Makes a file or a directory, and what is below it, fail. EIO, ENODATA and the like come at the
   * read, all others at open too, as in sysfs.
   */
  fail(path: string, errno: string): void;
  /** Takes a file or a directory away. A file that is open reads ENODEV, as in sysfs. */
  remove(path: string): void;
  put(path: string, entry: FixtureEntry): void;
  /** Puts a whole tree in place, below `root`. */
  load(tree: FixtureTree, root?: string): void;
  /** Paths of the files that are open now, sorted. */
  openFiles(): readonly string[];
}

interface Node {
  entry: FixtureEntry;
  /** Taken away while open. */
  gone: boolean;
}

const FAILS_AT_READ_ONLY = new Set(['EIO', 'ENODATA', 'EAGAIN', 'ENODEV', 'EINTR']);

/** A host made of a record of files: `fixtureHost({ files: { '/proc/stat': 'cpu 1 2 3' } })`. */
export function fixtureHost(options: FixtureHostOptions = {}): FixtureHost {
  const nodes = new Map<string, Node>();
  const opened = new Map<symbol, string>();
  let time = options.startAt ?? 1000;
  const timers = new Set<{ readonly period: number; readonly act: () => void; at: number }>();
  const soon = new Set<() => void>();
  const nextDue = (until: number) =>
    [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];

  // Links are few and rarely change: where a path leads is looked up once.
  const resolved = new Map<string, string>();
  const find = (path: string): { at: string; node: Node | undefined } => {
    const at = resolved.get(path) ?? resolve(nodes, path);
    resolved.set(path, at);
    return { at, node: nodes.get(at) };
  };
  const put = (path: string, entry: FixtureEntry): void => {
    const isLink = typeof entry === 'object' && 'link' in entry;
    const { at, node } = isLink ? { at: path, node: nodes.get(path) } : find(path);
    if (isLink || (typeof node?.entry === 'object' && 'link' in node.entry)) resolved.clear();
    if (node) node.entry = entry;
    else nodes.set(at, { entry, gone: false });
  };
  const open = (path: string, limit: number): Result<KeptFile> => {
    const found = find(path);
    const { at } = found;
    // What is only known by what is below it is a directory, too: it can be opened, but not read.
    const node = found.node ?? (isDirectory(nodes, at) ? DIRECTORY : undefined);
    const barred = errnoAbove(nodes, at) ?? errnoOfOpen(nodes, at, node);
    if (barred !== undefined || !node) return failed(barred ?? 'ENOENT');
    const handle = Symbol(path);
    opened.set(handle, path);
    const read = (): Result<string> =>
      opened.has(handle) ? readNode(nodes, at, node, limit) : failed('EBADF');
    return {
      ok: true,
      value: {
        limit,
        read,
        copy: (target, offset) => {
          const text = read();
          return text.ok ? target.write(text.value, offset, 'latin1') : -1;
        },
        close: () => void opened.delete(handle),
      },
    };
  };
  const host: FixtureHost = {
    platform: options.platform ?? 'linux',
    arch: options.arch ?? 'x64',
    release: () => options.release ?? '6.1.0',
    proc: (path) => `/proc/${path}`,
    sys: (path) => `/sys/${path}`,
    now: () => seconds(time),
    every: (period, act) => {
      const timer = { period, act, at: time + period };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    soon: (act) => {
      soon.add(act);
      return () => void soon.delete(act);
    },
    clock: {
      advance: (by) => {
        const target = time + by;
        for (const act of soon) act();
        soon.clear();
        for (let due = nextDue(target); due !== undefined; due = nextDue(target)) {
          time = due.at;
          due.at += due.period;
          due.act();
        }
        time = target;
        return seconds(time);
      },
    },
    read: (path) => {
      const file = open(path, Infinity);
      if (!file.ok) return file;
      const text = file.value.read();
      file.value.close();
      return text;
    },
    open,
    list: (path) => {
      const { at, node } = find(path);
      const barred = errnoAbove(nodes, at) ?? errnoOf(node);
      if (barred !== undefined) return failed(barred);
      if (isDirectory(nodes, at)) return { ok: true, value: childrenOf(nodes, at) };
      return failed(node ? 'ENOTDIR' : 'ENOENT');
    },
    inspect: (path) => {
      const { at, node } = find(path);
      if (errnoAbove(nodes, at) !== undefined) return 'missing';
      if (isDirectory(nodes, at)) return 'directory';
      if (!node) return isLinkAt(nodes, path) ? 'dangling' : 'missing';
      return typeof node.entry === 'object' && 'special' in node.entry ? 'other' : 'file';
    },
    cpuModel: () => options.cpuModel,
    cpuCount: () => options.cpuCount ?? 4,
    cpuTimes: () => options.cpuTimes,
    memory: () => ({
      total: gibibytes(options.memory?.total ?? 16),
      free: gibibytes(options.memory?.free ?? 8),
    }),
    put,
    write: put,
    fail: (path, errno) => put(path, { errno }),
    remove: (path) => {
      // A link is removed itself, not what it points to.
      const at = isLinkAt(nodes, path) ? path : find(path).at;
      resolved.clear();
      for (const [key, node] of nodes) {
        if (key !== at && !key.startsWith(`${at}/`)) continue;
        node.gone = true;
        nodes.delete(key);
      }
    },
    load: (tree, root = '') => {
      for (const [path, entry] of Object.entries(tree)) put(`${root}${path}`, entry);
    },
    openFiles: () => [...opened.values()].sort(),
  };
  host.load(options.files ?? {});
  return host;
}

function readNode(nodes: Map<string, Node>, at: string, node: Node, limit: number): Result<string> {
  if (node.gone) return failed('ENODEV');
  const errno = errnoAbove(nodes, at) ?? errnoOf(node);
  if (errno !== undefined) return failed(errno);
  if (typeof node.entry === 'string') return { ok: true, value: node.entry.slice(0, limit) };
  // As pread(2) says it.
  return failed('special' in node.entry ? 'ESPIPE' : 'EISDIR');
}

const DIRECTORY: Node = { entry: { directory: true }, gone: false };

/** Follows links, component by component, as the kernel does. */
function resolve(nodes: Map<string, Node>, path: string, depth = 0): string {
  if (depth > 40) return path;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  let at = '';
  for (const [index, part] of parts.entries()) {
    at = part === '..' ? at.slice(0, at.lastIndexOf('/')) : `${at}/${part}`;
    const entry = nodes.get(at)?.entry;
    if (typeof entry !== 'object' || !('link' in entry)) continue;
    const parent = at.slice(0, at.lastIndexOf('/'));
    const target = entry.link.startsWith('/') ? entry.link : `${parent}/${entry.link}`;
    return resolve(nodes, [target, ...parts.slice(index + 1)].join('/'), depth + 1);
  }
  return at;
}

function isLinkAt(nodes: Map<string, Node>, path: string): boolean {
  const parent = resolve(nodes, path.slice(0, path.lastIndexOf('/')));
  const entry = nodes.get(`${parent}/${path.slice(path.lastIndexOf('/') + 1)}`)?.entry;
  return typeof entry === 'object' && 'link' in entry;
}

function isDirectory(nodes: Map<string, Node>, at: string): boolean {
  const entry = nodes.get(at)?.entry;
  if (typeof entry === 'object' && 'directory' in entry) return true;
  for (const key of nodes.keys()) if (key.startsWith(`${at}/`)) return true;
  return false;
}

function childrenOf(nodes: Map<string, Node>, at: string): readonly string[] {
  const names = new Set<string>();
  for (const key of nodes.keys()) {
    const name = key.startsWith(`${at}/`) ? key.slice(at.length + 1).split('/')[0] : undefined;
    if (name) names.add(name);
  }
  return [...names].sort();
}

/** A directory that fails bars everything below it. */
function errnoAbove(nodes: Map<string, Node>, at: string): string | undefined {
  for (let end = at.lastIndexOf('/'); end > 0; end = at.lastIndexOf('/', end - 1)) {
    const errno = errnoOf(nodes.get(at.slice(0, end)));
    if (errno !== undefined) return errno;
  }
  return undefined;
}

function errnoOfOpen(
  nodes: Map<string, Node>,
  at: string,
  node: Node | undefined,
): string | undefined {
  const errno = errnoOf(node);
  if (isDirectory(nodes, at)) return errno;
  return errno !== undefined && FAILS_AT_READ_ONLY.has(errno) ? undefined : errno;
}

function errnoOf(node: Node | undefined): string | undefined {
  const entry = node?.entry;
  return typeof entry === 'object' && 'errno' in entry ? entry.errno : undefined;
}

const failed = (errno: string): { readonly ok: false; readonly errno: string } => ({
  ok: false,
  errno,
});
