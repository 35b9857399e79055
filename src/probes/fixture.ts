import type { ProbeOptions } from './probe.ts';

/** Text of a file, or the target of a symbolic link. */
export type FixtureFile = string | { readonly link: string };

/**
 * A simulated machine on which a probe delivers: what `fixture.ts` in a probe's folder exports as
 * `fixture`. From it alone the contract suite tests the probe; it is data, and nothing at run time
 * imports it.
 */
export interface ProbeFixture {
  /** Every file of the machine that the probe reads, by absolute path: sysfs at `/sys`, procfs at `/proc`. */
  readonly files: Readonly<Record<string, FixtureFile>>;
  /** The files that change, as they are `seconds` after the start, while the machine runs at a steady load. */
  after(seconds: number): Readonly<Record<string, string>>;
  /** Mean power in W of each component that the probe then reports. */
  readonly watts: Readonly<Record<string, number>>;
  /**
   * The files without which nothing can be measured: with all of them denied the probe says `denied`.
   * Empty for a probe that needs none.
   */
  readonly vital: readonly string[];
  /** Whether the probe opens on a machine that has no such hardware, as a model does. */
  readonly always?: boolean;
  readonly options?: ProbeOptions;
  /** What the operating system itself reports. */
  readonly system?: {
    readonly platform?: NodeJS.Platform;
    readonly arch?: string;
    readonly cpuModel?: string;
    readonly cpuCount?: number;
    /** GiB. */
    readonly memory?: { readonly total: number; readonly free: number };
  };
}
