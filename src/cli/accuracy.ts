import type { Settings } from '../options/index.ts';
import type { Method } from '../semconv.ts';

const MEASURED: readonly Method[] = ['rapl', 'hwmon', 'nvml', 'nvidia_smi', 'amdgpu', 'intel_gpu'];

/**
 * What is known of a figure's error. The models' figures are those of the 86 public RAPL points of four
 * CPUs in CodeCarbon 3.0.0 (specification, section 4 "CPU without a counter"); where nobody has measured
 * a model against counters, it is unknown and says so.
 */
export function accuracyOf(
  method: Method | undefined,
  facts: Readonly<Record<string, string>>,
  powerModels: Settings<'instrumentation'>['powerModels'],
): string {
  if (method === undefined) return 'no figure';
  if (MEASURED.includes(method)) return "the hardware's own counters, no model";
  if (method === 'user') return 'that of the power you gave';
  if (method === 'load_model') {
    return facts.tdp_source === 'generic'
      ? 'unknown: the TDP of this CPU is not known, and a generic figure is used'
      : LOAD_MODELS[powerModels];
  }
  return 'unknown: a model that nobody has checked against counters of this kind of machine';
}

const LOAD_MODELS = {
  default: '39 % mean error, +5 % energy bias, where it was checked (four CPUs with RAPL)',
  codecarbon: '46 % mean error, -34 % energy bias, where it was checked (four CPUs with RAPL)',
};
