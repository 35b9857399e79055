import { SCOPE_NAME, type Scope } from '../semconv.ts';
import { type KilowattHours, kilowattHours } from '../units.ts';

/** Somebody who measures energy in this process and can say at any moment how much it is. */
export interface TotalsSource {
  readonly projectName: string;
  readonly scope: Scope;
  readonly runId: string;
  /** The running total behind the counter `codecarbon_energy_consumed`, PUE included. Synchronous. */
  energyConsumed(): KilowattHours;
}

/** What every source had measured at one moment; NaN for a source that could not say. */
export type Totals = ReadonlyMap<TotalsSource, KilowattHours>;

/**
 * Makes a running total known, so that a change of intensity can be marked with it.
 * Returns what withdraws it.
 */
export function announceTotals(source: TotalsSource): () => void {
  announced().add(source);
  return () => void announced().delete(source);
}

/** The source behind a series: by project, scope and run; where no run is named, the only one that fits. */
export function findTotals(
  projectName: unknown,
  scope: unknown,
  runId?: unknown,
): TotalsSource | undefined {
  const matching = [...announced()].filter(
    (source) => source.projectName === projectName && source.scope === scope,
  );
  if (runId !== undefined) return matching.find((source) => source.runId === runId);
  return matching.length === 1 ? matching[0] : undefined;
}

/** What all sources have measured up to now. */
export function readTotals(): Totals {
  return new Map([...announced()].map((source) => [source, readTotal(source)]));
}

function readTotal(source: TotalsSource): KilowattHours {
  try {
    return source.energyConsumed();
  } catch {
    return kilowattHours(Number.NaN);
  }
}

const REGISTRY = Symbol.for(`${SCOPE_NAME}.totals`);

/** On `globalThis`, since the ESM and the CommonJS copy of this package may both be loaded. */
function announced(): Set<TotalsSource> {
  const home = globalThis as { [REGISTRY]?: Set<TotalsSource> };
  home[REGISTRY] ??= new Set();
  return home[REGISTRY];
}
