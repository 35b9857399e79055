import { seconds } from '../units.ts';
import { createAccounts } from './accounts.ts';
import { buildSnapshot } from './build-snapshot.ts';
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
  const accounts = createAccounts();
  let lease: Lease | undefined;
  let last: Snapshot | undefined;
  let lastFacts: Readonly<Record<string, string>> = {};

  resume();
  return { snapshot, facts, settle, pause, resume };

  function snapshot(): Snapshot {
    if (lease === undefined) return last ?? build(undefined);
    const { machine } = lease;
    if (isFresh(machine)) machine.catchUp();
    else machine.sample();
    accounts.update(machine);
    return build(machine);
  }

  /** The sample at which the run began tells nothing of it. */
  function isFresh({ sampledAt, isWhole }: Machine): boolean {
    const age = setup.host.now() - sampledAt;
    return isWhole && age <= FRESH && sampledAt !== accounts.since;
  }

  function build(machine: Machine | undefined): Snapshot {
    const { all, since } = accounts;
    return buildSnapshot(all, machine, { length: setup.measurePowerSecs, since });
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
    accounts.begin(machine, isNew);
  }

  function settle(): void {
    lease?.machine.sample();
    lease?.settle();
  }

  function pause(): void {
    if (lease === undefined) return;
    settle();
    const { machine, isShared } = lease;
    accounts.update(machine);
    accounts.end(machine, isShared);
    last = build(machine);
    lastFacts = facts();
    lease.release();
    lease = undefined;
  }
}
