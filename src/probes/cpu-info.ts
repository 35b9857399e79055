import type { Host } from '../host.ts';
import type { Watts } from '../units.ts';
import { type CpuInfo, parseCpuInfo } from './cpu-model/parse.ts';
import { tdpOf } from './cpu-model/tdp.ts';

/** By the roots of a host: what only wraps it is the same machine. */
const known = new WeakMap<Host['proc'], CpuInfo>();

/**
 * What `/proc/cpuinfo` says of a machine, read once: the file of a large server is hundreds of kilobytes,
 * and what is taken from it does not change.
 */
export function cpuInfo(host: Host): CpuInfo {
  const found = known.get(host.proc);
  if (found !== undefined) return found;
  const text = host.platform === 'linux' ? host.read(host.proc('cpuinfo')) : undefined;
  const info = parseCpuInfo(text?.ok ? text.value : '');
  if (text?.ok) known.set(host.proc, info);
  return info;
}

/** Thermal design power of one CPU in W, where the table has it: for the bound above which a counter is at fault. */
export function socketTdp(host: Host): Watts | undefined {
  const { modelName } = cpuInfo(host);
  return modelName === undefined ? undefined : tdpOf(modelName);
}
