import type { CpuInfo } from './parse.ts';

const ARM = 0x41;

/** Arm's own cores by `CPU part` (Linux: arch/arm64/include/asm/cputype.h). */
const CORES: ReadonlyMap<number, string> = new Map([
  [0xd03, 'Cortex-A53'],
  [0xd05, 'Cortex-A55'],
  [0xd07, 'Cortex-A57'],
  [0xd08, 'Cortex-A72'],
  [0xd09, 'Cortex-A73'],
  [0xd0a, 'Cortex-A75'],
  [0xd0b, 'Cortex-A76'],
  [0xd0c, 'Neoverse-N1'],
  [0xd0d, 'Cortex-A77'],
  [0xd40, 'Neoverse-V1'],
  [0xd41, 'Cortex-A78'],
  [0xd49, 'Neoverse-N2'],
  [0xd4f, 'Neoverse-V2'],
  [0xd83, 'Neoverse-V3'],
  [0xd84, 'Neoverse-V3'],
  [0xd8e, 'Neoverse-N3'],
]);

/** Name of an ARM core, which `/proc/cpuinfo` states by number only; undefined for cores not listed. */
export function armCoreName(cpu: CpuInfo): string | undefined {
  if (cpu.implementer !== ARM || cpu.part === undefined) return undefined;
  return CORES.get(cpu.part);
}
