import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { ATTR_METHOD, METRICS } from '../semconv.ts';
import { ownedBy, type Point, readScopes } from './points.ts';
import { findRuns } from './runs.ts';

/** How a run's energy was obtained, `rapl`; of several methods the one with most energy first, `rapl+load_model`. */
export interface Methods {
  readonly cpu?: string;
  readonly gpu?: string;
  readonly ram?: string;
}

/** The methods of every run in what one collection delivered, by run_id. Pure. */
export function readMethods(metrics: ResourceMetrics): ReadonlyMap<string, Methods> {
  const runs = findRuns(readScopes(metrics), undefined);
  return new Map(
    runs.map((run) => {
      const of = (name: string): string | undefined => namesOf(ownedBy(run, run.data.points(name)));
      const cpu = of(METRICS.cpuEnergy.name);
      const gpu = of(METRICS.gpuEnergy.name);
      const ram = of(METRICS.ramEnergy.name);
      return [run.runId, { ...(cpu && { cpu }), ...(gpu && { gpu }), ...(ram && { ram }) }];
    }),
  );
}

function namesOf(points: readonly Point[]): string | undefined {
  const energies = new Map<string, number>();
  for (const { attributes, value } of points) {
    const method = attributes[ATTR_METHOD];
    if (typeof method !== 'string' || !(value > 0)) continue;
    energies.set(method, (energies.get(method) ?? 0) + value);
  }
  if (energies.size === 0) return undefined;
  const sorted = [...energies].sort(([, one], [, other]) => other - one);
  return sorted.map(([method]) => method).join('+');
}
