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
  ELSEWHERE,
  energyInWords,
  isCountedElsewhere,
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
  /** Why outputs do not have these figures. */
  readonly failures?: readonly Error[];
}

const ENERGIES = { cpu: METRICS.cpuEnergy, gpu: METRICS.gpuEnergy, ram: METRICS.ramEnergy };

/** The summary of a run, as lines. Energies, powers and emissions are the record's own. */
export function summary(outcome: Outcome): readonly string[] {
  return ['', ...table(energyRows(outcome), [1, 2, 3]), '', ...table(factRows(outcome))];
}

function energyRows({ record, metrics }: Outcome): readonly (readonly string[])[] {
  const facts = runFacts(metrics);
  const rows = COMPONENTS.flatMap((component) => {
    const methods = methodsOf(metrics, component, facts);
    if (methods === undefined) return [];
    const energy = record[`${component}_energy`];
    if (isCountedElsewhere(component, facts) && !energy) {
      return [[component.toUpperCase(), '', '', '', ELSEWHERE]];
    }
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
  const { record, metrics, configuration, file, failures = [] } = outcome;
  const intensity = pointsOf(metrics, DERIVED_METRICS.carbonIntensity.name).at(-1);
  const { wue, pue } = record;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['measured', `${timeInWords(record.duration)} of this machine`],
    ['not measured', missing(metrics)],
    ['incomplete', incomplete(metrics)],
    ['place', placeInWords(record, configuration)],
    ['intensity', intensity && intensityInWords(intensity, configuration)],
    ['PUE', pue === undefined || pue === 1 ? undefined : `${pue}, in every figure above`],
    ['water', wue ? `${volumeInWords(record.water_consumed)} (${wue} L/kWh)` : undefined],
    ['written to', file],
    ...failures.map(({ message }) => ['not written', message] as const),
  ];
  return facts.flatMap(([name, words]) => (words === undefined ? [] : [[name, words] as const]));
}

/** Emissions of a component: its share of the energy, at the mean intensity of the run. */
function shareOf(record: EmissionsRecord, energy: number | undefined): number | undefined {
  const { emissions, energy_consumed: total } = record;
  if (emissions === undefined || energy === undefined || total === undefined) return undefined;
  return total === 0 ? 0 : (emissions * energy) / total;
}

/** Unknown where a component that has energy has no power: a sum without it would be too small. */
function totalPower(record: EmissionsRecord): number | undefined {
  const counted = COMPONENTS.filter((component) => record[`${component}_energy`]);
  const powers = counted.map((component) => record[`${component}_power`]);
  return powers.reduce<number | undefined>(
    (sum, power) => (sum === undefined || power === undefined ? undefined : sum + power),
    counted.length === 0 ? undefined : 0,
  );
}

/** What `codecarbon_info` says of this run. */
const runFacts = (metrics: ResourceMetrics): Point['attributes'] =>
  pointsOf(metrics, METRICS.info.name)[0]?.attributes ?? {};

/** The methods behind a component's energy, the largest share first; undefined when nothing counts it. */
function methodsOf(
  metrics: ResourceMetrics,
  component: Component,
  facts: Point['attributes'],
): string | undefined {
  const inWords = (method: string): string => methodInWords(method, component, facts);
  const shares = new Map<string, number>();
  for (const { value, attributes } of pointsOf(metrics, ENERGIES[component].name)) {
    const method = String(attributes[ATTR_METHOD]);
    shares.set(method, (shares.get(method) ?? 0) + value);
  }
  if (shares.size === 0) return undefined;
  const total = [...shares.values()].reduce((sum, value) => sum + value, 0);
  const sorted = [...shares].filter(([, value]) => value > 0 || shares.size === 1);
  sorted.sort(([, one], [, other]) => other - one);
  if (sorted.length < 2) return inWords(sorted[0]?.[0] ?? [...shares.keys()].join());
  return sorted
    .map(([method, value]) => `${Math.round((100 * value) / total)} % ${inWords(method)}`)
    .join(', ');
}

/** The time in which nothing of a component was measured. */
function missing(metrics: ResourceMetrics): string | undefined {
  const partial = new Map(secondsOf(metrics, METRICS.partialDuration.name));
  const lost = secondsOf(metrics, METRICS.unmeasuredDuration.name).map(
    ([component, value]) => [component, value - (partial.get(component) ?? 0)] as const,
  );
  const words = inWords(lost);
  return words && `${words}: their energy is missing above`;
}

/** The time in which a part of a component was measured: one of two sockets. */
function incomplete(metrics: ResourceMetrics): string | undefined {
  const words = inWords(secondsOf(metrics, METRICS.partialDuration.name));
  return words && `${words}: a part of the energy is missing above`;
}

type ComponentTime = readonly [component: string, seconds: number];

const secondsOf = (metrics: ResourceMetrics, name: string): readonly ComponentTime[] =>
  pointsOf(metrics, name).map(({ value, attributes }) => [
    String(attributes[ATTR_COMPONENT]),
    value,
  ]);

/** What a clock's rounding leaves is not worth a line. */
const LEAST_SECONDS = 0.05;

function inWords(times: readonly ComponentTime[]): string | undefined {
  const parts = times
    .filter(([, value]) => value >= LEAST_SECONDS)
    .map(([component, value]) => `${timeInWords(value)} of the ${component.toUpperCase()}`);
  return parts.length === 0 ? undefined : parts.join(', ');
}
