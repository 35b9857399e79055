import type { Component, Method } from '../semconv.ts';

/** How a figure was obtained, in words that tell a measurement from a model. */
const METHOD_WORDS: Readonly<Record<Method, string>> = {
  rapl: 'measured (RAPL counters)',
  hwmon: 'measured (hwmon energy counters)',
  nvml: 'measured (NVML)',
  nvidia_smi: 'measured (nvidia-smi)',
  amdgpu: 'measured (amdgpu driver)',
  intel_gpu: 'measured (Intel GPU driver)',
  vcpu_model: 'model (watts per virtual CPU, by load)',
  load_model: 'model (TDP of the CPU, by load)',
  dimm_model: 'model (watts per memory module)',
  per_gb_model: 'model (watts per GB of the memory limit)',
  constant: 'assumed (constant power)',
  user: 'given by you',
};

type Facts = Readonly<Record<string, unknown>>;

/** A method in words; the facts of the run tell which counters of a component they were. */
export function methodInWords(method: string, component: Component, facts: Facts): string {
  if (method === 'rapl' && component === 'cpu' && facts.cpu_domain === 'psys') {
    return 'measured (RAPL counters of the whole platform, psys)';
  }
  return METHOD_WORDS[method as Method] ?? `by ${method}`;
}

/** Whether the energy of a component stands under another one: then its own 0 is no measurement. */
export const isCountedElsewhere = (component: Component, facts: Facts): boolean =>
  component === 'ram' && facts.ram_counted_in === 'cpu';

export const ELSEWHERE = 'in the CPU line';

export const COMPONENTS: readonly Component[] = ['cpu', 'gpu', 'ram'];

type Scale = readonly (readonly [size: number, unit: string])[];

const ENERGY: Scale = [
  [1e6, 'GWh'],
  [1e3, 'MWh'],
  [1, 'kWh'],
  [1e-3, 'Wh'],
  [1e-6, 'mWh'],
  [1e-9, 'µWh'],
];
const MASS: Scale = [
  [1e3, 't'],
  [1, 'kg'],
  [1e-3, 'g'],
  [1e-6, 'mg'],
  [1e-9, 'µg'],
];
const POWER: Scale = [
  [1e3, 'kW'],
  [1, 'W'],
];
const VOLUME: Scale = [
  [1, 'L'],
  [1e-3, 'mL'],
  [1e-6, 'µL'],
];

/** kWh, in the unit that suits. */
export const energyInWords = (value: number | undefined): string => scaled(value, ENERGY);
/** kg of CO2-equivalent, in the unit that suits. */
export const massInWords = (value: number | undefined): string => scaled(value, MASS);
/** W, in the unit that suits. */
export const powerInWords = (value: number | undefined): string => scaled(value, POWER);
/** L, in the unit that suits. */
export const volumeInWords = (value: number | undefined): string => scaled(value, VOLUME);

/** Seconds: `12 ms`, `9.3 s`, `4 min 05 s`, `27 h 04 min`. */
export function timeInWords(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  if (value < 0.0995) return `${Math.round(value * 1000)} ms`;
  const rounded = Number(value.toFixed(1));
  if (rounded < 60) return `${rounded} s`;
  const whole = Math.floor(rounded);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

const UNKNOWN = '-';

const two = (value: number): string => String(value).padStart(2, '0');

/** Three digits in the largest unit in which the figure is 1 or more, or fewer in the smallest. */
function scaled(value: number | undefined, scale: Scale): string {
  if (value === undefined) return UNKNOWN;
  const rounded = Number(value.toPrecision(3));
  const fits = ([size]: Scale[number]): boolean =>
    rounded === 0 ? size === 1 : Math.abs(rounded) >= size;
  const [size, unit] = scale.find(fits) ?? scale.at(-1) ?? [1, ''];
  return `${digits(rounded / size)} ${unit}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.01) return '< 0.01';
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
