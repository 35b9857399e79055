import { resolve } from 'node:path';
import { DeliveryError } from '../http.ts';
import { codeOf } from './directory.ts';
import { type Folder, type Held, type Notes, openFolder } from './folder.ts';
import { digest, type Spooled } from './names.ts';

export interface SpoolOptions<Entry> {
  /** Directory of the user's choice; outputs and destinations have a folder each in it. */
  readonly directory: string;
  /** Exporter and URL: what waits for one destination is not sent to another. */
  readonly exporter: string;
  readonly url: string;
  /** Checks what was read from a file; undefined for what is no entry. */
  readonly read: (content: unknown) => Entry | undefined;
  /** Says something once that a person should know. */
  readonly warn: (kind: string, message: string) => void;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** Most files kept; default 1000. */
  readonly limit?: number;
}

/**
 * A queue in files: bounded, whole after a crash, shared by processes. What is put into it is delivered
 * at least once, in order within its stream, by this process or a later one with the same destination.
 */
export interface Spool<Entry> {
  /** Absolute path of its folder. */
  readonly path: string;
  /** Entries that waited at the last look, of every process. */
  readonly size: number;
  readonly notes: Notes;
  /** Keeps an entry; returns its name. @throws UnusableSpool when it cannot be written */
  put(stream: string, entry: Entry): Promise<string>;
  /** True for the name of an entry that waited at the last look. */
  waits(name: string): boolean;
  /**
   * Delivers what waits, the oldest first, as long as `goOn` says so.
   * @param holdMillis longest time that one delivery takes
   * @throws the first error; what was not delivered waits on, but for what the server refused for good
   * @throws UnusableSpool when the folder cannot be read
   */
  drain(
    deliver: (entry: Entry) => Promise<void>,
    holdMillis: number,
    goOn: () => boolean,
  ): Promise<void>;
}

/** The folder of a spool cannot be read or written. */
export class UnusableSpool extends Error {
  override readonly name = 'UnusableSpool';

  constructor(path: string, cause: unknown) {
    super(`cannot keep anything in ${path} (${codeOf(cause)})`, { cause });
  }
}

const MOST_FILES = 1000;
/** A delivery may be this much later than it should before somebody else takes it over. */
const GRACE_MILLIS = 30_000;
/** Streams that may fail for reasons of their own (another project's key) before a drain gives up. */
const MOST_FAILURES = 3;

/** Opens a queue; nothing is read or written yet. */
export function openSpool<Entry>(options: SpoolOptions<Entry>): Spool<Entry> {
  const { exporter, url, warn, limit = MOST_FILES, now = Date.now } = options;
  const { origin, pathname } = new URL(url);
  const path = resolve(options.directory, `${exporter}-${digest(`${origin}${pathname}`, 16)}`);
  const folder = openFolder(path, now);
  const waiting = new Set<string>();

  const usable = <Value>(act: Promise<Value>): Promise<Value> =>
    act.catch((cause: unknown) => Promise.reject(new UnusableSpool(path, cause)));
  const look = async (): Promise<readonly Spooled[]> => {
    const { entries } = await usable(folder.list()).catch((error: unknown) => {
      waiting.clear();
      throw error;
    });
    waiting.clear();
    for (const { name } of entries) waiting.add(name);
    return entries;
  };
  return {
    path,
    notes: {
      recall: folder.notes.recall,
      // Nobody else will ask when nothing else waits.
      note: async (about, text) => (waiting.size > 1 ? folder.notes.note(about, text) : undefined),
    },
    get size() {
      return waiting.size;
    },
    waits: (name) => waiting.has(name),
    async put(stream, entry) {
      await usable(makeRoom(folder, limit, warn, path));
      const name = await usable(folder.add(stream, JSON.stringify(entry)));
      waiting.add(name);
      return name;
    },
    async drain(deliver, holdMillis, goOn) {
      const round = newRound(deliver, options);
      const found = await look();
      try {
        for (const entry of found) {
          if (!goOn() || round.isOver()) break;
          if (entry.claim !== undefined) round.block(entry.stream);
          if (round.isBlocked(entry.stream)) continue;
          const held = await folder.claim(entry, holdMillis + GRACE_MILLIS);
          // Somebody else delivers it: what comes after it in its stream has to wait for them.
          if (held === undefined) round.block(entry.stream);
          else await round.deliver(held, entry.stream);
        }
      } finally {
        // What went wrong with the deliveries says more than that the folder is gone now.
        await look().catch(() => {});
      }
      if (round.failures[0] !== undefined) throw round.failures[0];
    },
  };
}

interface Round {
  readonly failures: readonly unknown[];
  isOver(): boolean;
  isBlocked(stream: string): boolean;
  block(stream: string): void;
  deliver(held: Held, stream: string): Promise<void>;
}

function newRound<Entry>(
  deliver: (entry: Entry) => Promise<void>,
  { read, warn }: SpoolOptions<Entry>,
): Round {
  const blocked = new Set<string>();
  const failures: unknown[] = [];
  let over = false;
  const fail = async (held: Held, stream: string, error: unknown): Promise<void> => {
    failures.push(error);
    if (error instanceof DeliveryError && error.refused) {
      const kept = await held.setAside('refused');
      warn('refused', `the server refuses what was kept for it; it is left in ${kept}`);
      return;
    }
    await held.release();
    blocked.add(stream);
    const isItsOwn = error instanceof DeliveryError && !error.retryable;
    over = !isItsOwn || failures.length >= MOST_FAILURES;
  };
  return {
    failures,
    isOver: () => over,
    isBlocked: (stream) => blocked.has(stream),
    block: (stream) => void blocked.add(stream),
    async deliver(held, stream) {
      try {
        const entry = parse(await held.text(), read);
        if (entry === undefined) return await setAsideCorrupt(held, warn);
        await deliver(entry);
      } catch (error) {
        return fail(held, stream, error);
      }
      await held.delivered();
    },
  };
}

async function setAsideCorrupt(held: Held, warn: SpoolOptions<unknown>['warn']): Promise<void> {
  const kept = await held.setAside('corrupt');
  warn('corrupt', `what was kept in a file cannot be read; it is left in ${kept}`);
}

function parse<Entry>(
  text: string,
  read: (content: unknown) => Entry | undefined,
): Entry | undefined {
  try {
    return read(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The oldest goes first: the latest record of a run says the most. */
async function makeRoom(
  folder: Folder,
  limit: number,
  warn: SpoolOptions<unknown>['warn'],
  path: string,
): Promise<void> {
  const { entries, aside } = await folder.list();
  const waiting = entries.filter(({ claim }) => claim === undefined).map(({ file }) => file);
  const tooMany = entries.length + aside.length + 1 - limit;
  if (tooMany <= 0) return;
  const given = [...aside, ...waiting].slice(0, tooMany);
  for (const file of given) await folder.remove(file);
  if (given.some((file) => waiting.includes(file))) {
    warn('full', `more than ${limit} deliveries wait in ${path}; the oldest are given up`);
  }
}
