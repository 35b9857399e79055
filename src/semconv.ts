/**
 * The home of every name that leaves this package: metrics, attributes and their values.
 * Units are UCUM annotations in braces, so that a metric has the same Prometheus name on every path
 * (OpenTelemetry specification, "Prometheus compatibility": annotations are dropped, other units are appended).
 */

/** Name of the meter, which is the name of the package. */
export const SCOPE_NAME = 'opentelemetry-instrumentation-codecarbon';

export type MetricKind = 'counter' | 'gauge';

export interface MetricDefinition {
  readonly name: `codecarbon_${string}`;
  readonly kind: MetricKind;
  /** UCUM annotation. */
  readonly unit: `{${string}}`;
  readonly description: string;
  /** Attributes beside `project_name` and `scope`. */
  readonly attributes: readonly string[];
}

const counter = (
  name: MetricDefinition['name'],
  unit: MetricDefinition['unit'],
  description: string,
  ...attributes: readonly string[]
): MetricDefinition => ({ name, kind: 'counter', unit, description, attributes });

const gauge = (
  name: MetricDefinition['name'],
  unit: MetricDefinition['unit'],
  description: string,
  ...attributes: readonly string[]
): MetricDefinition => ({ name, kind: 'gauge', unit, description, attributes });

export const ATTR_PROJECT_NAME = 'project_name';
export const ATTR_SCOPE = 'scope';
export const ATTR_METHOD = 'method';
export const ATTR_COMPONENT = 'component';
export const ATTR_PROBE = 'probe';
export const ATTR_OUTCOME = 'outcome';
export const ATTR_EXPORTER = 'exporter';
export const ATTR_SOURCE = 'source';
export const ATTR_YEAR = 'year';
export const ATTR_ZONE = 'zone';
export const ATTR_GPU = 'gpu';
export const ATTR_GPU_UUID = 'gpu_uuid';
export const ATTR_GPU_MODEL = 'gpu_model';

/** Attributes of `codecarbon_info` that others read: where a run takes place and what scales its figures. */
export const ATTR_RUN_ID = 'run_id';
export const ATTR_COUNTRY_NAME = 'country_name';
export const ATTR_COUNTRY_ISO_CODE = 'country_iso_code';
export const ATTR_REGION = 'region';
export const ATTR_CLOUD_PROVIDER = 'cloud_provider';
export const ATTR_CLOUD_REGION = 'cloud_region';
export const ATTR_ON_CLOUD = 'on_cloud';
export const ATTR_LATITUDE = 'latitude';
export const ATTR_LONGITUDE = 'longitude';
export const ATTR_PUE = 'pue';
export const ATTR_WUE = 'wue';
export const ATTR_FORCE_CARBON_INTENSITY = 'force_carbon_intensity';

const GPU = [ATTR_GPU, ATTR_GPU_UUID, ATTR_GPU_MODEL] as const;

/** What the instrumentation observes. */
export const METRICS = {
  cpuEnergy: counter(
    'codecarbon_cpu_energy',
    '{kWh}',
    'Energy of the CPU since start',
    ATTR_METHOD,
  ),
  gpuEnergy: counter(
    'codecarbon_gpu_energy',
    '{kWh}',
    'Energy of the GPUs since start',
    ATTR_METHOD,
    ...GPU,
  ),
  ramEnergy: counter(
    'codecarbon_ram_energy',
    '{kWh}',
    'Energy of the memory since start',
    ATTR_METHOD,
  ),
  energyConsumed: counter(
    'codecarbon_energy_consumed',
    '{kWh}',
    'Energy since start: the sum of the components',
  ),
  cpuPower: gauge('codecarbon_cpu_power', '{W}', 'Mean power of the CPU over the last interval'),
  gpuPower: gauge(
    'codecarbon_gpu_power',
    '{W}',
    'Mean power of a GPU over the last interval',
    ...GPU,
  ),
  ramPower: gauge('codecarbon_ram_power', '{W}', 'Mean power of the memory over the last interval'),
  duration: counter('codecarbon_duration', '{s}', 'Seconds measured, time in suspend excluded'),
  cpuUtilization: gauge(
    'codecarbon_cpu_utilization',
    '{%}',
    'Mean utilization of the CPU over the last interval, 0 to 100',
  ),
  gpuUtilization: gauge(
    'codecarbon_gpu_utilization',
    '{%}',
    'Mean utilization of a GPU over the last interval, 0 to 100',
    ...GPU,
  ),
  ramUtilization: gauge('codecarbon_ram_utilization', '{%}', 'Memory in use now, 0 to 100'),
  cpuBusy: counter('codecarbon_cpu_busy', '{s}', 'Seconds of full load of the CPU'),
  gpuBusy: counter('codecarbon_gpu_busy', '{s}', 'Seconds of full load of a GPU', ...GPU),
  ramUsed: gauge('codecarbon_ram_used', '{GB}', 'Memory in use now, in GiB'),
  ramUsage: counter('codecarbon_ram_usage', '{GB.s}', 'Memory in use integrated over time'),
  info: gauge('codecarbon_info', '{info}', 'Always 1; its attributes carry the facts of the run'),
  method: gauge(
    'codecarbon_method',
    '{1}',
    '1 for the method in use, 0 for every other one used before in this run',
    ATTR_COMPONENT,
    ATTR_METHOD,
  ),
  probeUp: gauge(
    'codecarbon_probe_up',
    '{1}',
    '1 while a probe works, 0 while it does not',
    ATTR_PROBE,
  ),
  samples: counter(
    'codecarbon_samples',
    '{sample}',
    'Readings by probe and outcome',
    ATTR_PROBE,
    ATTR_OUTCOME,
  ),
  unmeasuredDuration: counter(
    'codecarbon_unmeasured_duration',
    '{s}',
    'Seconds whose energy is missing from the totals',
    ATTR_COMPONENT,
  ),
  partialDuration: counter(
    'codecarbon_partial_duration',
    '{s}',
    'The part of the unmeasured seconds in which some of the component was measured (one of two sockets)',
    ATTR_COMPONENT,
  ),
  overheadCpuTime: counter(
    'codecarbon_overhead_cpu_time',
    '{s}',
    'CPU time that this instrumentation itself used',
  ),
  overheadEnergy: counter(
    'codecarbon_overhead_energy',
    '{kWh}',
    'Energy that this instrumentation itself used',
  ),
  exportFailures: counter(
    'codecarbon_export_failures',
    '{export}',
    'Exports that failed',
    ATTR_EXPORTER,
  ),
  exportPending: gauge(
    'codecarbon_export_pending',
    '{record}',
    'Records that wait to be sent',
    ATTR_EXPORTER,
  ),
} as const satisfies Record<string, MetricDefinition>;

/** What the emissions reader derives. */
export const DERIVED_METRICS = {
  emissions: counter('codecarbon_emissions', '{kg}', 'CO2-equivalent since start'),
  emissionsRate: gauge(
    'codecarbon_emissions_rate',
    '{kg/s}',
    'CO2-equivalent per second over the last interval',
  ),
  carbonIntensity: gauge(
    'codecarbon_carbon_intensity',
    '{g/kWh}',
    'Carbon intensity used for the last interval',
    ATTR_SOURCE,
    ATTR_YEAR,
    ATTR_ZONE,
  ),
  waterConsumed: counter(
    'codecarbon_water_consumed',
    '{L}',
    'Water: WUE times the energy of the equipment (energy consumed / PUE)',
  ),
} as const satisfies Record<string, MetricDefinition>;

/** What a push to a Pushgateway says beside the metrics: an old value is told from a live one by it. */
export const LAST_PUSH = gauge(
  'codecarbon_last_push_timestamp_seconds',
  '{s}',
  'When these values were pushed, in seconds since 1970-01-01 UTC',
);

/**
 * The OpenTelemetry hardware conventions, emitted beside ours on demand.
 * Copied from the semantic conventions, where they are still in development.
 */
export const HARDWARE_METRICS = {
  energy: { name: 'hw.energy', unit: 'J', description: 'Energy of a component since start' },
  power: {
    name: 'hw.power',
    unit: 'W',
    description: 'Mean power of a component over the last interval',
  },
  hostEnergy: {
    name: 'hw.host.energy',
    unit: 'J',
    description: 'Energy of the measured components of the host since start',
  },
  hostPower: {
    name: 'hw.host.power',
    unit: 'W',
    description: 'Mean power of the measured components of the host over the last interval',
  },
} as const;

export type Component = 'cpu' | 'gpu' | 'ram';

/** Whose energy a series counts. Never add scopes. */
export type Scope = 'machine' | 'process';

/** How a figure was obtained: the value of `method`. */
export type Method =
  | 'rapl'
  | 'hwmon'
  | 'nvml'
  | 'nvidia_smi'
  | 'amdgpu'
  | 'intel_gpu'
  | 'vcpu_model'
  | 'load_model'
  | 'dimm_model'
  | 'per_gb_model'
  | 'constant'
  | 'user';

/** What became of one reading: the value of `outcome`. */
export type Outcome = 'ok' | 'first' | 'wrapped' | 'failed' | 'implausible' | 'reset';
