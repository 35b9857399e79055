import type { AttributeValue } from '@opentelemetry/api';
import { ATTR_COMPONENT, type Component, DERIVED_METRICS, METRICS } from '../semconv.ts';
import { kilowattHours, kilowattHoursToJoules, meanPower, seconds } from '../units.ts';
import { ownedBy, type Point, total } from './points.ts';
import type { EmissionsRecord } from './record.ts';
import type { Run } from './runs.ts';
import { localTimestamp } from './timestamp.ts';

type Maybe<Value> = Value | undefined;

/** A run's record; every mean is taken over the whole run (spec of the record: energy / measured seconds). */
export function buildRecord(run: Run): EmissionsRecord {
  const points = (name: string): readonly Point[] => ownedBy(run, run.data.points(name));
  const sum = (name: string): Maybe<number> => total(points(name));
  const text = (fact: string): Maybe<string> => toText(run.facts[fact]);
  const figure = (fact: string): Maybe<number> => toNumber(run.facts[fact]);

  const duration = sum(METRICS.duration.name);
  const emissions = sum(DERIVED_METRICS.emissions.name);
  const energy = sum(METRICS.energyConsumed.name);
  const water = sum(DERIVED_METRICS.waterConsumed.name);
  const gpuCount = figure('gpu_count');
  const ramTotal = figure('ram_total_size');
  const ramUsed = divide(sum(METRICS.ramUsage.name), duration);
  const gpuBusy = points(METRICS.gpuBusy.name);
  const unmeasured = points(METRICS.unmeasuredDuration.name);
  const partial = points(METRICS.partialDuration.name);
  const power = (kilowattHours_: Maybe<number>, component: Component): Maybe<number> =>
    runMeanPower(kilowattHours_, duration, {
      unmeasured: lostBy(component, unmeasured),
      partial: lostBy(component, partial),
    });
  const cpuEnergy = sum(METRICS.cpuEnergy.name);
  const gpuEnergy = gpuCount === 0 ? 0 : sum(METRICS.gpuEnergy.name);
  const ramEnergy = sum(METRICS.ramEnergy.name);

  return {
    timestamp: measuredAt(points),
    project_name: run.projectName,
    run_id: run.runId,
    experiment_id: text('experiment_id'),
    duration,
    emissions,
    emissions_rate: divide(emissions, duration),
    cpu_power: power(cpuEnergy, 'cpu'),
    gpu_power: gpuCount === 0 ? 0 : power(gpuEnergy, 'gpu'),
    ram_power: power(ramEnergy, 'ram'),
    cpu_energy: cpuEnergy,
    gpu_energy: gpuEnergy,
    ram_energy: ramEnergy,
    energy_consumed: energy,
    water_consumed: water,
    country_name: text('country_name'),
    country_iso_code: text('country_iso_code'),
    region: text('region'),
    cloud_provider: text('cloud_provider'),
    cloud_region: text('cloud_region'),
    os: text('os'),
    python_version: text('python_version'),
    codecarbon_version: text('codecarbon_version'),
    cpu_count: figure('cpu_count'),
    cpu_model: text('cpu_model'),
    gpu_count: gpuCount,
    gpu_model: text('gpu_model'),
    longitude: toOneDecimal(figure('longitude')),
    latitude: toOneDecimal(figure('latitude')),
    ram_total_size: ramTotal,
    tracking_mode: text('tracking_mode'),
    cpu_utilization_percent: share(sum(METRICS.cpuBusy.name), duration),
    gpu_utilization_percent:
      gpuCount === 0 ? 0 : share(divide(total(gpuBusy), gpuBusy.length), duration),
    ram_utilization_percent: share(ramUsed, ramTotal),
    ram_used_gb: ramUsed,
    on_cloud: text('on_cloud'),
    pue: figure('pue'),
    wue: figure('wue'),
  };
}

function measuredAt(points: (name: string) => readonly Point[]): Maybe<string> {
  const [point] = [...points(METRICS.duration.name), ...points(METRICS.info.name)];
  return point && localTimestamp(point.endTime);
}

/** Energy over the seconds in which it was measured, in watts. */
function runMeanPower(
  energy: Maybe<number>,
  duration: Maybe<number>,
  { unmeasured, partial }: { readonly unmeasured: number; readonly partial: number },
): Maybe<number> {
  if (energy === undefined || duration === undefined) return undefined;
  const measured = duration - unmeasured;
  // Seconds in which one of two sockets was measured belong to neither side: the mean is unknown.
  if (!(measured > 0) || partial > 0) return undefined;
  return finite(meanPower(kilowattHoursToJoules(kilowattHours(energy)), seconds(measured)));
}

const lostBy = (component: Component, points: readonly Point[]): number =>
  total(points.filter(({ attributes }) => attributes[ATTR_COMPONENT] === component)) ?? 0;

/** Part of the whole in percent; rounding in the sums must not show as 100.00000001. */
function share(part: Maybe<number>, whole: Maybe<number>): Maybe<number> {
  const ratio = divide(part, whole);
  return ratio === undefined ? undefined : Math.min(100, 100 * ratio);
}

function divide(dividend: Maybe<number>, divisor: Maybe<number>): Maybe<number> {
  if (dividend === undefined || divisor === undefined || !(divisor > 0)) return undefined;
  return finite(dividend / divisor);
}

const finite = (value: number): Maybe<number> => (Number.isFinite(value) ? value : undefined);

const toOneDecimal = (degrees: Maybe<number>): Maybe<number> =>
  degrees === undefined ? undefined : Math.round(degrees * 10) / 10;

const toText = (value: Maybe<AttributeValue>): Maybe<string> =>
  value === undefined || value === '' || Array.isArray(value) ? undefined : String(value);

function toNumber(value: Maybe<AttributeValue>): Maybe<number> {
  if (typeof value === 'string' && value.trim() === '') return undefined;
  return typeof value === 'string' || typeof value === 'number' ? finite(Number(value)) : undefined;
}
