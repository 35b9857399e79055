import { type Watts, watts } from '../../units.ts';
import { armCoreName } from './arm-cores.ts';
import type { CpuInfo } from './parse.ts';

/** Power of one vCPU, its share of the whole server (memory up to 2.5 GB included) with it. */
export interface VcpuWatts {
  readonly idle: Watts;
  readonly full: Watts;
  /** Row of the table, `generic` for none. */
  readonly row: string;
  /** `table`: its own row; `nearest`: the row of a sibling without a (usable) one; `generic`: unknown CPU. */
  readonly source: 'table' | 'nearest' | 'generic';
}

/**
 * W per vCPU, idle and full: coefficients of Cloud Carbon Footprint (2026, Apache-2.0, from SPECpower; see NOTICE).
 * Its row for EPYC 5th gen (3.68/8.96) is an outlier and is not here: the 4th generation's is used.
 */
const ROWS = {
  sandy_bridge: [2.21, 8.63],
  ivy_bridge: [1.71, 5.56],
  haswell: [1.86, 5.6],
  broadwell: [0.71, 3.69],
  skylake: [0.61, 4.1],
  cascade_lake: [0.69, 4.06],
  coffee_lake: [1.14, 5.42],
  ice_lake: [0.77, 3.76],
  sapphire_rapids: [1.04, 4.16],
  emerald_rapids: [0.81, 4.48],
  granite_rapids: [0.58, 2.53],
  epyc_1st_gen: [0.85, 2.6],
  epyc_2nd_gen: [0.47, 1.69],
  epyc_3rd_gen: [0.46, 1.96],
  epyc_4th_gen: [0.74, 2.28],
  graviton: [0.47, 1.69],
  generic: [0.74, 3.5],
} as const satisfies Record<string, readonly [idle: number, full: number]>;

type Row = keyof typeof ROWS;
type Match = readonly [row: Row, source: VcpuWatts['source']];

const UNKNOWN: Match = ['generic', 'generic'];

/**
 * W per vCPU by the CPU's identity, because clouds hide its name. `amazon` tells Graviton from other
 * makers' servers with the same Arm cores, which take its row as the nearest.
 */
export function vcpuWatts(cpu: CpuInfo, amazon: boolean): VcpuWatts {
  const [row, source] = match(cpu, amazon);
  const [idle, full] = ROWS[row];
  return { idle: watts(idle), full: watts(full), row, source };
}

function match(cpu: CpuInfo, amazon: boolean): Match {
  if (armCoreName(cpu)?.startsWith('Neoverse')) return ['graviton', amazon ? 'table' : 'nearest'];
  if (cpu.vendor === 'GenuineIntel' && cpu.family === 6) return intel(cpu);
  if (cpu.vendor === 'AuthenticAMD') return amd(cpu);
  return UNKNOWN;
}

/** Models of family 6 (Linux: arch/x86/include/asm/intel-family.h). */
const INTEL: ReadonlyMap<number, Match> = new Map<number, Match>([
  [42, ['sandy_bridge', 'table']],
  [45, ['sandy_bridge', 'table']],
  [58, ['ivy_bridge', 'table']],
  [62, ['ivy_bridge', 'table']],
  [60, ['haswell', 'table']],
  [63, ['haswell', 'table']],
  [69, ['haswell', 'table']],
  [70, ['haswell', 'table']],
  [61, ['broadwell', 'table']],
  [71, ['broadwell', 'table']],
  [79, ['broadwell', 'table']],
  [86, ['broadwell', 'table']],
  [78, ['skylake', 'table']],
  [94, ['skylake', 'table']],
  [142, ['coffee_lake', 'table']],
  [158, ['coffee_lake', 'table']],
  [165, ['coffee_lake', 'nearest']],
  [166, ['coffee_lake', 'nearest']],
  [106, ['ice_lake', 'table']],
  [108, ['ice_lake', 'table']],
  [125, ['ice_lake', 'table']],
  [126, ['ice_lake', 'table']],
  [143, ['sapphire_rapids', 'table']],
  [207, ['emerald_rapids', 'table']],
  [173, ['granite_rapids', 'table']],
  [174, ['granite_rapids', 'table']],
]);

function intel({ model = -1, stepping = 0 }: CpuInfo): Match {
  return model === 85 ? skylakeServer(stepping) : (INTEL.get(model) ?? UNKNOWN);
}

/** 6/85 is three generations: Skylake up to stepping 4, Cascade Lake 5 to 7, Cooper Lake 10 and 11. */
function skylakeServer(stepping: number): Match {
  if (stepping <= 4) return ['skylake', 'table'];
  return stepping <= 7 ? ['cascade_lake', 'table'] : ['cascade_lake', 'nearest'];
}

/** Server parts of Zen by family and range of models (AMD's processor programming references). */
function amd({ family, model = -1 }: CpuInfo): Match {
  const within = (least: number, most: number): boolean => model >= least && model <= most;
  if (family === 0x17 && within(0x00, 0x0f)) return ['epyc_1st_gen', 'table'];
  if (family === 0x17 && within(0x30, 0x3f)) return ['epyc_2nd_gen', 'table'];
  if (family === 0x19 && within(0x00, 0x0f)) return ['epyc_3rd_gen', 'table'];
  if (family === 0x19 && (within(0x10, 0x1f) || within(0xa0, 0xaf))) {
    return ['epyc_4th_gen', 'table'];
  }
  if (family === 0x1a && within(0x00, 0x1f)) return ['epyc_4th_gen', 'nearest'];
  return UNKNOWN;
}
