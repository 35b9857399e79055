import type { EmissionsRecord } from '../../record/index.ts';

/** Body of POST /runs, field by field as CodeCarbon 3.3.2 sends it (`RunCreate` in its core/schemas.py). */
export interface RunBody {
  readonly timestamp: string;
  /** Undefined until it has been looked up by its name. */
  readonly experiment_id: string | undefined;
  readonly os: string | null;
  readonly python_version: string | null;
  readonly codecarbon_version: string | null;
  readonly cpu_count: number | null;
  readonly cpu_model: string | null;
  readonly gpu_count: number | null;
  readonly gpu_model: string | null;
  readonly longitude: number | null;
  readonly latitude: number | null;
  readonly region: string | null;
  readonly provider: string | null;
  readonly ram_total_size: number | null;
  readonly tracking_mode: string | null;
}

/** Body of POST /emissions (`EmissionCreate`), but for the run that the API names. */
export interface EmissionBody {
  readonly timestamp: string;
  /** Whole seconds, at least one: the API takes nothing else. */
  readonly duration: number;
  readonly emissions_sum: number | null;
  readonly emissions_rate: number | null;
  readonly cpu_power: number | null;
  readonly gpu_power: number | null;
  readonly ram_power: number | null;
  readonly cpu_energy: number | null;
  readonly gpu_energy: number | null;
  readonly ram_energy: number | null;
  readonly energy_consumed: number | null;
  readonly cpu_utilization_percent: number | null;
  readonly gpu_utilization_percent: number | null;
  readonly ram_utilization_percent: number | null;
  readonly wue: number;
}

/** What the API has of a run; the next call says what came after. */
export interface Accepted {
  readonly duration: number;
  /** Sum of the whole seconds that were sent. */
  readonly wholeSeconds: number;
  readonly emissions: number;
  readonly cpu_energy: number;
  readonly gpu_energy: number;
  readonly ram_energy: number;
  readonly energy_consumed: number;
}

export const NOTHING: Accepted = {
  duration: 0,
  wholeSeconds: 0,
  emissions: 0,
  cpu_energy: 0,
  gpu_energy: 0,
  ram_energy: 0,
  energy_consumed: 0,
};

/** The run as the API wants it. `region` and `provider` are the cloud's, as in CodeCarbon. */
export function runBody(record: EmissionsRecord, experimentId: string | undefined): RunBody {
  return {
    timestamp: zoned(record.timestamp, -(record.duration ?? 0)),
    experiment_id: experimentId,
    os: record.os ?? null,
    python_version: record.python_version ?? null,
    codecarbon_version: record.codecarbon_version ?? null,
    cpu_count: record.cpu_count ?? null,
    cpu_model: record.cpu_model ?? null,
    gpu_count: record.gpu_count ?? null,
    gpu_model: record.gpu_model ?? null,
    longitude: record.longitude ?? null,
    latitude: record.latitude ?? null,
    region: record.cloud_region ?? null,
    provider: record.cloud_provider ?? null,
    ram_total_size: record.ram_total_size ?? null,
    tracking_mode: record.tracking_mode ?? null,
  };
}

/**
 * What came since the last accepted call. Powers and utilizations are means over the run, as in CodeCarbon.
 * @param isLast true when a call may not come any more
 */
export function emissionBody(
  record: EmissionsRecord,
  before: Accepted,
  isLast: boolean,
): EmissionBody {
  const seconds = Math.max(0, (record.duration ?? 0) - before.duration);
  const emissions = since(record.emissions, before.emissions);
  const rate = emissions === null ? null : seconds > 0 ? emissions / seconds : 0;
  return {
    timestamp: zoned(record.timestamp),
    duration: Math.max(1, wholeSecondsSince(record, before, isLast)),
    emissions_sum: emissions,
    emissions_rate: rate,
    cpu_power: record.cpu_power ?? null,
    gpu_power: record.gpu_power ?? null,
    ram_power: record.ram_power ?? null,
    cpu_energy: since(record.cpu_energy, before.cpu_energy),
    gpu_energy: since(record.gpu_energy, before.gpu_energy),
    ram_energy: since(record.ram_energy, before.ram_energy),
    energy_consumed: since(record.energy_consumed, before.energy_consumed),
    cpu_utilization_percent: record.cpu_utilization_percent ?? null,
    gpu_utilization_percent: record.gpu_utilization_percent ?? null,
    ram_utilization_percent: record.ram_utilization_percent ?? null,
    wue: record.wue ?? 0,
  };
}

/** What the API has once it has accepted `body`. */
export function acceptedWith(
  record: EmissionsRecord,
  body: EmissionBody,
  before: Accepted,
): Accepted {
  return {
    duration: record.duration ?? before.duration,
    wholeSeconds: before.wholeSeconds + body.duration,
    emissions: record.emissions ?? before.emissions,
    cpu_energy: record.cpu_energy ?? before.cpu_energy,
    gpu_energy: record.gpu_energy ?? before.gpu_energy,
    ram_energy: record.ram_energy ?? before.ram_energy,
    energy_consumed: record.energy_consumed ?? before.energy_consumed,
  };
}

/**
 * Whole seconds of the run that were not sent; what is left over belongs to the next call. They add up
 * to the duration of the run, whatever the calls were.
 */
export const wholeSecondsSince = (
  { duration = 0 }: EmissionsRecord,
  { wholeSeconds }: Accepted,
  isLast: boolean,
): number => (isLast ? Math.round(duration) : Math.floor(duration)) - wholeSeconds;

/** True when something was measured that the API does not have. */
export function hasMore(record: EmissionsRecord, before: Accepted): boolean {
  const { duration = 0, energy_consumed: energy = 0 } = record;
  return duration > before.duration || energy > before.energy_consumed;
}

const since = (total: number | undefined, before: number): number | null =>
  total === undefined ? null : Math.max(0, total - before);

/** A local time of the record, some seconds later, with its offset: `2026-03-01T12:30:00+01:00`. */
function zoned(local: string | undefined, laterBySeconds = 0): string {
  const given = local === undefined ? Date.now() : Date.parse(local);
  const date = new Date(given + laterBySeconds * 1000);
  const minutes = -date.getTimezoneOffset();
  const wall = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(minutes);
  return `${wall}${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}

const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
