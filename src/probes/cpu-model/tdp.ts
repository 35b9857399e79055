import { type Watts, watts } from '../../units.ts';
import { cpuNameKey } from './cpu-name.ts';
import { TDP_TABLE } from './tdp-table.ts';

/** W per thread of a CPU that the table does not know (CodeCarbon's figure; specification, section 4). */
const GENERIC_PER_THREAD = 4;

/** Thermal design power of a machine, and whether it is of its CPU or a guess from the number of threads. */
export interface Tdp {
  readonly watts: Watts;
  readonly source: 'table' | 'generic';
}

/** TDP of one CPU by its name, in W; undefined for a name that the table does not have. */
export function tdpOf(name: string): Watts | undefined {
  const key = cpuNameKey(name);
  if (key === '') return undefined;
  const line = `\n${key}=`;
  const start = TDP_TABLE.indexOf(line);
  if (start < 0) return undefined;
  const value = start + line.length;
  return watts(Number(TDP_TABLE.slice(value, TDP_TABLE.indexOf('\n', value))));
}

/** TDP of all sockets of a machine: from the table, else 4 W a thread. */
export function machineTdp(name: string | undefined, sockets: number, threads: number): Tdp {
  const perSocket = name === undefined ? undefined : tdpOf(name);
  return perSocket === undefined
    ? { watts: watts(GENERIC_PER_THREAD * threads), source: 'generic' }
    : { watts: watts(perSocket * sockets), source: 'table' };
}
