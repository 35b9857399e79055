import type { Zone } from './parse.ts';

/** One thing that draws power, with every interface (MSR, MMIO) through which the kernel counts it. */
export interface Source {
  /** `package-0`, `package-0-die-1`, `psys`, `dram`, or a zone's id where its name cannot be read. */
  readonly name: string;
  /** Twins, the preferred one first. */
  readonly zones: readonly Zone[];
}

export interface PackageSource extends Source {
  readonly dram: Source | undefined;
}

export interface Layout {
  readonly packages: readonly PackageSource[];
  readonly platforms: readonly Source[];
}

/**
 * Tells packages and platforms from their parts (`core`, `uncore`), which are inside of a package and
 * never added to it. Zones of the same name under two control types are twins of one package; under one
 * control type they are two packages.
 */
export function arrange(zones: readonly Zone[]): Layout {
  const top = zones.filter(({ numbers }) => numbers.length === 1);
  // What cannot even be named under the preferred control type is most likely a package.
  const packages = top.filter(({ controlType, name }) =>
    name === undefined ? controlType === top[0]?.controlType : isPackage(name),
  );
  return {
    packages: twins(withoutWholes(packages)).map((source) => ({
      ...source,
      dram: dramOf(source, zones),
    })),
    platforms: twins(top.filter(({ name }) => name !== undefined && PLATFORM.test(name))),
  };
}

/** Names as drivers/powercap/intel_rapl_common.c makes them. */
export const isPackage = (name: string): boolean => /^package-\d+(-die-\d+)?$/.test(name);
const PLATFORM = /^psys(-\d+)?$/;

/** The package that a die belongs to: `package-0-die-1` to `package-0`. */
export const packageOfDie = (name: string): string | undefined =>
  /^(package-\d+)-die-\d+$/.exec(name)?.[1];

/** Where one control type shows the dies of a package, another one's whole package is the same energy. */
function withoutWholes(zones: readonly Zone[]): readonly Zone[] {
  const split = new Set(zones.map(({ name }) => name && packageOfDie(name)));
  return zones.filter(({ name }) => name === undefined || !split.has(name));
}

function twins(zones: readonly Zone[]): readonly Source[] {
  const seen = new Map<string, number>();
  const sources = new Map<string, { name: string; zones: Zone[] }>();
  for (const zone of zones) {
    const name = zone.name ?? zone.id;
    const ofType = `${zone.controlType} ${name}`;
    const count = (seen.get(ofType) ?? 0) + 1;
    seen.set(ofType, count);
    const key = `${name} ${count}`;
    const source = sources.get(key) ?? { name, zones: [] };
    source.zones.push(zone);
    sources.set(key, source);
  }
  return [...sources.values()];
}

function dramOf({ zones }: Source, all: readonly Zone[]): Source | undefined {
  const found = zones.flatMap(({ id }) =>
    all.filter((zone) => zone.name === 'dram' && isPartOf(zone, id)),
  );
  return found.length === 0 ? undefined : { name: 'dram', zones: found };
}

const isPartOf = ({ id, numbers }: Zone, whole: string): boolean =>
  numbers.length === 2 && id.startsWith(`${whole}:`);
