import type { Attributes, Meter } from '@opentelemetry/api';
import type { Part, Snapshot } from '../measure/index.ts';
import { HARDWARE_METRICS } from '../semconv.ts';
import { counter, type Group, gauge } from './observe.ts';

/**
 * The OpenTelemetry hardware conventions beside ours: joules and watts per part, and of the whole host.
 * Without PUE: they are what the hardware used.
 */
export function hardwareGroup(meter: Meter): Group {
  const energy = counter(meter, HARDWARE_METRICS.energy);
  const power = gauge(meter, HARDWARE_METRICS.power);
  const hostEnergy = counter(meter, HARDWARE_METRICS.hostEnergy);
  const hostPower = gauge(meter, HARDWARE_METRICS.hostPower);
  return {
    instruments: [energy, power, hostEnergy, hostPower],
    observe(result, { snapshot, info }) {
      // The counter of the platform is the whole host's, which is never the energy of a component.
      const isHost = (part: Part): boolean =>
        info?.cpu_domain === 'psys' && part.component !== 'gpu';
      for (const [part, joules] of perPart(snapshot)) {
        if (!isHost(part)) result.observe(energy, joules, partAttributes(part));
      }
      for (const { watts, ...part } of snapshot.power) {
        if (!isHost(part)) result.observe(power, watts, partAttributes(part));
      }
      result.observe(hostEnergy, sum(snapshot.energy.map(({ joules }) => joules)));
      if (snapshot.power.length === 0) return;
      result.observe(hostPower, sum(snapshot.power.map(({ watts }) => watts)));
    },
  };
}

/** A part measured in several ways is one piece of hardware. */
function perPart(snapshot: Snapshot): readonly (readonly [Part, number])[] {
  const totals = new Map<string, readonly [Part, number]>();
  for (const { joules, method: _, ...part } of snapshot.energy) {
    const id = idOf(part);
    totals.set(id, [part, joules + (totals.get(id)?.[1] ?? 0)]);
  }
  return [...totals.values()];
}

const HARDWARE_TYPE = { cpu: 'cpu', gpu: 'gpu', ram: 'memory' } as const;

const idOf = ({ component, gpu }: Part): string => gpu?.uuid ?? HARDWARE_TYPE[component];

const partAttributes = (part: Part): Attributes => ({
  'hw.id': idOf(part),
  'hw.type': HARDWARE_TYPE[part.component],
});

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
