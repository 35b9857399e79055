import { randomUUID } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, type FileStore, systemError } from './store.ts';

/** A lock is held for about a millisecond; these are for holders that died, or hang. */
export interface LockTimes {
  /** How long to wait for the lock, in ms. */
  readonly patience: number;
  /** Age from which the lock of a process that is not there is broken, in ms. */
  readonly deadAfter: number;
  /** Age from which any lock is broken, in ms: a process id may have been given to somebody else. */
  readonly staleAfter: number;
}

const TIMES: LockTimes = { patience: 5000, deadAfter: 2000, staleAfter: 30_000 };

/**
 * Runs `work` while no other process of ours writes the file. The lock is a file beside it that holds
 * the process id. Where none can be made (a directory that one may not write, a full disk) the work is
 * done without: appending and writing in place are safe by themselves, and nothing else is possible there.
 * @throws EBUSY when somebody holds the lock for longer than `patience`
 */
export async function withLock<Value>(
  store: FileStore,
  path: string,
  work: () => Promise<Value>,
  times: LockTimes = TIMES,
): Promise<Value> {
  const lock = `${path}.lock`;
  const token = `${process.pid} ${randomUUID()}\n`;
  if (!(await acquire(store, lock, token, times))) return work();
  // Only when the program calls process.exit() in this very moment; no signal handler is touched.
  const release = (): void => unlinkQuietly(lock);
  process.once('exit', release);
  const since = Date.now();
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    // Somebody may have held us for dead and taken over, but not before long.
    const ours = Date.now() - since < times.deadAfter || (await contentOf(store, lock)) === token;
    if (ours) await store.unlink(lock).catch(() => {});
  }
}

async function acquire(
  store: FileStore,
  lock: string,
  token: string,
  times: LockTimes,
): Promise<boolean> {
  const deadline = Date.now() + times.patience;
  for (let longest = 2; ; longest = Math.min(50, longest * 2)) {
    const made = await make(store, lock, token);
    if (made !== 'taken') return made === 'ours';
    await breakStale(store, lock, times);
    if (Date.now() > deadline) throw systemError('EBUSY', `another process holds ${lock}`);
    // Work in progress, like the write itself: this timer ends by itself and does keep the process.
    await sleep(1 + Math.random() * longest);
  }
}

async function make(
  store: FileStore,
  lock: string,
  token: string,
): Promise<'ours' | 'taken' | 'impossible'> {
  let file: FileHandle;
  try {
    file = await store.open(lock, 'wx');
  } catch (error) {
    const errno = errnoOf(error);
    // Windows says EPERM or EBUSY while a lock is being removed.
    const beingRemoved = process.platform === 'win32' && /EPERM|EBUSY/.test(errno);
    return errno === 'EEXIST' || beingRemoved ? 'taken' : 'impossible';
  }
  try {
    await file.writeFile(token);
    return 'ours';
  } catch {
    await store.unlink(lock).catch(() => {});
    return 'impossible';
  } finally {
    await file.close();
  }
}

/** Removes a lock whose holder is gone. It is moved away first: of several that try, one succeeds. */
async function breakStale(store: FileStore, lock: string, times: LockTimes): Promise<void> {
  const content = await contentOf(store, lock);
  const found = await store.stat(lock).catch(() => undefined);
  if (content === undefined || found === undefined) return;
  const age = Date.now() - found.mtimeMs;
  // A clock that was set back leaves locks of the future; a living holder's may be as new as the file server's clock is ahead.
  const dead = Math.abs(age) > times.deadAfter && !isAlive(Number.parseInt(content, 10));
  if (!dead && age <= times.staleAfter) return;
  const aside = `${lock}.${randomUUID()}`;
  try {
    await store.rename(lock, aside);
  } catch {
    return;
  }
  // It may have been a new one that was made in between: then it goes back.
  if ((await contentOf(store, aside)) !== content) await store.link(aside, lock).catch(() => {});
  await store.unlink(aside).catch(() => {});
}

/** An unreadable process id may be one that has not been written yet. */
function isAlive(pid: number): boolean {
  if (!(pid > 0)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

const contentOf = (store: FileStore, path: string): Promise<string | undefined> =>
  store.readFile(path, 'utf8').catch(() => undefined);

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
