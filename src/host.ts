import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { cpus, freemem, release, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { bytesToGibibytes, type Gibibytes, millisecondsToSeconds, type Seconds } from './units.ts';

/** A value, or why there is none: `errno` is the code of the system call (`ENOENT`, `EACCES`, `EIO` …). */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errno: string };

/** A file that stays open; each read starts at position 0, as sysfs and procfs want it. */
export interface KeptFile {
  /** Bytes that are read of it, at most. */
  readonly limit: number;
  read(): Result<string>;
  /** The same bytes into `target` from `offset` on, without a text made of them: how many, or -1 where `read` fails. */
  copy(target: Buffer, offset: number): number;
  close(): void;
}

/** Cumulative seconds of all CPUs together, where there is no `/proc/stat`. */
export interface CpuTimes {
  readonly busy: Seconds;
  readonly total: Seconds;
}

/**
 * The only door to the machine. Nothing else in the measuring part touches files, the clock or `os`,
 * so that another machine (a fixture, a mounted host) is only another `Host`. No method throws.
 */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Release of the kernel or system, as `uname -r` prints it. */
  release(): string;
  /** Path below the machine's procfs: `proc('stat')`. */
  proc(path: string): string;
  /** Path below the machine's sysfs: `sys('class/powercap')`. */
  sys(path: string): string;
  /** Monotonic clock; on Linux `CLOCK_MONOTONIC`, which stands still in suspend. */
  now(): Seconds;
  /** Calls `act` again and again, without keeping the process alive; returns what stops it. */
  every(period: Seconds, act: () => void): () => void;
  /**
   * Calls `act` in one of the next turns of the event loop, which is its own; returns what takes that back. What `act`
   * throws is thrown away.
   */
  soon(act: () => void): () => void;
  /** The whole file as text, 1 MiB at most. */
  read(path: string): Result<string>;
  /** Names in a directory, sorted. */
  list(path: string): Result<readonly string[]>;
  /**
   * Opens a file to read its first `limit` bytes again and again. `rest`: for so long what it held when it was read is
   * good enough for samples that nobody asked for (`measure/tape.ts`); 0 when left out.
   */
  open(path: string, limit: number, rest?: Seconds): Result<KeptFile>;
  /** What stands at a path; `dangling` is a symbolic link whose target does not exist. */
  inspect(path: string): 'file' | 'directory' | 'dangling' | 'other' | 'missing';
  /** The model's name as the system states it; undefined where it states none. */
  cpuModel(): string | undefined;
  /** How many logical CPUs there are. */
  cpuCount(): number;
  /** For systems without `/proc/stat`. */
  cpuTimes(): CpuTimes | undefined;
  memory(): { readonly total: Gibibytes; readonly free: Gibibytes };
}

export interface HostOptions {
  /** Root of procfs, default `HOST_PROC` or `/proc`. */
  readonly procRoot?: string;
  /** Root of sysfs, default `HOST_SYS` or `/sys`. */
  readonly sysRoot?: string;
}

/** The machine this process runs on, or the one whose `/proc` and `/sys` are mounted elsewhere. */
export function localHost(options: HostOptions = {}): Host {
  const procRoot = trimSlash(options.procRoot ?? (process.env.HOST_PROC || '/proc'));
  const sysRoot = trimSlash(options.sysRoot ?? (process.env.HOST_SYS || '/sys'));
  return {
    platform: process.platform,
    arch: process.arch,
    release,
    proc: (path) => `${procRoot}/${path}`,
    sys: (path) => `${sysRoot}/${path}`,
    now: () => millisecondsToSeconds(performance.now()),
    every,
    soon: turns(),
    read: readFile,
    list,
    open: openKept,
    inspect,
    cpuModel: () => cpus()[0]?.model,
    cpuCount: () => onlineCpus(`${sysRoot}/devices/system/cpu/online`) ?? cpus().length,
    cpuTimes,
    memory: () => ({ total: bytesToGibibytes(totalmem()), free: bytesToGibibytes(freemem()) }),
  };
}

/** `0-3,8-11` -> 8. Asking Node costs milliseconds on a machine of many CPUs, this file does not. */
function onlineCpus(path: string): number | undefined {
  const online = readFile(path);
  if (!online.ok || !/^\d+(-\d+)?(,\d+(-\d+)?)*\s*$/.test(online.value)) return undefined;
  return online.value
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((count, [first = 0, last = first]) => count + last - first + 1, 0);
}

function every(period: Seconds, act: () => void): () => void {
  const timer = setInterval(act, period * 1e3);
  timer.unref();
  return () => clearInterval(timer);
}

/** One act a turn, so that none makes another wait. A program that ends has these turns before. */
function turns(): Host['soon'] {
  const waiting: (() => void)[] = [];
  let isArmed = false;
  const arm = (): void => {
    if (!isArmed) setImmediate(take);
    isArmed = true;
  };
  const take = (): void => {
    isArmed = false;
    const act = waiting.shift();
    if (waiting.length > 0) arm();
    try {
      act?.();
    } catch {
      // Only the event loop would catch it, and end the program.
    }
  };
  return (act) => {
    waiting.push(act);
    arm();
    return () => {
      const at = waiting.indexOf(act);
      if (at >= 0) waiting.splice(at, 1);
    };
  };
}

const trimSlash = (path: string): string =>
  path.endsWith('/') ? path.replace(/\/+$/, '') || '/' : path;

const LARGEST_FILE = 2 ** 20;

/** One buffer serves every read: reads are synchronous and the text is copied out at once. */
let shared = Buffer.allocUnsafe(16 * 1024);

function openKept(path: string, limit: number): Result<KeptFile> {
  return attempt(() => {
    const descriptor = openFile(path);
    return success({
      limit,
      read: () => attempt(() => success(readStart(descriptor, limit))),
      copy(target, offset) {
        try {
          return readSync(descriptor, target, offset, limit, 0);
        } catch {
          return -1;
        }
      },
      close: () => void attempt(() => success(closeSync(descriptor))),
    });
  });
}

function readFile(path: string): Result<string> {
  return attempt(() => {
    const descriptor = openFile(path);
    try {
      const text = readWhole(descriptor);
      const isOdd = text === '' || text.length >= LARGEST_FILE;
      // Devices give nothing, as /dev/null does where a container masks a file, or give for ever.
      return isOdd && !fstatSync(descriptor).isFile() ? failure('EINVAL') : success(text);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** A FIFO or a device in place of a file must not hang the program, neither here nor while it is read. */
const openFile = (path: string): number =>
  openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));

function readStart(descriptor: number, limit: number): string {
  const count = readSync(descriptor, shared, 0, Math.min(limit, shared.length), 0);
  return shared.toString('latin1', 0, count);
}

function readWhole(descriptor: number): string {
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, shared, length, shared.length - length, length);
    length += count;
    // Only an empty read is the end: procfs answers with whole records, and so often with less than was asked for.
    if (count === 0 || length >= LARGEST_FILE) return shared.toString('latin1', 0, length);
    if (length === shared.length) {
      const larger = Buffer.allocUnsafe(shared.length * 4);
      shared.copy(larger, 0, 0, length);
      shared = larger;
    }
  }
}

const list = (path: string): Result<readonly string[]> =>
  attempt(() => success(readdirSync(path).sort()));

/** An error that nobody looks at takes as long as the call. */
const QUIETLY = { throwIfNoEntry: false } as const;

function inspect(path: string): ReturnType<Host['inspect']> {
  const found = attempt(() => success(statSync(path, QUIETLY)));
  if (found.ok && found.value !== undefined) {
    if (found.value.isFile()) return 'file';
    return found.value.isDirectory() ? 'directory' : 'other';
  }
  const link = attempt(() => success(lstatSync(path, QUIETLY)));
  return link.ok && link.value?.isSymbolicLink() === true ? 'dangling' : 'missing';
}

function cpuTimes(): CpuTimes | undefined {
  let busy = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  if (busy + idle === 0) return undefined;
  return { busy: millisecondsToSeconds(busy), total: millisecondsToSeconds(busy + idle) };
}

const success = <Value>(value: Value): Result<Value> => ({ ok: true, value });
const failure = (errno: string): Result<never> => ({ ok: false, errno });

function attempt<Value>(act: () => Result<Value>): Result<Value> {
  try {
    return act();
  } catch (error) {
    return failure((error as NodeJS.ErrnoException).code ?? 'UNKNOWN');
  }
}
