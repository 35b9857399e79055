import { DeliveryError } from '../http.ts';
import type { Notes } from './folder.ts';
import { openSpool, type Spool, type SpoolOptions, UnusableSpool } from './spool.ts';

export interface OutboxOptions<Entry> extends Omit<SpoolOptions<Entry>, 'directory'> {
  /** Where to keep what cannot be sent; undefined: nowhere. */
  readonly directory: string | undefined;
  /** For one delivery, and for all that waits together; one more is begun until then. */
  readonly timeoutMillis: number;
  /** Sends one, in at most three requests. @throws DeliveryError */
  readonly send: (entry: Entry, bounds: SendBounds) => Promise<void>;
}

/** Requests that one delivery may need. */
const MOST_REQUESTS = 3;

export interface SendBounds {
  /** For each request. */
  readonly timeoutMillis: number;
  readonly retries: number;
  /** Where there is a directory. */
  readonly notes: Notes | undefined;
}

/** How hard to try: at an interval there will be another chance, at the end of a run there is none. */
export type Urgency = 'interval' | 'last chance' | 'last chance again';

/** The SDK flushes right before the end: what has just failed is not tried with all patience again. */
export function urgencyOf({ final }: { readonly final: boolean }, hasFailed: boolean): Urgency {
  if (!final) return 'interval';
  return hasFailed ? 'last chance again' : 'last chance';
}

/** Sends entries, and where a directory is given keeps them in it until they have been sent. */
export interface Outbox<Entry> {
  /** How many wait in the directory; undefined without one. */
  readonly waiting: number | undefined;
  /** True for an entry that is in the directory now, or was, so that nobody else needs to keep it. */
  keeps(entry: Entry): boolean;
  /** Sends what waits, then this entry. @throws when any of it could not be sent */
  deliver(stream: string, entry: Entry, urgency: Urgency): Promise<void>;
  /** Sends what waits, if there is a directory. @throws when any of it could not be sent */
  flush(urgency: Urgency): Promise<void>;
}

export function openOutbox<Entry extends object>(options: OutboxOptions<Entry>): Outbox<Entry> {
  const { directory, now = Date.now } = options;
  const spool = directory === undefined ? undefined : openSpool({ ...options, directory });
  /** Names under which entries were kept. */
  const kept = new WeakMap<Entry, string>();
  const courtesy = leaveAlone(now);

  const boundsOf = (urgency: Urgency): SendBounds => ({
    ...boundsFor(urgency, options.timeoutMillis),
    notes: spool?.notes,
  });
  const warnOf = (error: unknown): void => {
    if (!(error instanceof UnusableSpool)) throw error;
    options.warn('spool', `${error.message}; it is sent at once or lost`);
  };
  /** Resolves with false when nothing can be read from the directory. */
  const sendAll = async (urgency: Urgency): Promise<boolean> => {
    if (spool === undefined) return false;
    const bounds = boundsOf(urgency);
    const until = now() + bounds.timeoutMillis;
    const goOn = (): boolean => now() < until;
    const longest = MOST_REQUESTS * bounds.timeoutMillis;
    try {
      await spool.drain((entry) => options.send(entry, bounds), longest, goOn);
    } catch (error) {
      warnOf(error);
      return false;
    }
    if (spool.size > 0 && !goOn()) throw new Error('there was no time for all');
    return true;
  };
  const keep = async (stream: string, entry: Entry): Promise<boolean> => {
    if (spool === undefined) return false;
    if (kept.has(entry)) return true;
    try {
      kept.set(entry, await spool.put(stream, entry));
      return true;
    } catch (error) {
      warnOf(error);
      return false;
    }
  };
  return {
    get waiting() {
      return spool?.size;
    },
    keeps: (entry) => kept.has(entry),
    deliver: (stream, entry, urgency) =>
      explained(spool, entry, kept, async () => {
        const isKept = await keep(stream, entry);
        await courtesy(urgency, async () => {
          if (isKept && (await sendAll(urgency))) return;
          // What waits is tried first, and may fail by itself: it waits on.
          if (!isKept) await sendAll(urgency).catch(() => {});
          await options.send(entry, boundsOf(urgency));
        });
      }),
    flush: (urgency) =>
      explained(spool, undefined, kept, () => courtesy(urgency, () => sendAll(urgency))),
  };
}

const AGAIN_MILLIS = 2000;
/** A server that asks for longer is asked again after this time. */
const LONGEST_COURTESY_MILLIS = 600_000;

function boundsFor(urgency: Urgency, timeoutMillis: number): Omit<SendBounds, 'notes'> {
  switch (urgency) {
    case 'interval':
      return { timeoutMillis, retries: 1 };
    case 'last chance':
      return { timeoutMillis, retries: 4 };
    case 'last chance again':
      return { timeoutMillis: Math.min(timeoutMillis, AGAIN_MILLIS), retries: 1 };
  }
}

/** Does not call, but at the end of a run, before the time that the server asked for. */
function leaveAlone(now: () => number) {
  let asked: { readonly until: number; readonly error: DeliveryError } | undefined;
  return async (urgency: Urgency, call: () => Promise<unknown>): Promise<void> => {
    if (urgency === 'interval' && asked !== undefined && now() < asked.until) throw asked.error;
    try {
      await call();
      asked = undefined;
    } catch (error) {
      const wait = error instanceof DeliveryError ? error.retryAfterMillis : undefined;
      const millis = Math.min(wait ?? 0, LONGEST_COURTESY_MILLIS);
      asked =
        wait === undefined ? undefined : { until: now() + millis, error: error as DeliveryError };
      throw error;
    }
  };
}

/** The error, and what becomes of what could not be sent. @param entry undefined: all that waits */
async function explained<Entry extends object>(
  spool: Spool<Entry> | undefined,
  entry: Entry | undefined,
  kept: WeakMap<Entry, string>,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (cause) {
    if (spool === undefined || spool.size === 0) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const isKept = entry === undefined || spool.waits(kept.get(entry) ?? '');
    const what = isKept ? 'it is kept' : 'what else waits is kept';
    throw new Error(`${why}; ${what} in ${spool.path} and sent at the next chance`, { cause });
  }
}
