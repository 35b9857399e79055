import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Configuration } from '../config/index.ts';
import type { EmissionsRecord } from '../record/index.ts';
import {
  ATTR_COMPONENT,
  ATTR_METHOD,
  type Component,
  DERIVED_METRICS,
  METRICS,
} from '../semconv.ts';
import { type Point, pointsOf } from './metrics.ts';
import { intensityInWords, placeInWords } from './place-words.ts';
import { table } from './table.ts';
import {
  COMPONENTS,
  energyInWords,
  massInWords,
  methodInWords,
  powerInWords,
  timeInWords,
  volumeInWords,
} from './words.ts';

/** What is told at the end of a run: its record, and the collection that the record was made from. */
export interface Outcome {
  readonly record: EmissionsRecord;
  readonly metrics: ResourceMetrics;
  readonly configuration: Configuration;
  /** Path of the CSV file that holds the row; undefined when none was written. */
  readonly file: string | undefined;
}

const ENERGIES = { cpu: METRICS.cpuEnergy, gpu: METRICS.gpuEnergy, ram: METRICS.ramEnergy };

/** The summary of a run, as lines. Energies, powers and emissions are the record's own. */
export function summary(outcome: Outcome): readonly string[] {
  return ['', ...table(energyRows(outcome), [1, 2, 3]), '', ...table(factRows(outcome))];
}

function energyRows({ record, metrics }: Outcome): readonly (readonly string[])[] {
  const rows = COMPONENTS.flatMap((component) => {
    const methods = methodsOf(metrics, component);
    if (methods === undefined) return [];
    const energy = record[`${component}_energy`];
    return [
      [
        component.toUpperCase(),
        energyInWords(energy),
        powerInWords(record[`${component}_power`]),
        massInWords(shareOf(record, energy)),
        methods,
      ],
    ];
  });
  const total = [
    'total',
    energyInWords(record.energy_consumed),
    powerInWords(totalPower(record)),
    massInWords(record.emissions),
    '',
  ];
  return [['', 'energy', 'power', 'CO2e', 'how it was obtained'], ...rows, total];
}

/** What there is to say, in words; what there is not is left out. */
function factRows(outcome: Outcome): readonly (readonly [string, string])[] {
  const { record, metrics, configuration, file } = outcome;
  const intensity = pointsOf(metrics, DERIVED_METRICS.carbonIntensity.name).at(-1);
  const { wue, pue } = record;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['measured', `${timeInWords(record.duration)} of this machine`],
    ['not measured', unmeasured(metrics)],
    ['place', placeInWords(record, configuration)],
    ['intensity', intensity && intensityInWords(intensity, configuration)],
    ['PUE', pue === undefined || pue === 1 ? undefined : `${pue}, in every figure above`],
    ['water', wue ? `${volumeInWords(record.water_consumed)} (${wue} L/kWh)` : undefined],
    ['written to', file],
  ];
  return facts.flatMap(([name, words]) => (words === undefined ? [] : [[name, words] as const]));
}

/** Emissions of a component: its share of the energy, at the mean intensity of the run. */
function shareOf(record: EmissionsRecord, energy: number | undefined): number | undefined {
  const { emissions, energy_consumed: total } = record;
  if (emissions === undefined || energy === undefined || total === undefined) return undefined;
  return total === 0 ? 0 : (emissions * energy) / total;
}

function totalPower(record: EmissionsRecord): number | undefined {
  const powers = COMPONENTS.flatMap((component) => record[`${component}_power`] ?? []);
  return powers.length === 0 ? undefined : powers.reduce((sum, power) => sum + power, 0);
}

/** The methods behind a component's energy, the largest share first; undefined when nothing counts it. */
function methodsOf(metrics: ResourceMetrics, component: Component): string | undefined {
  const shares = new Map<string, number>();
  for (const { value, attributes } of pointsOf(metrics, ENERGIES[component].name)) {
    const method = String(attributes[ATTR_METHOD]);
    shares.set(method, (shares.get(method) ?? 0) + value);
  }
  if (shares.size === 0) return undefined;
  const total = [...shares.values()].reduce((sum, value) => sum + value, 0);
  const sorted = [...shares].filter(([, value]) => value > 0 || shares.size === 1);
  sorted.sort(([, one], [, other]) => other - one);
  if (sorted.length < 2) return methodInWords(sorted[0]?.[0] ?? [...shares.keys()].join());
  return sorted
    .map(([method, value]) => `${Math.round((100 * value) / total)} % ${methodInWords(method)}`)
    .join(', ');
}

function unmeasured(metrics: ResourceMetrics): string | undefined {
  const lost = pointsOf(metrics, METRICS.unmeasuredDuration.name).filter(isMore);
  if (lost.length === 0) return undefined;
  const parts = lost.map(
    ({ value, attributes }) =>
      `${timeInWords(value)} of the ${String(attributes[ATTR_COMPONENT]).toUpperCase()}`,
  );
  return `${parts.join(', ')}: their energy is missing above`;
}

/** What a clock's rounding leaves is not worth a line. */
const isMore = ({ value }: Point): boolean => value >= 0.05;
