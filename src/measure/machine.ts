import type { Host } from '../host.ts';
import { addOverhead, countOverhead, overheadCpuTime } from '../overhead.ts';
import type { Probe, ProbeOptions } from '../probes/probe.ts';
import { type Seconds, seconds, shortest } from '../units.ts';
import {
  ALWAYS,
  type Books,
  openBooks,
  type RamUse,
  type SlotReading,
  type TrackedPart,
} from './books.ts';
import type { Cell } from './cells.ts';
import { sayLater } from './later.ts';
import { aboutUnmeasured } from './nobody.ts';
import { createSlot, type Log, type Slot } from './slot.ts';
import { createTape } from './tape.ts';

/** The probes of one machine, read together, and what they have counted since the machine was opened. */
export interface Machine {
  readonly slots: readonly Slot[];
  /** Time of the last sample. */
  readonly sampledAt: Seconds;
  /** The last sample read all there is to read. */
  readonly isWhole: boolean;
  /** Totals, parts and memory, as they were when samples were last worked out. */
  readonly cells: Iterable<Cell>;
  readonly parts: readonly TrackedPart[];
  readonly ram: RamUse | undefined;
  /** Takes a sample. Working it out is put off where it can be, and done for several together. Never throws. */
  tick(): void;
  /** Takes a sample and works out all that were taken. Never throws. */
  sample(): void;
  /** Works out what was sampled. Never throws. */
  catchUp(): void;
  /** Closes open gaps: what is not measured by now will not be. */
  settle(): void;
  /** Calls `look` after each sample that is worked out, until it says true; returns what takes that back. */
  watch(look: (at: Seconds) => boolean): () => void;
  /** The longest time between samples that no counter's wrap can hide in; not known before the first is worked out. */
  readonly longestInterval: Seconds | undefined;
  /** The longest window over which means are wanted. */
  keep(window: Seconds): void;
  close(): void;
}

export interface MachineSetup {
  readonly host: Host;
  readonly probes: readonly Probe[];
  readonly options: ProbeOptions;
  readonly log: Log;
  /** Called when sensors were opened: `longestInterval` may be another. */
  readonly onOpened: () => void;
}

/**
 * Samples wait so long at most to be worked out: a second more than the minute after which most readers collect, who
 * then work them out. A file whose text is no count, which no kernel writes, is found out as late.
 */
const LONGEST_DELAY = 61;

/** Opens the probes and takes the first sample, at which counting begins. Working it out has a turn of its own. */
export function openMachine({ host, probes, options, log, onOpened }: MachineSetup): Machine {
  const overheadBefore = overheadCpuTime();
  const tape = createTape(host);
  const later = sayLater(log);
  const slots = probes.map((probe) => createSlot(probe, tape.host, options, later));
  let books: Books | undefined;
  let longestWindow = seconds(0);
  /** Time from which samples are worked out at once. */
  let dueAt = 0;
  let openings = 0;
  /** Whether the last sample had a reading that failed: what cannot be read may not be open, and is on no tape then. */
  let isIll = false;
  let hasFailed = false;
  const watchers = new Set<(at: Seconds) => boolean>();
  tape.record();
  if (canWait(slots)) host.soon(() => guard(() => work(false)));
  else guard(() => work(true));

  return {
    slots,
    get sampledAt() {
      return tape.recordedAt;
    },
    get isWhole() {
      return tape.isWhole;
    },
    get cells() {
      return books?.cells ?? [];
    },
    get parts() {
      return [...(books?.parts.values() ?? [])];
    },
    get ram() {
      return books?.ram;
    },
    tick() {
      const now = tape.recordDue();
      addOverhead(host.now() - now);
      if (now >= dueAt || tape.isDue) guard(() => work(true));
    },
    sample: () => sample(),
    catchUp: () => guard(() => work(false)),
    settle() {
      const now = tape.recordedAt;
      // What could not be read a moment ago may be readable now: only if not it is missing.
      if (isIll) sample(now);
      for (const { sensor } of slots) guard(() => sensor?.settle?.(now));
      sample(now);
      books?.settle(now);
    },
    watch(look) {
      watchers.add(look);
      return () => void watchers.delete(look);
    },
    get longestInterval() {
      // Of sensors that were only just opened it would have to be worked out.
      if (books === undefined) return undefined;
      return shortest(slots.map(({ sensor }) => sensor?.longestInterval));
    },
    keep(window) {
      longestWindow = seconds(Math.max(longestWindow, window));
      books?.keep(longestWindow);
    },
    close() {
      for (const slot of slots) slot.close();
    },
  };

  function sample(at?: Seconds): void {
    guard(() => {
      tape.record(at);
      work(true);
    });
  }

  /** A fault of ours must not reach the host program; it is said once. */
  function guard(act: () => void): void {
    try {
      countOverhead(act);
    } catch (error) {
      if (!hasFailed) later.warn(`a sample failed: ${String(error)}`);
      hasFailed = true;
    }
  }

  /** `endsNow`: the last sample was taken this moment. */
  function work(endsNow: boolean): void {
    const isFirst = books === undefined;
    tape.replay(take, endsNow);
    books?.countOwn();
    dueAt = canWait(slots) && !isIll ? nextWork(slots, tape.recordedAt) : 0;
    if (isFirst) tellUnmeasured();
    const opened = slots.reduce((sum, { generation }) => sum + generation, 0);
    if (opened === openings) return;
    openings = opened;
    onOpened();
  }

  function take(at: Seconds, isNow: boolean): void {
    books ??= begin(at);
    const readings: SlotReading[] = [];
    for (const slot of slots) {
      const reading = slot.read(at, isNow);
      if (reading !== undefined) readings.push({ slot, reading });
    }
    books.take(at, readings);
    isIll = readings.some(({ reading }) => reading.outcomes.includes('failed'));
    for (const look of watchers) if (look(at)) watchers.delete(look);
  }

  function begin(at: Seconds): Books {
    const begun = openBooks(at, host.cpuCount(), overheadBefore);
    begun.keep(longestWindow);
    return begun;
  }

  function tellUnmeasured(): void {
    for (const component of ALWAYS) {
      if (books?.parts.get(component)?.energy.active !== undefined) continue;
      const words = aboutUnmeasured(component, slots);
      if (words !== undefined) later.warn(words);
    }
  }
}

/** Whether what is sampled now can be worked out later. */
const canWait = (slots: readonly Slot[]): boolean =>
  slots.every(({ sensor }) => sensor === undefined || sensor.isReplayable === true);

/** When samples have waited long enough, or a probe is to be tried again. */
const nextWork = (slots: readonly Slot[], now: Seconds): number =>
  Math.min(now + LONGEST_DELAY, ...slots.map(({ retryAt }) => retryAt));
