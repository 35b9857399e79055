import { gibibyteSeconds, joules, meanPower, percent, type Seconds, seconds } from '../units.ts';
import type { Account } from './accounts.ts';
import type { TrackedPart } from './books.ts';
import { partKey } from './cells.ts';
import type { Machine } from './machine.ts';
import type {
  BusyTotal,
  EnergyTotal,
  MethodInUse,
  PowerReading,
  SampleCount,
  Snapshot,
  UnmeasuredTotal,
  UtilizationReading,
} from './snapshot.ts';

/** Length of the window over which power is averaged, and the moment before which it may not reach. */
export interface Window {
  readonly length: Seconds;
  readonly since: Seconds;
}

/** Everything a run observes, from its totals and the present state of the machine. */
export function buildSnapshot(
  accounts: Iterable<Account>,
  machine: Machine | undefined,
  window: Window,
): Snapshot {
  const energy: EnergyTotal[] = [];
  const busy: BusyTotal[] = [];
  const samples: SampleCount[] = [];
  const unmeasured: UnmeasuredTotal[] = [];
  const partial: UnmeasuredTotal[] = [];
  const single = { duration: 0, overheadCpuTime: 0, overheadEnergy: 0 };
  let ramUsage: number | undefined;
  for (const { series, value } of accounts) {
    switch (series.kind) {
      case 'energy':
        energy.push({ ...series.part, method: series.method, joules: joules(value) });
        break;
      case 'busy':
        busy.push({ ...series.part, seconds: seconds(value) });
        break;
      case 'samples':
        samples.push({ probe: series.probe, outcome: series.outcome, count: value });
        break;
      case 'unmeasured':
        unmeasured.push({ component: series.component, seconds: seconds(value) });
        break;
      case 'partial':
        partial.push({ component: series.component, seconds: seconds(value) });
        break;
      case 'ramUsage':
        ramUsage = value;
        break;
      default:
        single[series.kind] = value;
    }
  }
  const parts = machine?.parts ?? [];
  const { ram } = machine ?? {};
  return Object.freeze({
    duration: seconds(single.duration),
    energy,
    busy,
    samples,
    unmeasured,
    partial,
    power: parts.flatMap((part) => powerOf(part, window)),
    utilization: [...parts.flatMap((part) => utilizationOf(part, window)), ...ramUtilization(ram)],
    ram,
    ramUsage: ramUsage === undefined ? undefined : gibibyteSeconds(ramUsage),
    methods: methodsOf(energy, parts),
    probes: (machine?.slots ?? []).map(({ probe, up }) => ({ probe: probe.id, up })),
    overhead: { cpuTime: seconds(single.overheadCpuTime), energy: joules(single.overheadEnergy) },
  });
}

function powerOf({ energy, history }: TrackedPart, window: Window): PowerReading[] {
  const found = history.window(window.length, window.since);
  if (found === undefined) return [];
  const [from, to] = found;
  const watts = meanPower(joules(to.joules - from.joules), seconds(to.at - from.at));
  return [{ ...energy.part, watts }];
}

function utilizationOf({ energy, history }: TrackedPart, window: Window): UtilizationReading[] {
  const found = history.window(window.length, window.since);
  if (found === undefined) return [];
  const [from, to] = found;
  if (from.busy === undefined || to.busy === undefined) return [];
  const share = (to.busy - from.busy) / (to.at - from.at);
  return [{ ...energy.part, percent: percent(100 * Math.min(1, Math.max(0, share))) }];
}

function ramUtilization(ram: Machine['ram']): UtilizationReading[] {
  if (ram === undefined || ram.total <= 0) return [];
  return [{ component: 'ram', percent: percent((100 * ram.used) / ram.total) }];
}

function methodsOf(energy: readonly EnergyTotal[], parts: readonly TrackedPart[]): MethodInUse[] {
  const inUse = new Set(
    parts.map((tracked) => `${partKey(tracked.energy.part)} ${tracked.energy.active?.method}`),
  );
  return energy.map(({ joules: _, ...entry }) => ({
    ...entry,
    active: inUse.has(`${partKey(entry)} ${entry.method}`),
  }));
}
