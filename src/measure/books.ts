import { overheadCpuTime } from '../overhead.ts';
import type { Reading } from '../probes/probe.ts';
import type { Component, Outcome } from '../semconv.ts';
import { type Gibibytes, type Seconds, seconds } from '../units.ts';
import { type BusyPart, countBusy } from './busy.ts';
import { type Cell, type Cells, createCells, partKey } from './cells.ts';
import { createHistory, type History } from './history.ts';
import { type Candidate, type MeasuredPart, measurePart } from './part.ts';
import type { Slot } from './slot.ts';
import type { Part } from './snapshot.ts';

/** What the readings of a machine add up to. */
export interface Books {
  readonly cells: Cells;
  readonly parts: ReadonlyMap<string, TrackedPart>;
  readonly ram: RamUse | undefined;
  /** Takes in one reading of every probe that gave one, in order of preference. */
  take(now: Seconds, readings: readonly SlotReading[]): void;
  /** Counts what this package has used since it was last asked to. */
  countOwn(): void;
  /** Closes open gaps: what is not measured by now will not be. */
  settle(now: Seconds): void;
  /** The longest window over which means are wanted. */
  keep(window: Seconds): void;
}

export interface SlotReading {
  readonly slot: Slot;
  readonly reading: Reading;
}

export interface RamUse {
  readonly used: Gibibytes;
  readonly total: Gibibytes;
}

export interface TrackedPart {
  readonly energy: MeasuredPart;
  readonly busy: BusyPart;
  readonly history: History;
  /** The last sample at which the energy was complete, nothing of before still to come, and what was missing then. */
  readonly level: { readonly at: Seconds; readonly unmeasured: Seconds };
}

type Tracked = { -readonly [Key in keyof TrackedPart]: TrackedPart[Key] };

/** These are always measured, or counted as unmeasured; GPUs appear with their channels. */
export const ALWAYS: readonly Component[] = ['cpu', 'ram'];

/**
 * Opens the books of a machine with `cpuCount` logical CPUs. Counting begins at `start`, the time of the first reading;
 * that of our own CPU time at `overheadBefore`, what it was before the probes were opened.
 */
export function openBooks(start: Seconds, cpuCount: number, overheadBefore: Seconds): Books {
  const cells = createCells();
  const parts = new Map<string, Tracked>();
  const duration = cells.of({ kind: 'duration' });
  const overheadCpu = cells.of({ kind: 'overheadCpuTime' });
  const overheadEnergy = cells.of({ kind: 'overheadEnergy' });
  const sampleCells = new Map<string, Cell>();
  let ramUsage: Cell | undefined;
  let ownSeen = { spent: overheadBefore as number, energy: 0, busy: 0 };
  let takenAt = start;
  let longestWindow = seconds(1);
  let ram: RamUse | undefined;
  let cpuBusy: Seconds | undefined;
  for (const component of ALWAYS) track({ component });

  return {
    cells,
    parts,
    get ram() {
      return ram;
    },
    take,
    countOwn,
    settle(now) {
      for (const { energy } of parts.values()) energy.settle(now);
    },
    keep(window) {
      longestWindow = seconds(Math.max(longestWindow, window));
    },
  };

  function take(now: Seconds, readings: readonly SlotReading[]): void {
    const elapsed = now - takenAt;
    const ramBefore = ram;
    const candidates = sort(readings);
    duration.value += elapsed;
    if (ramBefore !== undefined) {
      ramUsage ??= cells.of({ kind: 'ramUsage' });
      ramUsage.value += ramBefore.used * elapsed;
    }
    for (const [key, tracked] of parts) update(tracked, now, candidates.get(key) ?? []);
    takenAt = now;
  }

  /** Candidates of every part, in the order of preference: what the user states, then the order of the probes. */
  function sort(readings: readonly SlotReading[]): Map<string, Candidate[]> {
    const found = new Map<string, Candidate[]>();
    cpuBusy = undefined;
    ram = undefined;
    for (const { slot, reading } of readings) {
      countOutcomes(slot.probe.id, reading.outcomes);
      noteLoad(reading);
      offer(slot, reading, found);
    }
    return found;
  }

  function offer(slot: Slot, { channels }: Reading, found: Map<string, Candidate[]>): void {
    for (const channel of channels) {
      const part: Part =
        channel.gpu === undefined
          ? { component: channel.component }
          : { component: channel.component, gpu: channel.gpu };
      const key = partKey(part);
      if (!parts.has(key)) track(part);
      const probe = slot.probe.id;
      const candidate = { key: `${probe} ${slot.generation} ${channel.method}`, probe, channel };
      const list = found.get(key);
      if (list === undefined) found.set(key, [candidate]);
      else if (channel.method === 'user') list.unshift(candidate);
      else list.push(candidate);
    }
  }

  function update(tracked: Tracked, now: Seconds, offered: readonly Candidate[]): void {
    const { energy, busy, history } = tracked;
    const { unmeasured } = energy;
    energy.update(now, offered);
    if (energy.unmeasured > unmeasured) history.clear();
    const own = offered.find(({ channel }) => channel === energy.active)?.key;
    busy.update(offered, own, energy.part.component === 'cpu' ? cpuBusy : undefined);
    if (energy.coveredUntil !== now || energy.active?.isPartial === true) return;
    tracked.level = { at: now, unmeasured: energy.unmeasured };
    if (energy.active !== undefined) {
      history.add({ at: now, joules: energy.total, busy: busy.total });
    }
  }

  function noteLoad({ load }: Reading): void {
    if (load?.cpuBusy !== undefined) cpuBusy = load.cpuBusy;
    if (load?.ramUsed === undefined || load.ramTotal === undefined) return;
    ram = { used: load.ramUsed, total: load.ramTotal };
  }

  function countOutcomes(probe: string, outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const key = `${probe} ${outcome}`;
      let cell = sampleCells.get(key);
      if (cell === undefined) {
        cell = cells.of({ kind: 'samples', probe, outcome });
        sampleCells.set(key, cell);
      }
      cell.value += 1;
    }
  }

  /**
   * Our own energy: the CPU's energy times our share of its busy time. An upper bound, since the share
   * carries its part of the idle power too. Of all samples that were worked out together at once: only then is
   * what they cost known.
   */
  function countOwn(): void {
    const cpu = parts.get('cpu');
    const now = {
      spent: overheadCpuTime(),
      energy: cpu?.energy.total ?? 0,
      busy: cpu?.busy.total ?? 0,
    };
    const own = now.spent - ownSeen.spent;
    const busyTime = Math.max(own, (now.busy - ownSeen.busy) * cpuCount);
    overheadCpu.value += own;
    if (busyTime > 0) overheadEnergy.value += ((now.energy - ownSeen.energy) * own) / busyTime;
    ownSeen = now;
  }

  function track(part: Part): void {
    parts.set(partKey(part), {
      energy: measurePart(part, cells, takenAt),
      busy: countBusy(part, cells),
      history: createHistory(() => longestWindow),
      level: { at: takenAt, unmeasured: seconds(0) },
    });
  }
}
