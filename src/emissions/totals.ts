import { processWide } from '../process-wide.ts';
import type { Scope } from '../semconv.ts';
import { type KilowattHours, kilowattHours } from '../units.ts';

/** Somebody who measures energy in this process and can say at any moment how much it is. */
export interface TotalsSource {
  readonly projectName: string;
  readonly scope: Scope;
  readonly runId: string;
  /** It observes emissions itself (`emissions: 'instrument'`): readers leave its energy alone. */
  readonly observesEmissions?: boolean;
  /** The running total behind the counter `codecarbon_energy_consumed`, PUE included. Synchronous. */
  energyConsumed(): KilowattHours;
  /**
   * Names of the gauges that are observed at present, `hw.*` among them. The SDK repeats the last point
   * of an observable gauge for ever; readers leave out what is not in here.
   */
  currentGauges?(): ReadonlySet<string>;
  /** Closes open gaps, since a last collection follows. May be called more than once. */
  settle?(): void;
}

/** What every source had measured at one moment; NaN for a source that could not say. */
export type Totals = Pick<WeakMap<TotalsSource, KilowattHours>, 'get'>;

/**
 * Makes a running total known, so that a change of intensity can be marked with it.
 * Returns what withdraws it: its total stands still from then on, until it is announced again.
 */
export function announceTotals(source: TotalsSource): () => void {
  const { live, paused } = registry();
  for (const reference of paused.keys()) {
    const known = reference.deref();
    if (known === source || known === undefined) paused.delete(reference);
  }
  live.add(source);
  return () => {
    if (live.delete(source)) paused.set(new WeakRef(source), readTotal(source));
  };
}

/** The source behind a series: by project, scope and run; where no run is named, the only one that fits. */
export function findTotals(
  projectName: unknown,
  scope: unknown,
  runId?: unknown,
): TotalsSource | undefined {
  const matching = [...registry().live].filter(
    (source) => source.projectName === projectName && source.scope === scope,
  );
  if (runId !== undefined) return matching.find((source) => source.runId === runId);
  return matching.length === 1 ? matching[0] : undefined;
}

/** The sources of this process that match: those that measure, and those that have been withdrawn. */
export function knownSources(matches: (source: TotalsSource) => boolean): {
  readonly live: readonly TotalsSource[];
  readonly paused: readonly TotalsSource[];
} {
  const { live, paused } = registry();
  const withdrawn = [...paused.keys()].map((reference) => reference.deref());
  return {
    live: [...live].filter(matches),
    paused: withdrawn.filter((source) => source !== undefined).filter(matches),
  };
}

/** What all sources have measured up to now. */
export function readTotals(): Totals {
  const { live, paused } = registry();
  const totals = new WeakMap<TotalsSource, KilowattHours>();
  for (const source of live) totals.set(source, readTotal(source));
  for (const [reference, total] of paused) {
    const source = reference.deref();
    if (source === undefined) paused.delete(reference);
    else totals.set(source, total);
  }
  return totals;
}

function readTotal(source: TotalsSource): KilowattHours {
  try {
    return source.energyConsumed();
  } catch {
    return kilowattHours(Number.NaN);
  }
}

interface Registry {
  readonly live: Set<TotalsSource>;
  /** Withdrawn, with their last totals; held weakly, since most never come back. */
  readonly paused: Map<WeakRef<TotalsSource>, KilowattHours>;
}

const registry = (): Registry =>
  processWide('totals', () => ({ live: new Set(), paused: new Map() }));
