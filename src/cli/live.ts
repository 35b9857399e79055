import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DERIVED_METRICS, METRICS } from '../semconv.ts';
import { pointsOf, sumOf } from './metrics.ts';
import {
  COMPONENTS,
  energyInWords,
  isCountedElsewhere,
  massInWords,
  powerInWords,
  timeInWords,
} from './words.ts';

const POWERS = { cpu: METRICS.cpuPower, gpu: METRICS.gpuPower, ram: METRICS.ramPower };

/** The present state in one line: `12 s | CPU 23.4 W | RAM 5.00 W | 94.7 mWh | 44.8 mg CO2e`. */
export function liveLine(metrics: ResourceMetrics): string {
  const facts = pointsOf(metrics, METRICS.info.name)[0]?.attributes ?? {};
  const powers = COMPONENTS.flatMap((component) => {
    const { name } = POWERS[component];
    const power = sumOf(metrics, name);
    if (power === undefined || (power === 0 && isCountedElsewhere(component, facts))) return [];
    return [`${component.toUpperCase()} ${powerInWords(power)}`];
  });
  const emissions = sumOf(metrics, DERIVED_METRICS.emissions.name);
  return [
    timeInWords(sumOf(metrics, METRICS.duration.name)),
    ...powers,
    energyInWords(sumOf(metrics, METRICS.energyConsumed.name)),
    ...(emissions === undefined ? [] : [`${massInWords(emissions)} CO2e`]),
  ].join(' | ');
}
