import { seconds } from '../units.ts';
import { type Account, buildSnapshot } from './build-snapshot.ts';
import type { Cell } from './cells.ts';
import type { Machine } from './machine.ts';
import { acquire, type Lease, type Setup } from './share.ts';
import type { Snapshot } from './snapshot.ts';

/** One run's view of a machine that it may share with others: totals since the run began. */
export interface Run {
  /** What was measured up to now; takes a fresh sample when the last one is older than 50 ms, or is the run's first. */
  snapshot(): Snapshot;
  /** Facts that the sensors in use state about their figures: `tdp_source: 'generic'`. */
  facts(): Readonly<Record<string, string>>;
  /** Takes a last sample and closes open gaps, unless another run goes on measuring this machine. */
  settle(): void;
  /** Settles and stops measuring; totals stay. */
  pause(): void;
  /** Goes on measuring; what happened meanwhile is not part of the run. */
  resume(): void;
}

/** A sample that is younger than this serves a collection as it is. */
const FRESH = seconds(0.05);

/** Starts to measure at once; the first sample has been taken when this returns. */
export function startRun(setup: Setup): Run {
  const accounts = new Map<string, Account>();
  /** What to add to the machine's totals to get the run's. */
  let offsets = new Map<string, number>();
  let lease: Lease | undefined;
  let since = setup.host.now();
  let last: Snapshot | undefined;
  let lastFacts: Readonly<Record<string, string>> = {};

  resume();
  return { snapshot, facts, settle, pause, resume };

  function snapshot(): Snapshot {
    if (lease === undefined) return last ?? takeSnapshot(undefined);
    const { machine } = lease;
    if (isFresh(machine)) machine.catchUp();
    else machine.sample();
    return takeSnapshot(machine);
  }

  /** The sample at which the run began tells nothing of it. */
  function isFresh({ sampledAt }: Machine): boolean {
    const age = setup.host.now() - sampledAt;
    return age <= FRESH && sampledAt !== since;
  }

  function takeSnapshot(machine: Machine | undefined): Snapshot {
    if (machine !== undefined) settleAccounts(machine);
    last = buildSnapshot([...accounts.values()], machine, {
      length: setup.measurePowerSecs,
      since,
    });
    return last;
  }

  function facts(): Readonly<Record<string, string>> {
    if (lease === undefined) return lastFacts;
    const { slots, parts } = lease.machine;
    const inUse = new Set(parts.map(({ energy }) => energy.activeProbe));
    const found = slots.filter(({ probe }) => inUse.has(probe.id));
    return Object.assign({}, ...found.map(({ sensor }) => sensor?.facts ?? {}));
  }

  function resume(): void {
    if (lease !== undefined) return;
    lease = acquire(setup);
    const { machine, isNew } = lease;
    if (!isNew) machine.sample();
    since = machine.sampledAt;
    offsets = new Map([...accounts].map(([key, { value }]) => [key, value]));
    if (isNew) return;
    for (const { key, value } of machine.cells) offsets.set(key, (offsets.get(key) ?? 0) - value);
  }

  function settle(): void {
    lease?.machine.sample();
    lease?.settle();
  }

  function pause(): void {
    if (lease === undefined) return;
    settle();
    takeSnapshot(lease.machine);
    lastFacts = facts();
    lease.release();
    lease = undefined;
  }

  function settleAccounts(machine: Machine): void {
    for (const cell of machine.cells) {
      const value = cell.value + (offsets.get(cell.key) ?? 0);
      const known = accounts.get(cell.key);
      if (known !== undefined) known.value = Math.max(known.value, value);
      else if (value > 0 || belongs(cell, machine)) {
        accounts.set(cell.key, { series: cell.series, value: Math.max(0, value) });
      }
    }
  }
}

/** A series of energy that ended before the run began is not one of its series. */
function belongs({ series }: Cell, machine: Machine): boolean {
  if (series.kind !== 'energy') return true;
  return machine.parts.some(
    ({ energy }) =>
      energy.active?.method === series.method &&
      energy.part.component === series.part.component &&
      energy.part.gpu?.uuid === series.part.gpu?.uuid,
  );
}
