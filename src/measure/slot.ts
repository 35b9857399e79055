import type { Host } from '../host.ts';
import {
  LONGEST_GAP,
  type Opened,
  type Probe,
  type ProbeOptions,
  type Problem,
  RETRY_INTERVAL,
  type Reading,
  type Sensor,
} from '../probes/probe.ts';
import type { Seconds } from '../units.ts';

/** Where a run says what a person should know. */
export interface Log {
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

/** One probe of a running machine: opened, read, given up, tried again. */
export interface Slot {
  readonly probe: Probe;
  readonly sensor: Sensor | undefined;
  /** Why there is no sensor; undefined when there is one. */
  readonly why: string | undefined;
  /** Works, and with all of its parts. */
  readonly up: boolean;
  /** Counts the openings: totals of another generation start at zero again. */
  readonly generation: number;
  /**
   * When to try again to open it. Infinity while it is open, and where it never was: that can wait until samples are
   * worked out anyway.
   */
  readonly retryAt: number;
  /** `isNow`: the machine is as it was at that time, so that a sensor may be opened. */
  read(now: Seconds, isNow: boolean): Reading | undefined;
  close(): void;
}

/** Opens a probe and keeps it open; what cannot be read is said once and tried again, at a slower and slower rate. */
export function createSlot(probe: Probe, host: Host, options: ProbeOptions, log: Log): Slot {
  let sensor: Sensor | undefined;
  let why: string | undefined;
  let generation = 0;
  let openedAt = host.now();
  let pause: number = RETRY_INTERVAL;
  let retryAt = Infinity;
  let wasNeverThere = false;
  /** When to ask the sensor for its problems again, if nothing fails. */
  let askAt: number = openedAt;
  const told = new Set<string>();

  const tell = ({ why, remedy }: Problem): void => {
    if (told.has(why)) return;
    told.add(why);
    log.warn(`${probe.id}: ${why}${remedy === undefined ? '' : `. ${remedy}`}`);
  };
  const open = (now: Seconds): void => {
    const opened = openSafely(probe, host, options);
    wasNeverThere = opened.outcome === 'absent' && generation === 0;
    why = opened.outcome === 'ok' ? undefined : opened.why;
    if (opened.outcome === 'ok') {
      sensor = opened.sensor;
      openedAt = now;
      retryAt = Infinity;
      generation += 1;
      return;
    }
    retryAt = now + (wasNeverThere ? LONGEST_PAUSE : pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    if (opened.outcome === 'absent') log.debug(`${probe.id}: ${opened.why}`);
    else tell(opened);
  };
  const giveUp = (reason: string, now: Seconds): void => {
    closeSafely(sensor);
    sensor = undefined;
    pause = RETRY_INTERVAL;
    retryAt = now + pause;
    why = reason;
    tell({ why: reason });
  };
  open(openedAt);

  return {
    probe,
    get sensor() {
      return sensor;
    },
    get why() {
      return why;
    },
    get up() {
      return sensor !== undefined && (sensor.problems ?? []).length === 0;
    },
    get generation() {
      return generation;
    },
    get retryAt() {
      return wasNeverThere ? Infinity : retryAt;
    },
    read(now, isNow) {
      if (isNow && now >= retryAt) open(now);
      if (sensor === undefined) return undefined;
      const reading = readSafely(sensor, now);
      if (reading === undefined) giveUp('failed while it was read', now);
      else if (reading.outcomes.includes('failed') || (isNow && now >= askAt)) {
        askAt = now + RETRY_INTERVAL;
        const { problems = [] } = sensor;
        for (const problem of problems) tell(problem);
        if (isDead(reading, now, openedAt)) giveUp(deathOf(problems), now);
      }
      return reading;
    },
    close() {
      closeSafely(sensor);
      sensor = undefined;
    },
  };
}

/**
 * Seconds between two attempts to open what was never there, or has been away for long: not quite the minute after
 * which most readers collect. What was lost a moment ago, or is there and cannot be read, is tried sooner.
 */
const LONGEST_PAUSE = 59;

const deathOf = ([problem]: readonly Problem[]): string =>
  `no reading for ${LONGEST_GAP} s${problem === undefined ? '' : `: ${problem.why}`}`;

/** Dead: no channel has delivered for the longest gap. */
function isDead(reading: Reading, now: Seconds, openedAt: Seconds): boolean {
  return (
    reading.channels.length > 0 &&
    reading.channels.every(({ measuredUntil }) => now - (measuredUntil ?? openedAt) > LONGEST_GAP)
  );
}

/** Probes never throw; a fault in one must still not reach the host program. */
function openSafely(probe: Probe, host: Host, options: ProbeOptions): Opened {
  try {
    return probe.open(host, options);
  } catch (error) {
    return { outcome: 'failed', why: String(error) };
  }
}

function readSafely(sensor: Sensor, now: Seconds): Reading | undefined {
  try {
    return sensor.read(now);
  } catch {
    return undefined;
  }
}

function closeSafely(sensor: Sensor | undefined): void {
  try {
    sensor?.close();
  } catch {
    // A file that cannot be closed is gone already.
  }
}
