/**
 * One run's figures, in the order of CodeCarbon's `emissions.csv`. A field is undefined when it is not
 * known: an empty cell, or JSON's null.
 */
export interface EmissionsRecord {
  /** Moment of the measurement in local time, `2026-03-01T12:30:00`. */
  readonly timestamp: string | undefined;
  readonly project_name: string;
  readonly run_id: string;
  readonly experiment_id: string | undefined;
  /** Seconds measured. */
  readonly duration: number | undefined;
  /** CO2-equivalent in kg. */
  readonly emissions: number | undefined;
  /** `emissions / duration`, in kg/s. */
  readonly emissions_rate: number | undefined;
  /** Mean over the measured seconds of the run, in W. */
  readonly cpu_power: number | undefined;
  /** Of all GPUs, in W. */
  readonly gpu_power: number | undefined;
  readonly ram_power: number | undefined;
  /** In kWh. */
  readonly cpu_energy: number | undefined;
  readonly gpu_energy: number | undefined;
  readonly ram_energy: number | undefined;
  readonly energy_consumed: number | undefined;
  /** In litres. */
  readonly water_consumed: number | undefined;
  readonly country_name: string | undefined;
  /** ISO 3166-1 alpha-3. */
  readonly country_iso_code: string | undefined;
  readonly region: string | undefined;
  readonly cloud_provider: string | undefined;
  readonly cloud_region: string | undefined;
  readonly os: string | undefined;
  /** The runtime: `node 20.20.2`. */
  readonly python_version: string | undefined;
  /** Version of this package. */
  readonly codecarbon_version: string | undefined;
  readonly cpu_count: number | undefined;
  readonly cpu_model: string | undefined;
  readonly gpu_count: number | undefined;
  readonly gpu_model: string | undefined;
  /** Degrees, rounded to one decimal. */
  readonly longitude: number | undefined;
  readonly latitude: number | undefined;
  /** In GiB, of the container's limit where that is lower. */
  readonly ram_total_size: number | undefined;
  readonly tracking_mode: string | undefined;
  /** Mean over the run, 0 to 100. */
  readonly cpu_utilization_percent: number | undefined;
  readonly gpu_utilization_percent: number | undefined;
  readonly ram_utilization_percent: number | undefined;
  /** Mean over the run, in GiB. */
  readonly ram_used_gb: number | undefined;
  /** `Y` or `N`. */
  readonly on_cloud: string | undefined;
  readonly pue: number | undefined;
  /** Litres per kWh of IT energy. */
  readonly wue: number | undefined;
}

export type RecordField = keyof EmissionsRecord;

/** The record's fields in order: the columns of CodeCarbon 3.3. */
export const RECORD_FIELDS = [
  'timestamp',
  'project_name',
  'run_id',
  'experiment_id',
  'duration',
  'emissions',
  'emissions_rate',
  'cpu_power',
  'gpu_power',
  'ram_power',
  'cpu_energy',
  'gpu_energy',
  'ram_energy',
  'energy_consumed',
  'water_consumed',
  'country_name',
  'country_iso_code',
  'region',
  'cloud_provider',
  'cloud_region',
  'os',
  'python_version',
  'codecarbon_version',
  'cpu_count',
  'cpu_model',
  'gpu_count',
  'gpu_model',
  'longitude',
  'latitude',
  'ram_total_size',
  'tracking_mode',
  'cpu_utilization_percent',
  'gpu_utilization_percent',
  'ram_utilization_percent',
  'ram_used_gb',
  'on_cloud',
  'pue',
  'wue',
] as const satisfies readonly RecordField[];

/** The figures that are measured, and so differ from one export to the next. */
export const MEASURED_FIELDS = [
  'duration',
  'emissions',
  'emissions_rate',
  'cpu_power',
  'gpu_power',
  'ram_power',
  'cpu_energy',
  'gpu_energy',
  'ram_energy',
  'energy_consumed',
  'water_consumed',
  'cpu_utilization_percent',
  'gpu_utilization_percent',
  'ram_utilization_percent',
  'ram_used_gb',
] as const satisfies readonly RecordField[];
