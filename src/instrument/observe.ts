import type {
  Attributes,
  BatchObservableResult,
  Meter,
  Observable,
  ObservableCounter,
  ObservableGauge,
} from '@opentelemetry/api';
import { exportCounts } from '../export-counts.ts';
import type { Part, Snapshot } from '../measure/index.ts';
import {
  ATTR_COMPONENT,
  ATTR_EXPORTER,
  ATTR_GPU,
  ATTR_GPU_MODEL,
  ATTR_GPU_UUID,
  ATTR_METHOD,
  ATTR_OUTCOME,
  ATTR_PROBE,
  type Component,
  HARDWARE_METRICS,
  METRICS,
  type MetricDefinition,
} from '../semconv.ts';
import { type Joules, joulesToKilowattHours, type KilowattHours, kilowattHours } from '../units.ts';

/** What the callbacks of one collection observe. */
export interface View {
  readonly snapshot: Snapshot;
  /** Power usage effectiveness: multiplies every energy and power, but not `hw.*`. */
  readonly pue: number;
  /** `project_name` and `scope`, on every point. */
  readonly attributes: Attributes;
  /** The facts of the run, once the place is settled. */
  readonly info: Attributes | undefined;
}

/** Instruments that one callback observes: a fault in one group leaves the others whole. */
export interface Group {
  readonly instruments: readonly Observable[];
  readonly observe: (result: BatchObservableResult, view: View) => void;
}

/** Makes the instruments of a meter, and says how each is observed. */
export const createGroups = (meter: Meter): readonly Group[] => [
  energyGroup(meter),
  powerGroup(meter),
  loadGroup(meter),
  qualityGroup(meter),
  exportGroup(meter),
  infoGroup(meter),
];

function energyGroup(meter: Meter): Group {
  const energies = {
    cpu: counter(meter, METRICS.cpuEnergy),
    gpu: counter(meter, METRICS.gpuEnergy),
    ram: counter(meter, METRICS.ramEnergy),
  };
  const consumed = counter(meter, METRICS.energyConsumed);
  const duration = counter(meter, METRICS.duration);
  return {
    instruments: [...Object.values(energies), consumed, duration],
    observe(result, view) {
      for (const { joules, method, ...part } of view.snapshot.energy) {
        const attributes = { ...partAttributes(view, part), [ATTR_METHOD]: method };
        result.observe(energies[part.component], withPue(joules, view), attributes);
      }
      result.observe(consumed, energyConsumed(view), view.attributes);
      result.observe(duration, view.snapshot.duration, view.attributes);
    },
  };
}

const POWERS = { cpu: METRICS.cpuPower, gpu: METRICS.gpuPower, ram: METRICS.ramPower };
const UTILIZATIONS = {
  cpu: METRICS.cpuUtilization,
  gpu: METRICS.gpuUtilization,
  ram: METRICS.ramUtilization,
};

/** Always observed while the instrumentation is enabled. */
const STANDING_GAUGES = [METRICS.info, METRICS.method, METRICS.probeUp, METRICS.exportPending];

/** Names of the gauges that a snapshot has a value for; the SDK repeats the old value of all others. */
export const currentGauges = ({ power, utilization, ram }: Snapshot): ReadonlySet<string> =>
  new Set<string>([
    ...STANDING_GAUGES.map(({ name }) => name),
    ...power.map(({ component }) => POWERS[component].name),
    ...utilization.map(({ component }) => UTILIZATIONS[component].name),
    ...(ram === undefined ? [] : [METRICS.ramUsed.name]),
    ...(power.length === 0 ? [] : [HARDWARE_METRICS.power.name, HARDWARE_METRICS.hostPower.name]),
  ]);

/** The sum of the components with PUE: exactly what the energy counters of this view add up to. */
export const energyConsumed = (view: Pick<View, 'snapshot' | 'pue'>): KilowattHours =>
  kilowattHours(view.snapshot.energy.reduce((sum, { joules }) => sum + withPue(joules, view), 0));

const withPue = (energy: Joules, { pue }: Pick<View, 'pue'>): number =>
  joulesToKilowattHours(energy) * pue;

function powerGroup(meter: Meter): Group {
  const powers = perComponent(POWERS, (metric) => gauge(meter, metric));
  return {
    instruments: Object.values(powers),
    observe(result, view) {
      for (const { watts, ...part } of view.snapshot.power) {
        result.observe(powers[part.component], watts * view.pue, partAttributes(view, part));
      }
    },
  };
}

function loadGroup(meter: Meter): Group {
  const utilizations = perComponent(UTILIZATIONS, (metric) => gauge(meter, metric));
  const busy = { cpu: counter(meter, METRICS.cpuBusy), gpu: counter(meter, METRICS.gpuBusy) };
  const ramUsed = gauge(meter, METRICS.ramUsed);
  const ramUsage = counter(meter, METRICS.ramUsage);
  return {
    instruments: [...Object.values(utilizations), ...Object.values(busy), ramUsed, ramUsage],
    observe(result, view) {
      const { snapshot, attributes } = view;
      for (const { percent, ...part } of snapshot.utilization) {
        result.observe(utilizations[part.component], percent, partAttributes(view, part));
      }
      for (const { seconds, ...part } of snapshot.busy) {
        if (part.component === 'ram') continue;
        result.observe(busy[part.component], seconds, partAttributes(view, part));
      }
      if (snapshot.ram !== undefined) result.observe(ramUsed, snapshot.ram.used, attributes);
      if (snapshot.ramUsage !== undefined) result.observe(ramUsage, snapshot.ramUsage, attributes);
    },
  };
}

function qualityGroup(meter: Meter): Group {
  const method = gauge(meter, METRICS.method);
  const probeUp = gauge(meter, METRICS.probeUp);
  const samples = counter(meter, METRICS.samples);
  const unmeasured = counter(meter, METRICS.unmeasuredDuration);
  const partial = counter(meter, METRICS.partialDuration);
  const overheadCpuTime = counter(meter, METRICS.overheadCpuTime);
  const overheadEnergy = counter(meter, METRICS.overheadEnergy);
  return {
    instruments: [method, probeUp, samples, unmeasured, partial, overheadCpuTime, overheadEnergy],
    observe(result, view) {
      const { snapshot, attributes } = view;
      const observe = (instrument: Observable, value: number, own: Attributes): void =>
        result.observe(instrument, value, { ...attributes, ...own });
      for (const { component, method: used, active } of snapshot.methods) {
        observe(method, active ? 1 : 0, { [ATTR_COMPONENT]: component, [ATTR_METHOD]: used });
      }
      for (const { probe, up } of snapshot.probes) {
        observe(probeUp, up ? 1 : 0, { [ATTR_PROBE]: probe });
      }
      for (const { probe, outcome, count } of snapshot.samples) {
        observe(samples, count, { [ATTR_PROBE]: probe, [ATTR_OUTCOME]: outcome });
      }
      for (const { component, seconds } of snapshot.unmeasured) {
        observe(unmeasured, seconds, { [ATTR_COMPONENT]: component });
      }
      for (const { component, seconds } of snapshot.partial) {
        observe(partial, seconds, { [ATTR_COMPONENT]: component });
      }
      result.observe(overheadCpuTime, snapshot.overhead.cpuTime, attributes);
      result.observe(overheadEnergy, withPue(snapshot.overhead.energy, view), attributes);
    },
  };
}

function exportGroup(meter: Meter): Group {
  const failures = counter(meter, METRICS.exportFailures);
  const pending = gauge(meter, METRICS.exportPending);
  return {
    instruments: [failures, pending],
    observe(result, { attributes }) {
      for (const count of exportCounts()) {
        const own = { ...attributes, [ATTR_EXPORTER]: count.exporter };
        result.observe(failures, count.failures, own);
        result.observe(pending, count.pending, own);
      }
    },
  };
}

function infoGroup(meter: Meter): Group {
  const info = gauge(meter, METRICS.info);
  return {
    instruments: [info],
    observe(result, view) {
      if (view.info !== undefined) result.observe(info, 1, view.info);
    },
  };
}

const perComponent = <From, To>(
  { cpu, gpu, ram }: Readonly<Record<Component, From>>,
  make: (from: From) => To,
): Readonly<Record<Component, To>> => ({ cpu: make(cpu), gpu: make(gpu), ram: make(ram) });

function partAttributes({ attributes }: View, { gpu }: Part): Attributes {
  if (gpu === undefined) return attributes;
  return {
    ...attributes,
    [ATTR_GPU]: String(gpu.index),
    [ATTR_GPU_UUID]: gpu.uuid,
    [ATTR_GPU_MODEL]: gpu.model,
  };
}

export const counter = (meter: Meter, { name, unit, description }: Definition): ObservableCounter =>
  meter.createObservableCounter(name, { unit, description });

export const gauge = (meter: Meter, { name, unit, description }: Definition): ObservableGauge =>
  meter.createObservableGauge(name, { unit, description });

type Definition = Omit<MetricDefinition, 'kind' | 'attributes' | 'name' | 'unit'> & {
  readonly name: string;
  readonly unit: string;
};
