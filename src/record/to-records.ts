import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DERIVED_METRICS, METRICS, SCOPE_NAME, type Scope } from '../semconv.ts';
import { buildRecord } from './build-record.ts';
import { ownedBy, readScopes, type ScopeData } from './points.ts';
import type { EmissionsRecord } from './record.ts';
import { findRuns, type Run } from './runs.ts';

export interface Records {
  readonly records: readonly EmissionsRecord[];
  readonly problems: readonly RecordProblem[];
}

/**
 * Why a record is missing or has empty cells. `delta`: no record, since differences are no totals.
 * `no-info`: the run's facts have not been observed yet. `shared-series`: two runs write the same series.
 */
export interface RecordProblem {
  readonly kind: 'delta' | 'no-info' | 'no-emissions' | 'shared-series';
  readonly message: string;
}

/**
 * One record per run in what one collection delivered: per `codecarbon_info` point, with the cumulative
 * counters of the same project and scope. Pure.
 * @param options.scope only runs of this scope; without it, of every run the scope of its tracking mode
 */
export function toRecords(
  metrics: ResourceMetrics,
  options: { readonly scope?: Scope | undefined } = {},
): Records {
  const scopes = readScopes(metrics);
  const ours = scopes.filter(({ scopeName }) => scopeName === SCOPE_NAME);
  const deltas = ours.flatMap((data) => data.deltas);
  if (deltas.length > 0) return { records: [], problems: [deltaProblem(deltas)] };
  const { runs, problems } = lastOfEach(findRuns(scopes, options.scope));
  return {
    records: runs.map((run) => buildRecord(run)),
    problems: [...problems, ...missing(runs, ours)],
  };
}

/** Runs of the same project and scope write the same series: only the one that began last can be told. */
function lastOfEach(all: readonly Run[]): Pick<Records, 'problems'> & { runs: readonly Run[] } {
  const last = new Map<string, Run>();
  for (const run of all)
    last.set(JSON.stringify([run.projectName, run.scope, versionOf(run, all)]), run);
  const runs = [...last.values()];
  const problems = all
    .filter((run) => !runs.includes(run))
    .map(({ runId, projectName }) => sharedSeries(runId, projectName));
  return { runs, problems };
}

/** Copies of this package in different versions have a meter, and so series, of their own. */
const versionOf = (run: Run, all: readonly Run[]): number =>
  all.findIndex(({ data }) => data === run.data);

function missing(runs: readonly Run[], ours: readonly ScopeData[]): readonly RecordProblem[] {
  const measured = ours.some((data) => data.points(METRICS.energyConsumed.name).length > 0);
  if (!measured) return [];
  if (runs.length === 0) return [NO_INFO];
  return runs.every(hasEmissions) ? [] : [NO_EMISSIONS];
}

/** Derived points stand beside the energy: those of another scope are of energy that is not the run's. */
const hasEmissions = (run: Run): boolean =>
  ownedBy(run, run.data.points(DERIVED_METRICS.emissions.name)).length > 0;

const deltaProblem = (names: readonly string[]): RecordProblem => ({
  kind: 'delta',
  message: `${names[0]} arrives with delta temporality; a record needs totals: use a reader with cumulative temporality for this exporter`,
});

const sharedSeries = (runId: string, projectName: string): RecordProblem => ({
  kind: 'shared-series',
  message: `run ${runId} has the same project_name ("${projectName}") and scope as a later run of the same meter provider; their figures cannot be told apart, so only the later one is written: give each its own projectName`,
});

const NO_INFO: RecordProblem = {
  kind: 'no-info',
  message: `${METRICS.info.name} is not among the metrics, so there is no run to write; a View that drops or renames it, or a scope that nobody measures, is the usual reason`,
};

const NO_EMISSIONS: RecordProblem = {
  kind: 'no-emissions',
  message:
    'no emissions of the run among the metrics, so their cells stay empty: use EmissionsMetricReader, or withEmissions(reader), in place of the plain metric reader, and without energyMetric',
};
