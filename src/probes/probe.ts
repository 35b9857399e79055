import type { Host } from '../host.ts';
import type { Component, Method, Outcome } from '../semconv.ts';
import type { Gibibytes, Joules, Seconds, Watts } from '../units.ts';

/** What a probe may be told. Every field is optional; a probe reads only what concerns it. */
export interface ProbeOptions {
  readonly raplPreferPsys?: boolean;
  readonly raplIncludeDram?: boolean;
  readonly forceCpuPower?: number;
  readonly forceRamPower?: number;
  readonly powerModels?: 'default' | 'codecarbon';
}

/**
 * A kind of energy source: `machine -> Reading`. Nothing of OpenTelemetry is in it.
 * A new one is a folder under `probes/` and a line in `probes/index.ts`.
 */
export interface Probe {
  /** Folder name, and value of the attribute `probe`. */
  readonly id: string;
  /** One sentence for README and `detect`. */
  readonly description: string;
  readonly components: readonly Component[];
  /** Looks for the hardware. Never throws. */
  open(host: Host, options: ProbeOptions): Opened;
}

/**
 * `absent`: no such hardware. `denied`: there, but unreadable. `failed`: there, but broken.
 * `why` names path and errno; `remedy` is the command or mount that mends it.
 */
export type Opened =
  | { readonly outcome: 'ok'; readonly sensor: Sensor }
  | {
      readonly outcome: 'absent' | 'denied' | 'failed';
      readonly why: string;
      readonly remedy?: string;
    };

export interface Sensor {
  /**
   * Takes one reading; synchronous, no spawn, no promise. Totals are cumulative since the sensor was
   * opened and never decrease. A read that fails is a gap: its total stays where it was.
   */
  read(now: Seconds): Reading;
  /** No reading follows: what is still missing at `now` stays missing and is to be counted as lost. */
  settle?(now: Seconds): void;
  close(): void;
  /**
   * It reads nothing but files that it keeps open, and again what could not be read: then readings may be worked out
   * later, several together, from what the files held (`measure/tape.ts`). Left out: each one is made at its time.
   */
  readonly isReplayable?: boolean;
  /** What this sensor found, for `detect`: `package-0, package-1; dram`. */
  readonly found: string;
  /** Facts behind the figures, for `codecarbon_info`: `tdp_source: 'generic'`. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
  /** Longest time between two readings that cannot miss a wrap of a counter. */
  readonly longestInterval?: Seconds | undefined;
  /** Parts that are there but cannot be read (one of two sockets): the probe works in part only. */
  readonly problems?: readonly Problem[];
}

/** Something a person should know once, and what mends it. */
export interface Problem {
  readonly why: string;
  readonly remedy?: string;
}

export interface Reading {
  /** One entry per thing measured; the same things in the same order at every reading. */
  readonly channels: readonly Channel[];
  /** What became of every counter read in this sample; counted in `codecarbon_samples`. */
  readonly outcomes: readonly Outcome[];
  /** How busy the machine is, from probes that know it. */
  readonly load?: Load;
}

/** A cumulative energy of one component, obtained in one way. */
export interface Channel {
  readonly component: Component;
  readonly method: Method;
  /** Since the sensor was opened. */
  readonly joules: Joules;
  /**
   * Time up to which `joules` is complete: this reading's time when it was good, the last good one's
   * while readings fail, undefined before the first good one.
   */
  readonly measuredUntil: Seconds | undefined;
  /** Seconds whose energy is known to be missing from `joules`, since the sensor was opened. */
  readonly lost: Seconds;
  /** The part of `lost` in which some of the energy is in `joules` (one of two sockets). Default 0. */
  readonly lostInPart?: Seconds;
  /** A part of it (one of two sockets) is behind and may catch up: no power can be told from `joules` now. */
  readonly isPartial?: boolean;
  /** Which GPU, for channels of a GPU. */
  readonly gpu?: GpuIdentity;
  /** Seconds of full load of what this channel measures, when it differs from `Reading.load`. */
  readonly busy?: Seconds;
}

export interface GpuIdentity {
  readonly index: number;
  readonly uuid: string;
  readonly model: string;
}

/** Cumulative load of the machine (or of the container that a model measures). */
export interface Load {
  /** Seconds of full load: a machine that is fully busy adds one second a second. */
  readonly cpuBusy?: Seconds;
  readonly ramUsed?: Gibibytes;
  readonly ramTotal?: Gibibytes;
}

/** A gap longer than this is closed: by a model, or as unmeasured seconds. */
export const LONGEST_GAP = 10 as Seconds;

/** Pause between two attempts to open what could be read a moment ago. */
export const RETRY_INTERVAL = 10 as Seconds;

/** Power above which a reading of one CPU package is held to be a fault, unless the kernel or a TDP table states more. */
export const IMPLAUSIBLE_PACKAGE_POWER = 1000 as Watts;
