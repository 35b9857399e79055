import type { Log } from './slot.ts';

/** What is done after it is done in a microtask, without what Node adds to `queueMicrotask`. */
const nothingMore = Promise.resolve();

/**
 * Says what it is told to say once nothing of ours is under way: a logger is somebody else's code, which may ask for
 * figures, end the run or throw.
 */
export function sayLater(log: Log): Log {
  // A fault of the logger must not end the program that is measured.
  const later = (say: (message: string) => void) => (message: string) =>
    void nothingMore.then(() => say(message)).catch(() => undefined);
  return {
    warn: later((message) => log.warn(message)),
    info: later((message) => log.info(message)),
    debug: later((message) => log.debug(message)),
  };
}
