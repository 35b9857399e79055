import type { Host } from '../host.ts';
import { countOverhead, overheadCpuTime } from '../overhead.ts';
import type { Probe, ProbeOptions, Reading } from '../probes/probe.ts';
import type { Component, Outcome } from '../semconv.ts';
import { type Gibibytes, type Seconds, seconds } from '../units.ts';
import { type BusyPart, countBusy } from './busy.ts';
import { type Cell, type Cells, createCells, partKey } from './cells.ts';
import { createHistory, type History } from './history.ts';
import { aboutUnmeasured } from './nobody.ts';
import { type Candidate, type MeasuredPart, measurePart } from './part.ts';
import { createSlot, type Log, type Slot } from './slot.ts';
import type { Part } from './snapshot.ts';

/** The probes of one machine, read together, and what they have counted since the machine was opened. */
export interface Machine {
  readonly cells: Cells;
  readonly slots: readonly Slot[];
  readonly parts: readonly TrackedPart[];
  readonly sampledAt: Seconds;
  readonly ram: { readonly used: Gibibytes; readonly total: Gibibytes } | undefined;
  /** Reads every probe once. Never throws. */
  sample(): void;
  /** Closes open gaps: what is not measured by now will not be. */
  settle(): void;
  /** The shortest time between samples that no counter's wrap can hide in. */
  readonly longestInterval: Seconds | undefined;
  /** The longest window over which means are wanted. */
  keep(window: Seconds): void;
  close(): void;
}

export interface TrackedPart {
  readonly energy: MeasuredPart;
  readonly busy: BusyPart;
  readonly history: History;
}

/** These are always measured, or counted as unmeasured; GPUs appear with their channels. */
const ALWAYS: readonly Component[] = ['cpu', 'ram'];

export function openMachine(
  host: Host,
  probes: readonly Probe[],
  options: ProbeOptions,
  log: Log,
): Machine {
  const cpuCount = host.cpuCount();
  const cells = createCells();
  const slots = probes.map((probe) => createSlot(probe, host, options, log));
  const parts = new Map<string, TrackedPart>();
  const duration = cells.of({ kind: 'duration' });
  let ramUsage: Cell | undefined;
  const overheadCpu = cells.of({ kind: 'overheadCpuTime' });
  const overheadEnergy = cells.of({ kind: 'overheadEnergy' });
  const sampleCells = new Map<string, Cell>();
  let overheadSeen = overheadCpuTime();
  // The probes are open: counting begins here, at the time of the first sample.
  let sampledAt = host.now();
  let longestWindow = seconds(1);
  let ram: Machine['ram'];
  let cpuBusy: Seconds | undefined;
  let hasFailed = false;

  for (const component of ALWAYS) track({ component });
  sample(sampledAt);
  for (const component of ALWAYS) {
    if (parts.get(partKey({ component }))?.energy.active !== undefined) continue;
    const words = aboutUnmeasured(component, slots);
    if (words !== undefined) log.warn(words);
  }

  return {
    cells,
    slots,
    sample: () => sample(host.now()),
    get parts() {
      return [...parts.values()];
    },
    get sampledAt() {
      return sampledAt;
    },
    get ram() {
      return ram;
    },
    get longestInterval() {
      const intervals = slots.flatMap(({ sensor }) => sensor?.longestInterval ?? []);
      return intervals.length === 0 ? undefined : seconds(Math.min(...intervals));
    },
    settle() {
      for (const { sensor } of slots) sensor?.settle?.(sampledAt);
      sample(sampledAt);
      for (const { energy } of parts.values()) energy.settle(sampledAt);
    },
    keep(window) {
      longestWindow = seconds(Math.max(longestWindow, window));
    },
    close() {
      for (const slot of slots) slot.close();
    },
  };

  function sample(now: Seconds): void {
    try {
      countOverhead(() => takeSample(now));
    } catch (error) {
      // A fault of ours must not reach the host program; it is said once.
      if (!hasFailed) log.warn(`a sample failed: ${String(error)}`);
      hasFailed = true;
    }
  }

  function takeSample(now: Seconds): void {
    const elapsed = now - sampledAt;
    const ramBefore = ram;
    const candidates = readSlots(now);
    duration.value += elapsed;
    if (ramBefore !== undefined) {
      ramUsage ??= cells.of({ kind: 'ramUsage' });
      ramUsage.value += ramBefore.used * elapsed;
    }
    const cpuBefore = parts.get('cpu')?.energy.total ?? 0;
    const busyBefore = parts.get('cpu')?.busy.total ?? 0;
    for (const [key, tracked] of parts) update(tracked, now, candidates.get(key) ?? []);
    sampledAt = now;
    countOwn(
      (parts.get('cpu')?.energy.total ?? 0) - cpuBefore,
      (parts.get('cpu')?.busy.total ?? 0) - busyBefore,
    );
  }

  /** Candidates of every part, in the order of preference: what the user states, then the order of the probes. */
  function readSlots(now: Seconds): Map<string, Candidate[]> {
    const found = new Map<string, Candidate[]>();
    cpuBusy = undefined;
    ram = undefined;
    for (const slot of slots) {
      const reading = slot.read(now);
      if (reading === undefined) continue;
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

  function update(
    { energy, busy, history }: TrackedPart,
    now: Seconds,
    offered: Candidate[],
  ): void {
    const { unmeasured } = energy;
    energy.update(now, offered);
    if (energy.unmeasured > unmeasured) history.clear();
    const own = offered.find(({ channel }) => channel === energy.active)?.key;
    busy.update(offered, own, energy.part.component === 'cpu' ? cpuBusy : undefined);
    const isComplete = energy.coveredUntil === now && energy.active?.isPartial !== true;
    if (isComplete && energy.active !== undefined) {
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
   * carries its part of the idle power too.
   */
  function countOwn(cpuEnergy: number, busy: number): void {
    const spent = overheadCpuTime();
    const own = spent - overheadSeen;
    overheadSeen = spent;
    overheadCpu.value += own;
    const busyTime = Math.max(own, busy * cpuCount);
    if (busyTime > 0) overheadEnergy.value += (cpuEnergy * own) / busyTime;
  }

  function track(part: Part): void {
    parts.set(partKey(part), {
      energy: measurePart(part, cells, sampledAt),
      busy: countBusy(part, cells),
      history: createHistory(() => longestWindow),
    });
  }
}
