import { diagLogger } from '../diag.ts';
import { METRICS } from '../semconv.ts';
import type { Contents } from './find.ts';

/** Says why nothing is derived: each reason once per reader. */
export function openWarnings(energyMetric: string): (contents: Contents) => void {
  const said = new Set<string>();
  const logger = diagLogger();
  let collections = 0;
  return (contents) => {
    collections += 1;
    const reason = reasonFor(contents, energyMetric, collections);
    if (reason === undefined || said.has(reason)) return;
    said.add(reason);
    logger.warn(`emissions: ${reason}`);
  };
}

function reasonFor(
  { energy, infos, unsuitable }: Contents,
  name: string,
  collections: number,
): string | undefined {
  if (unsuitable.length > 0) {
    return `nothing is derived from ${name}: it is not a counter in kWh or J`;
  }
  if (energy.length > 0) return undefined;
  const ours = name === METRICS.energyConsumed.name;
  // Ours is there as soon as its run is described; another may take its time.
  if (ours && infos.length > 0) {
    return `none are derived: ${name} is not in the data, a View seems to rename or drop it`;
  }
  return !ours && collections > 1
    ? `none are derived: there is no metric ${name} (option energyMetric)`
    : undefined;
}
