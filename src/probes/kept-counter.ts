import type { Host, KeptFile } from '../host.ts';
import type { Outcome } from '../semconv.ts';
import type { Seconds } from '../units.ts';
import { COUNT_LENGTH, type CounterLimits, createCounter, parseCount } from './counter.ts';
import { LONGEST_GAP, RETRY_INTERVAL } from './probe.ts';
import type { Summand } from './summed.ts';

/** A counter in a file that stays open, and is opened again when it went away. */
export interface KeptCounter extends Summand {
  readonly path: string;
  read(now: Seconds): Outcome;
  /** Whether the file is open: what is not open is on no tape. */
  isOpen(): boolean;
  /** Errno of the last failure, or `EINVAL` for a text that is no count; undefined while all is well. */
  errno(): string | undefined;
  close(): void;
}

export interface CounterFile {
  readonly host: Host;
  readonly path: string;
  readonly limits: () => CounterLimits;
  /** Whether the file, when it is there again, is still the same counter. Default: it is. */
  readonly isSame?: () => boolean;
}

/**
 * Keeps a counter file open (specification, section 4: descriptors stay open, reads are at position 0).
 * While it cannot be read it is opened again at every reading for 10 s, then every 10 s.
 */
export function keepCounter(
  { host, path, limits, isSame }: CounterFile,
  now: Seconds,
): KeptCounter {
  const counter = createCounter(limits, now);
  let file: KeptFile | undefined;
  let errno: string | undefined;
  let triedAt: Seconds | undefined;

  const open = (at: Seconds): void => {
    const isReturn = triedAt !== undefined;
    triedAt = at;
    const opened = host.open(path, COUNT_LENGTH);
    if (!opened.ok) errno = opened.errno;
    else if (isReturn && isSame?.() === false) {
      errno = 'ENODEV';
      opened.value.close();
    } else file = opened.value;
  };
  const readOpen = (): string | undefined => {
    const text = file?.read();
    if (text?.ok) return text.value;
    if (text) errno = text.errno;
    file?.close();
    file = undefined;
    return undefined;
  };
  const isDue = (at: Seconds): boolean =>
    triedAt === undefined ||
    at - (counter.measuredUntil() ?? now) <= LONGEST_GAP ||
    at - triedAt >= RETRY_INTERVAL;

  return {
    ...counter,
    path,
    read: (at) => {
      let text = readOpen();
      if (text === undefined && isDue(at)) {
        open(at);
        text = readOpen();
      }
      const count = text === undefined ? undefined : parseCount(text);
      if (count !== undefined) errno = undefined;
      else if (text !== undefined) errno = 'EINVAL';
      return counter.update(count, at);
    },
    isOpen: () => file !== undefined,
    errno: () => errno,
    close: () => {
      file?.close();
      file = undefined;
    },
  };
}
