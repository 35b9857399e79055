import { createHash, randomUUID } from 'node:crypto';
import {
  linkSync,
  lstatSync,
  readFileSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCOPE_NAME } from '../../semconv.ts';

/**
 * What becomes of the wish to be the only process of this host that pushes to a group: `ours`, `taken` by
 * a process that lives, or `unknown` where the directory of temporary files takes no file.
 */
export type Holding = 'ours' | 'taken' | 'unknown';

/** Processes of one host with one project; each tells itself from the others by a number. */
const MOST_SLOTS = 1000;

/**
 * The first address that no other living process of this host holds, and holds it: slot 1 is the plain
 * one. Slots are taken again, so that a gateway has as many groups as processes ran at once.
 */
export function holdFirst<Place extends { readonly address: string }>(
  placeOf: (slot: number) => Place,
): { readonly place: Place; readonly holding: Holding } {
  for (let slot = 1; slot <= MOST_SLOTS; slot += 1) {
    const place = placeOf(slot);
    const holding = hold(place.address);
    if (holding !== 'taken') return { place, holding };
  }
  return { place: placeOf(1), holding: 'taken' };
}

/** Holds an address (the whole URL of a group) by a file with the process id, until `letGo` or the end. */
export function hold(address: string): Holding {
  const path = fileOf(address);
  // A few times: the file of a dead process goes away in between.
  for (let tries = 0; tries < 5; tries += 1) {
    const made = make(path);
    if (made !== 'taken') return made;
    if (!breakDead(path)) return 'taken';
  }
  return 'taken';
}

/** Lets go of an address; of one that is not held, nothing happens. */
export function letGo(address: string): void {
  const path = fileOf(address);
  const token = held.get(path);
  if (token === undefined) return;
  held.delete(path);
  if (held.size === 0) process.removeListener('exit', letAllGo);
  if (contentOf(path) === token) removeQuietly(path);
}

/** Files of this copy of the package, with what stands in them. */
const held = new Map<string, string>();

function letAllGo(): void {
  for (const [path, token] of held) if (contentOf(path) === token) removeQuietly(path);
  held.clear();
}

function fileOf(address: string): string {
  const digest = createHash('sha256').update(address).digest('hex').slice(0, 24);
  return join(tmpdir(), `${SCOPE_NAME}-${digest}.lock`);
}

function make(path: string): Holding {
  const token = `${process.pid} ${randomUUID()}\n`;
  try {
    writeFileSync(path, token, { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'taken';
    // A full disk makes the file, and does not write it.
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') removeQuietly(path);
    return 'unknown';
  }
  if (held.size === 0) process.once('exit', letAllGo);
  held.set(path, token);
  return 'ours';
}

/** Removes the file of a process that is gone; false when it lives. It is moved away first: of several that try, one succeeds. */
function breakDead(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return true;
  // Anybody may put a pipe or a link there, which one had better not read.
  const content = found.isFile() ? contentOf(path) : undefined;
  if (content === undefined || isHolderAlive(content, found)) return false;
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    // It may have been a new one that was made in between: then it goes back.
    if (contentOf(aside) !== content) linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') return false;
  }
  removeQuietly(aside);
  return true;
}

/** A file without a process id is one that is being written, for a moment. */
const WRITING_MILLIS = 5000;

function isHolderAlive(content: string, { mtimeMs }: Stats): boolean {
  const pid = Number.parseInt(content, 10);
  if (!(pid > 0)) return Math.abs(Date.now() - mtimeMs) < WRITING_MILLIS;
  // Our own process id: a worker thread of this process, or, in a container that was restarted, a process before it.
  if (pid === process.pid) return mtimeMs >= Date.now() - process.uptime() * 1000;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone, or somebody else's.
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
