import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from './directory.ts';
import {
  type Claim,
  claimedName,
  isStale,
  NOTE,
  nameFor,
  noteName,
  parseName,
  SET_ASIDE,
  type Spooled,
  UNFINISHED,
} from './names.ts';

/** The files of a spool, which several processes may share. Every change is one rename or one unlink. */
export interface Folder {
  /** What waits, the oldest first; claims that nobody holds any more are taken back. */
  list(): Promise<Listing>;
  /** Writes a file that is either whole or not there, whenever the machine stops; returns its name. */
  add(stream: string, text: string): Promise<string>;
  /** Makes the entry ours; undefined when somebody else was faster. */
  claim(entry: Spooled, millis: number): Promise<Held | undefined>;
  remove(file: string): Promise<void>;
  readonly notes: Notes;
}

/** What deliveries have to know of earlier ones, also of another process; kept for 30 days. */
export interface Notes {
  /** Undefined when there is none. */
  recall(about: string): Promise<string | undefined>;
  /** Where nothing can be written, nothing is noted. */
  note(about: string, text: string): Promise<void>;
}

export interface Listing {
  readonly entries: readonly Spooled[];
  /** Files that are only kept for a person. */
  readonly aside: readonly string[];
}

/** An entry that nobody else delivers for a while. */
export interface Held {
  /** What it says. @throws the system's error */
  text(): Promise<string>;
  delivered(): Promise<void>;
  /** It waits again. */
  release(): Promise<void>;
  /** It is kept for a person, and not delivered any more. */
  setAside(why: 'corrupt' | 'refused'): Promise<string>;
}

/** Claims of this process, by path. */
const own = new Set<string>();

const UNFINISHED_MILLIS = 3600_000;
const NOTE_MILLIS = 30 * 24 * 3600_000;

/** The files of `directory`, which is made when something is written. */
export function openFolder(directory: string, now: () => number): Folder {
  const pathOf = (file: string): string => join(directory, file);

  return {
    async list() {
      const files = (await namesIn(directory)).sort();
      const older = (ending: RegExp, millis: number): Promise<void> =>
        removeOlder(files.filter((file) => ending.test(file)).map(pathOf), now() - millis);
      await older(UNFINISHED, UNFINISHED_MILLIS);
      await older(NOTE, NOTE_MILLIS);
      const found = files.map(parseName).filter((entry) => entry !== undefined);
      const entries: Spooled[] = [];
      for (const entry of found) {
        const { claim, name, stream } = entry;
        if (!stale(claim, pathOf(entry.file), now())) entries.push(entry);
        else if (await moved(pathOf(entry.file), pathOf(name))) {
          entries.push({ file: name, name, stream });
        }
      }
      return { entries, aside: files.filter((file) => SET_ASIDE.test(file)) };
    },
    async add(stream, text) {
      const name = nameFor(stream, now());
      await writeWhole(directory, name, text);
      return name;
    },
    async claim({ name }, millis) {
      const path = pathOf(claimedName(name, now() + millis));
      own.add(path);
      if (await moved(pathOf(name), path)) return held(path, pathOf(name));
      own.delete(path);
      return undefined;
    },
    remove: (file) => unlink(pathOf(file)).catch(() => {}),
    notes: {
      recall: (about) => readFile(pathOf(noteName(about)), 'utf8').catch(() => undefined),
      note: (about, text) => writeWhole(directory, noteName(about), text).catch(() => {}),
    },
  };
}

function held(path: string, original: string): Held {
  const leave = async (act: Promise<unknown>): Promise<void> => {
    // Somebody may have held us for dead and taken it over.
    await act.catch(() => {});
    own.delete(path);
  };
  return {
    text: () => readFile(path, 'utf8'),
    delivered: () => leave(unlink(path)),
    release: () => leave(rename(path, original)),
    async setAside(why) {
      const to = `${original}.${why}`;
      await leave(rename(path, to));
      return to;
    },
  };
}

const stale = (claim: Claim | undefined, path: string, now: number): boolean =>
  claim !== undefined && isStale(claim, now, own.has(path));

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function removeOlder(paths: readonly string[], moment: number): Promise<void> {
  for (const path of paths) {
    const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? moment;
    if (written < moment) await unlink(path).catch(() => {});
  }
}

/** Makes the file with all of its text, or not at all. */
async function writeWhole(directory: string, name: string, text: string): Promise<void> {
  await makeDirectory(directory, 0o700);
  const unfinished = join(directory, `${randomUUID()}.tmp`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(directory, name));
    await syncDirectory(directory);
  } catch (error) {
    await unlink(unfinished).catch(() => {});
    throw error;
  }
}

/** The name of a new file, too, survives when the machine stops; Windows cannot be asked for it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}

const moved = (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    () => false,
  );
