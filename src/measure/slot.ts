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
  read(now: Seconds): Reading | undefined;
  close(): void;
}

/** Opens a probe and keeps it open; what cannot be read is said once and tried again at a slow rate. */
export function createSlot(probe: Probe, host: Host, options: ProbeOptions, log: Log): Slot {
  let sensor: Sensor | undefined;
  let why: string | undefined;
  let generation = 0;
  let openedAt = host.now();
  let triedAt = openedAt;
  /** When to ask the sensor for its problems again, if nothing fails. */
  let askAt: number = openedAt;
  const told = new Set<string>();

  const tell = ({ why, remedy }: Problem): void => {
    if (told.has(why)) return;
    told.add(why);
    log.warn(`${probe.id}: ${why}${remedy === undefined ? '' : `. ${remedy}`}`);
  };
  const open = (now: Seconds): void => {
    triedAt = now;
    const opened = openSafely(probe, host, options);
    why = opened.outcome === 'ok' ? undefined : opened.why;
    if (opened.outcome === 'ok') {
      sensor = opened.sensor;
      openedAt = now;
      generation += 1;
    } else if (opened.outcome === 'absent') log.debug(`${probe.id}: ${opened.why}`);
    else tell(opened);
  };
  const giveUp = (reason: string): void => {
    closeSafely(sensor);
    sensor = undefined;
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
    read(now) {
      if (sensor === undefined && now - triedAt >= RETRY_INTERVAL) open(now);
      if (sensor === undefined) return undefined;
      const reading = readSafely(sensor, now);
      if (reading === undefined) giveUp('failed while it was read');
      else if (reading.outcomes.includes('failed') || now >= askAt) {
        askAt = now + RETRY_INTERVAL;
        const { problems = [] } = sensor;
        for (const problem of problems) tell(problem);
        if (isDead(reading, now, openedAt)) giveUp(deathOf(problems));
      }
      return reading;
    },
    close() {
      closeSafely(sensor);
      sensor = undefined;
    },
  };
}

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
