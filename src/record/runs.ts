import type { Attributes } from '@opentelemetry/api';
import { ATTR_PROJECT_NAME, ATTR_SCOPE, METRICS, SCOPE_NAME, type Scope } from '../semconv.ts';
import type { Owner, ScopeData } from './points.ts';

/** A run that says what it is: one `codecarbon_info` point, and the counters beside it. */
export interface Run extends Owner {
  readonly runId: string;
  readonly facts: Attributes;
  readonly data: ScopeData;
}

/**
 * The runs in one collection. One per `run_id`: of a run that is counted in several scopes the asked
 * one, else the one of its tracking mode.
 */
export function findRuns(scopes: readonly ScopeData[], scope: Scope | undefined): readonly Run[] {
  const runs = scopes
    .filter(({ scopeName }) => scopeName === SCOPE_NAME)
    .flatMap((data) =>
      data.points(METRICS.info.name).map(({ attributes }) => toRun(data, attributes)),
    )
    .filter((run) => run !== undefined);
  const asked = scope === undefined ? runs : runs.filter((run) => run.scope === scope);
  const byId = new Map<string, Run>();
  for (const run of asked) {
    const other = byId.get(run.runId);
    if (other === undefined || run.scope === run.facts.tracking_mode) byId.set(run.runId, run);
  }
  return [...byId.values()];
}

function toRun(data: ScopeData, facts: Attributes): Run | undefined {
  const runId = facts.run_id;
  const projectName = facts[ATTR_PROJECT_NAME];
  const scope = facts[ATTR_SCOPE];
  if (typeof runId !== 'string' || runId === '') return undefined;
  if (typeof projectName !== 'string' || typeof scope !== 'string') return undefined;
  return { runId, projectName, scope, facts, data };
}
