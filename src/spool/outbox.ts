import { DeliveryError } from '../http.ts';
import type { Notes } from './folder.ts';
import { openSpool, type SpoolOptions } from './spool.ts';

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
  const kept = new WeakSet<Entry>();
  const courtesy = leaveAlone(now);

  const boundsOf = (urgency: Urgency): SendBounds => ({
    ...boundsFor(urgency, options.timeoutMillis),
    notes: spool?.notes,
  });
  const sendAll = async (urgency: Urgency): Promise<void> => {
    const bounds = boundsOf(urgency);
    const until = now() + bounds.timeoutMillis;
    const goOn = (): boolean => now() < until;
    const longest = MOST_REQUESTS * bounds.timeoutMillis;
    await spool?.drain((entry) => options.send(entry, bounds), longest, goOn);
    if (spool !== undefined && spool.size > 0 && !goOn())
      throw new Error('there was no time for all');
  };
  const keep = async (stream: string, entry: Entry): Promise<boolean> => {
    if (spool === undefined) return false;
    if (kept.has(entry)) return true;
    try {
      await spool.put(stream, entry);
      kept.add(entry);
      return true;
    } catch (error) {
      const errno = (error as NodeJS.ErrnoException).code ?? String(error);
      options.warn(
        'spool',
        `cannot keep anything in ${spool.path} (${errno}); it is sent at once or lost`,
      );
      return false;
    }
  };
  return {
    get waiting() {
      return spool?.size;
    },
    keeps: (entry) => kept.has(entry),
    deliver: (stream, entry, urgency) =>
      explained(spool?.path, async () => {
        const isKept = await keep(stream, entry);
        await courtesy(urgency, async () => {
          if (isKept) return sendAll(urgency);
          // What waits is tried first, and may fail by itself: it waits on.
          await sendAll(urgency).catch(() => {});
          await options.send(entry, boundsOf(urgency));
        });
      }),
    flush: (urgency) => explained(spool?.path, () => courtesy(urgency, () => sendAll(urgency))),
  };
}

const AGAIN_MILLIS = 2000;

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
  return async (urgency: Urgency, call: () => Promise<void>): Promise<void> => {
    if (urgency === 'interval' && asked !== undefined && now() < asked.until) throw asked.error;
    try {
      await call();
      asked = undefined;
    } catch (error) {
      const wait = error instanceof DeliveryError ? error.retryAfterMillis : undefined;
      asked =
        wait === undefined ? undefined : { until: now() + wait, error: error as DeliveryError };
      throw error;
    }
  };
}

/** The error, and what becomes of what could not be sent. */
async function explained(path: string | undefined, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    if (path === undefined) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${why}; it is kept in ${path} and sent at the next chance`, { cause });
  }
}
