import { type Channel, LONGEST_GAP } from '../probes/probe.ts';
import { type Joules, joules, type Seconds, seconds } from '../units.ts';
import type { Cell, Cells } from './cells.ts';
import type { Part } from './snapshot.ts';

/** A way to measure a part, offered by an open sensor. */
export interface Candidate {
  /** Probe, generation and channel: totals of another key have nothing to do with each other. */
  readonly key: string;
  readonly probe: string;
  readonly channel: Channel;
}

/**
 * The energy of one component (or GPU) over all ways to measure it. Every moment is covered exactly once:
 * by the preferred source; by the next one, from the last good reading on, once the preferred one has been
 * silent for the longest gap; or it is counted as unmeasured.
 */
export interface MeasuredPart {
  readonly part: Part;
  /** The source in use. */
  readonly active: Channel | undefined;
  /** The probe that it belongs to. */
  readonly activeProbe: string | undefined;
  /** Joules since start, over all methods. */
  readonly total: Joules;
  /** Time up to which `total` is complete. */
  readonly coveredUntil: Seconds;
  /** Seconds whose energy is missing from `total`. */
  readonly unmeasured: Seconds;
  /** Takes one reading; candidates are in order of preference. */
  update(now: Seconds, candidates: readonly Candidate[]): void;
  /** Closes a gap that is still open, as at the end of a run, without waiting any longer. */
  settle(now: Seconds): void;
}

export function measurePart(part: Part, cells: Cells, start: Seconds): MeasuredPart {
  const partialCell = cells.of({ kind: 'partial', component: part.component });
  const unmeasuredCell = cells.of({ kind: 'unmeasured', component: part.component });
  /** Total of every source at `coveredUntil`: from there it can take over. */
  const marks = new Map<string, number>();
  let candidates: readonly Candidate[] = [];
  let active: Candidate | undefined;
  let activeCell: Cell | undefined;
  let activeLost = 0;
  let activeLostInPart = 0;
  let coveredUntil = start;
  let readAt = start;
  let total = 0;
  let missing = 0;

  return {
    part,
    get active() {
      return active?.channel;
    },
    get activeProbe() {
      return active?.probe;
    },
    get total() {
      return joules(total);
    },
    get coveredUntil() {
      return coveredUntil;
    },
    get unmeasured() {
      return seconds(missing);
    },
    update(now, offered) {
      candidates = offered;
      readAt = now;
      if (now === start) cover(now);
      const current = offered.find(({ key }) => key === active?.key);
      if (current !== undefined) take(current);
      if (isWaiting(now)) return;
      if (coveredUntil < now) takeOver(now);
      else preferBest(now);
    },
    settle(now) {
      if (coveredUntil < now) takeOver(now);
    },
  };

  /** A silent source may still come back and cover its gap; so long nobody else does. */
  function isWaiting(now: Seconds): boolean {
    const [first] = candidates;
    const isSilent = first !== undefined && first.channel.measuredUntil !== now;
    const isCovered = active !== undefined && coveredUntil === now;
    return isSilent && !isCovered && now - coveredUntil <= LONGEST_GAP;
  }

  /** The best source that has counted all along covers the gap; else nobody does. */
  function takeOver(now: Seconds): void {
    const next = candidates.find(
      ({ key, channel }) => channel.measuredUntil === now && marks.has(key),
    );
    active = undefined;
    if (next === undefined) miss(now - coveredUntil);
    else {
      use(next);
      take(next);
    }
    cover(now);
    preferBest(now);
  }

  /** A better source that has appeared is used from now on. */
  function preferBest(now: Seconds): void {
    const best = candidates.find(({ channel }) => channel.measuredUntil === now);
    if (best !== undefined && best.key !== active?.key) use(best);
  }

  function use(candidate: Candidate): void {
    active = candidate;
    activeLost = candidate.channel.lost;
    activeLostInPart = candidate.channel.lostInPart ?? 0;
    activeCell = cells.of({ kind: 'energy', part, method: candidate.channel.method });
  }

  /** Adds what the source in use has counted since its mark. */
  function take(current: Candidate): void {
    const { key, channel } = current;
    active = current;
    const added = Math.max(0, channel.joules - (marks.get(key) ?? channel.joules));
    total += added;
    if (activeCell !== undefined) activeCell.value += added;
    miss(Math.max(0, channel.lost - activeLost));
    activeLost = channel.lost;
    partialCell.value += Math.max(0, (channel.lostInPart ?? 0) - activeLostInPart);
    activeLostInPart = channel.lostInPart ?? 0;
    const until = channel.measuredUntil ?? coveredUntil;
    if (added > 0 || until > coveredUntil) cover(seconds(Math.max(until, coveredUntil)));
  }

  function miss(time: number): void {
    missing += time;
    unmeasuredCell.value += time;
  }

  function cover(until: Seconds): void {
    coveredUntil = until;
    marks.clear();
    // A silent source's total belongs to an earlier moment: it would cover part of the time twice.
    for (const { key, channel } of candidates) {
      const isCurrent = channel.measuredUntil === readAt || key === active?.key;
      if (isCurrent) marks.set(key, channel.joules);
    }
  }
}
