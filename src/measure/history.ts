import type { Joules, Seconds } from '../units.ts';

/** A moment at which a part was measured completely. */
export interface Moment {
  readonly at: Seconds;
  readonly joules: Joules;
  readonly busy: Seconds | undefined;
}

/** The last moments of a part, from which means over a window are taken. */
export interface History {
  add(moment: Moment): void;
  /** Forgets everything: no mean may reach over seconds whose energy is missing. */
  clear(): void;
  /** The newest moment and the latest one at least `window` older, if both are at or after `since`. */
  window(window: Seconds, since: Seconds): readonly [from: Moment, to: Moment] | undefined;
}

/** Keeps the moments of the last `longest` seconds and one older; memory does not grow with time. */
export function createHistory(longest: () => Seconds): History {
  const moments: Moment[] = [];
  return {
    add(moment) {
      moments.push(moment);
      // The second-oldest must stay young enough for the oldest to be the one just outside the window.
      while (moments.length > 2 && isOutside(moments[1], moment.at)) moments.shift();
    },
    clear() {
      moments.length = 0;
    },
    window(window, since) {
      const to = moments.at(-1);
      if (to === undefined) return undefined;
      const from = moments.findLast(({ at }) => to.at - at >= window);
      return from === undefined || from.at < since ? undefined : [from, to];
    },
  };

  function isOutside(moment: Moment | undefined, now: Seconds): boolean {
    return moment !== undefined && now - moment.at >= longest();
  }
}
