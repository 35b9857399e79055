import type { GpuIdentity } from '../probes/probe.ts';
import type { Component, Method, Outcome } from '../semconv.ts';
import type { GibibyteSeconds, Gibibytes, Joules, Percent, Seconds, Watts } from '../units.ts';

/**
 * What one run has measured since it began, at one moment. Frozen: everything that is observed in one
 * collection comes from one snapshot, so that sums are exactly their parts. Without PUE.
 */
export interface Snapshot {
  readonly duration: Seconds;
  /** Every series that has begun in this run, in order of appearance; a total never decreases. */
  readonly energy: readonly EnergyTotal[];
  /** Mean over the last `measurePowerSecs` or longer; a component without a full window is left out. */
  readonly power: readonly PowerReading[];
  readonly utilization: readonly UtilizationReading[];
  readonly busy: readonly BusyTotal[];
  /** Undefined while it cannot be read. */
  readonly ram: RamReading | undefined;
  /** Memory in use integrated over the run; undefined until it was first read. */
  readonly ramUsage: GibibyteSeconds | undefined;
  readonly methods: readonly MethodInUse[];
  readonly probes: readonly ProbeState[];
  readonly samples: readonly SampleCount[];
  readonly unmeasured: readonly UnmeasuredTotal[];
  /** The part of `unmeasured` in which some of the component was measured (one of two sockets). */
  readonly partial: readonly UnmeasuredTotal[];
  readonly overhead: { readonly cpuTime: Seconds; readonly energy: Joules };
}

/** A component, or one GPU. */
export interface Part {
  readonly component: Component;
  readonly gpu?: GpuIdentity;
}

export interface EnergyTotal extends Part {
  readonly method: Method;
  readonly joules: Joules;
}

export interface PowerReading extends Part {
  readonly watts: Watts;
}

export interface UtilizationReading extends Part {
  readonly percent: Percent;
}

export interface BusyTotal extends Part {
  readonly seconds: Seconds;
}

export interface RamReading {
  readonly used: Gibibytes;
  readonly total: Gibibytes;
}

export interface MethodInUse extends Part {
  readonly method: Method;
  readonly active: boolean;
}

export interface ProbeState {
  readonly probe: string;
  readonly up: boolean;
}

export interface SampleCount {
  readonly probe: string;
  readonly outcome: Outcome;
  readonly count: number;
}

export interface UnmeasuredTotal {
  readonly component: Component;
  readonly seconds: Seconds;
}
