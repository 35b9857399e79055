import type { Log } from './slot.ts';

/**
 * Says what it is told to say once nothing of ours is under way: a logger is somebody else's code, which may ask for
 * figures, end the run or throw.
 */
export function sayLater(log: Log): Log {
  const later = (say: (message: string) => void) => (message: string) =>
    queueMicrotask(() => {
      try {
        say(message);
      } catch {
        // A fault of the logger must not end the program that is measured.
      }
    });
  return {
    warn: later((message) => log.warn(message)),
    info: later((message) => log.info(message)),
    debug: later((message) => log.debug(message)),
  };
}
