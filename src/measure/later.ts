import type { Log } from './slot.ts';

/** What is to be said, kept until it can be. */
export interface Later {
  readonly log: Log;
  /** Says it. A logger that throws is not listened to. */
  say(): void;
}

/** Says nothing before it is told to: a logger is somebody else's code, which may ask for figures itself. */
export function sayLater(log: Log): Later {
  const words: (() => void)[] = [];
  return {
    log: {
      warn: (message) => void words.push(() => log.warn(message)),
      info: (message) => void words.push(() => log.info(message)),
      debug: (message) => void words.push(() => log.debug(message)),
    },
    say() {
      for (const word of words.splice(0)) {
        try {
          word();
        } catch {
          // A fault of the logger must not end the program that is measured.
        }
      }
    },
  };
}
