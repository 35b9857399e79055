import { cpuModelProbe } from './cpu-model/index.ts';
import { hwmonProbe } from './hwmon/index.ts';
import type { Probe } from './probe.ts';
import { ramModelProbe } from './ram-model/index.ts';
import { raplProbe } from './rapl/index.ts';

/** Every probe, in order of preference: a counter before a model, the finer counter first. */
export const PROBES: readonly Probe[] = [raplProbe, hwmonProbe, cpuModelProbe, ramModelProbe];
