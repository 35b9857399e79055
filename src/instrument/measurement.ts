import { randomUUID } from 'node:crypto';
import type { Attributes, Meter } from '@opentelemetry/api';
import type { TotalsSource } from '../emissions/index.ts';
import type { Host } from '../host.ts';
import { type Log, type Run, startRun } from '../measure/index.ts';
import { once } from '../once.ts';
import type { Settings } from '../options/index.ts';
import { countOverhead } from '../overhead.ts';
import { type Place, resolvePlace } from '../place/index.ts';
import { machineFacts } from '../probes/facts.ts';
import { PROBES } from '../probes/index.ts';
import type { ProbeOptions } from '../probes/probe.ts';
import { ATTR_PROJECT_NAME, ATTR_SCOPE } from '../semconv.ts';
import { seconds } from '../units.ts';
import { emissionsGroup } from './emissions.ts';
import { hardwareGroup } from './hardware.ts';
import { infoAttributes } from './info.ts';
import { createGroups, currentGauges, energyConsumed, type Group, type View } from './observe.ts';

/** A run, and what is observed of it. */
export interface Measurement {
  readonly run: Run;
  /** Takes a last sample and stops measuring; totals stay. */
  pause(): void;
  /** The running total, as readers in this process may ask for it. */
  readonly totals: TotalsSource;
  /** The instruments of a meter, by groups that are observed together. */
  groups(meter: Meter): readonly Group[];
  /** One frozen view for all callbacks of a collection: they run in one go, without a pause between them. */
  view(): View;
}

export interface MeasurementOptions {
  readonly host: Host;
  readonly settings: Settings<'instrumentation'>;
  readonly log: Log;
  /** Told of a fault that happens out of anybody's sight. */
  readonly onFault: (error: unknown) => void;
}

/** Starts to measure at once. */
export function startMeasurement(options: MeasurementOptions): Measurement {
  const { host, settings, log } = options;
  const place = once((): Place => resolvePlace(settings));
  const runId = once(randomUUID);
  const run = startRun({
    host,
    probes: PROBES,
    options: probeOptions(settings),
    measurePowerSecs: seconds(settings.measurePowerSecs),
    log,
  });
  const attributes: Attributes = {
    [ATTR_PROJECT_NAME]: settings.projectName,
    [ATTR_SCOPE]: settings.trackingMode,
  };
  const totals: TotalsSource = {
    projectName: settings.projectName,
    scope: settings.trackingMode,
    get runId() {
      return runId();
    },
    observesEmissions: settings.emissions === 'instrument',
    energyConsumed: () => energyConsumed({ snapshot: run.snapshot(), pue: settings.pue }),
    currentGauges: () => gauges,
    settle: () => run.settle(),
  };
  const makers = [
    createGroups,
    ...(settings.semconv ? [hardwareGroup] : []),
    ...(settings.emissions === 'instrument'
      ? [emissionsGroup(settings, totals, options.onFault)]
      : []),
  ];
  const facts = once(() => countOverhead(() => machineFacts(host)));
  const stopFacts = host.soon(facts);
  let gauges: ReadonlySet<string> = new Set();
  let info: Attributes | undefined;
  let frozen: View | undefined;

  return {
    run,
    pause() {
      stopFacts();
      run.pause();
    },
    totals,
    groups: (meter) => makers.flatMap((make) => make(meter)),
    view() {
      if (frozen !== undefined) return frozen;
      frozen = { snapshot: run.snapshot(), pue: settings.pue, attributes, info: readInfo() };
      gauges = currentGauges(frozen.snapshot);
      queueMicrotask(() => {
        frozen = undefined;
      });
      return frozen;
    },
  };

  /** Read once, frozen from then on. */
  function readInfo(): Attributes {
    info ??= {
      ...attributes,
      ...infoAttributes({
        runId: runId(),
        settings,
        place: place(),
        machine: facts(),
        sensors: run.facts(),
      }),
    };
    return info;
  }
}

/** Only what probes are told: runs that agree in this share one set of them. */
function probeOptions(settings: Settings<'instrumentation'>): ProbeOptions {
  const { raplPreferPsys, raplIncludeDram, powerModels, forceCpuPower, forceRamPower } = settings;
  return {
    raplPreferPsys,
    raplIncludeDram,
    powerModels,
    ...(forceCpuPower !== undefined && { forceCpuPower }),
    ...(forceRamPower !== undefined && { forceRamPower }),
  };
}
