import type { Attributes } from '@opentelemetry/api';
import { known } from '../known.ts';
import type { Settings } from '../options/index.ts';
import { type Place, placeInInfo } from '../place/index.ts';
import type { MachineFacts } from '../probes/facts.ts';
import { VERSION } from '../version.ts';

/** What is known of a run before its first figure. */
export interface RunFacts {
  readonly runId: string;
  readonly settings: Settings<'instrumentation'>;
  readonly place: Place;
  readonly machine: MachineFacts;
  /** What the sensors state about their figures: `tdp_source`. */
  readonly sensors: Readonly<Record<string, string>>;
}

/**
 * Attributes of `codecarbon_info`, from which the record is made. A fact that is unknown is left out.
 * There is no user name, host name or command line among them.
 */
export function infoAttributes({ runId, settings, place, machine, sensors }: RunFacts): Attributes {
  const facts: Record<string, string | number | undefined> = {
    run_id: runId,
    experiment_id: settings.experimentId,
    tracking_mode: settings.trackingMode,
    os: machine.os,
    python_version: `node ${process.versions.node}`,
    codecarbon_version: VERSION,
    cpu_count: machine.cpuCount,
    cpu_model: machine.cpuModel,
    gpu_count: machine.gpuCount,
    ram_total_size: machine.ramTotal,
    ...placeInInfo(place),
    pue: settings.pue,
    wue: settings.wue,
    force_carbon_intensity: settings.forceCarbonIntensity,
    ...sensors,
  };
  return known(facts);
}
