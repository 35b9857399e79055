import type { Host, Result } from '../../host.ts';
import { microwattsToWatts, type Watts, watts } from '../../units.ts';
import { parseCount } from '../counter.ts';
import { IMPLAUSIBLE_PACKAGE_POWER } from '../probe.ts';

/** A power zone of the kernel's powercap framework, which is one RAPL domain. */
export interface Zone {
  /** Its directory's name: `intel-rapl:0:1` is a part of `intel-rapl:0`. */
  readonly id: string;
  /** `intel-rapl`, which the kernel uses for AMD, too; `intel-rapl-mmio`. */
  readonly controlType: string;
  /** `[0, 1]` of `intel-rapl:0:1`. */
  readonly numbers: readonly number[];
  readonly path: string;
  /** `package-0`, `package-1-die-0`, `core`, `uncore`, `dram`, `psys`; undefined when it cannot be read. */
  readonly name: string | undefined;
}

/**
 * Lists the zones of `class/powercap`, which has a link to every one of them; or what is nested below
 * `devices/virtual/powercap`, where only that was mounted (kernel: Documentation/power/powercap).
 */
export function findZones(host: Host): Result<readonly Zone[]> {
  const inClass = host.sys('class/powercap');
  const top = host.list(inClass);
  if (top.ok) return { ok: true, value: zonesIn(host, inClass, top.value) };
  const inDevices = host.sys('devices/virtual/powercap');
  const devices = host.list(inDevices);
  return devices.ok ? { ok: true, value: zonesIn(host, inDevices, devices.value) } : top;
}

function zonesIn(host: Host, root: string, names: readonly string[]): readonly Zone[] {
  const paths = new Map<string, string>();
  const collect = (directory: string, entries: readonly string[]): void => {
    for (const entry of entries) {
      const path = `${directory}/${entry}`;
      if (isZone(entry)) paths.set(entry, path);
      // A part has none, and what has its parts beside it is not looked into for more of them.
      if (isPart(entry) || entries.some((other) => other.startsWith(`${entry}:`))) continue;
      const inside = host.list(path);
      if (inside.ok) collect(path, inside.value.filter(isZone));
    }
  };
  collect(root, names);
  return [...paths].map(([id, path]) => readZone(host, id, path)).sort(byPreference);
}

const isZone = (name: string): boolean => /^[^:]+(:\d+)+$/.test(name);
const isPart = (name: string): boolean => name.indexOf(':') !== name.lastIndexOf(':');

function readZone(host: Host, id: string, path: string): Zone {
  const [controlType = '', ...numbers] = id.split(':');
  const name = host.read(`${path}/name`);
  return {
    id,
    controlType,
    numbers: numbers.map(Number),
    path,
    name: (name.ok && name.value.trim()) || undefined,
  };
}

/** Whether a zone's link leads nowhere, as in a container that masks the directory it points into. */
export const isMasked = (host: Host, path: string): boolean => host.inspect(path) === 'dangling';

/** MSR (`intel-rapl`) before MMIO and others. */
function byPreference(one: Zone, other: Zone): number {
  if (one.controlType === other.controlType) return byNumbers(one.numbers, other.numbers);
  if (one.controlType === MSR) return -1;
  return other.controlType === MSR || one.controlType > other.controlType ? 1 : -1;
}

const MSR = 'intel-rapl';

/** A package, its parts, the next package. */
function byNumbers(ours: readonly number[], theirs: readonly number[]): number {
  const at = ours.findIndex((number, index) => number !== theirs[index]);
  return at < 0 ? ours.length - theirs.length : (ours[at] ?? 0) - (theirs[at] ?? -1);
}

/** `max_energy_range_uj`: µJ at which the counter begins again; undefined when it cannot be read. */
export function readRange(host: Host, zone: Zone): number | undefined {
  const text = host.read(`${zone.path}/max_energy_range_uj`);
  return text.ok ? parseCount(text.value) : undefined;
}

/** Power limits in W that the kernel states for a zone, of all its constraints. */
export function readLimits(host: Host, zone: Zone): readonly Watts[] {
  const entries = host.list(zone.path);
  const names = entries.ok ? entries.value.filter((name) => LIMIT.test(name)) : [];
  return names.flatMap((name) => {
    const text = host.read(`${zone.path}/${name}`);
    const limit = text.ok ? parseCount(text.value) : undefined;
    return limit === undefined ? [] : [microwattsToWatts(limit)];
  });
}

const LIMIT = /^constraint_\d+_(power_limit|max_power)_uw$/;

/** A limit above this is no limit but a register full of ones; no package comes near. */
const LARGEST_LIMIT = 10_000;

/**
 * P_max of one package: the larger of 1 kW and 3 x the largest power that kernel or TDP table states
 * (specification, section 4): generous, since a false wrap is tens of kilojoules in a second.
 */
export function highestPower(limits: readonly Watts[], tdp: Watts = watts(0)): Watts {
  const stated = limits.filter((limit) => limit <= LARGEST_LIMIT);
  return watts(Math.max(IMPLAUSIBLE_PACKAGE_POWER, 3 * Math.max(0, tdp, ...stated)));
}
