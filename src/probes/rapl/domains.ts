import type { Host } from '../../host.ts';
import type { Outcome } from '../../semconv.ts';
import type { Seconds } from '../../units.ts';
import type { ProbeOptions } from '../probe.ts';
import { type Domain, openDomain } from './domain.ts';
import type { Layout } from './layout.ts';

export interface Package extends Domain {
  readonly dram: Domain | undefined;
}

/** Every RAPL domain that is open. */
export interface Domains {
  /** Packages, their DRAM and platforms. */
  readonly all: readonly Domain[];
  readonly packages: readonly Package[];
  /** Count instead of the packages where they are wanted and there. */
  readonly platforms: readonly Domain[];
  /** Whether DRAM is counted as CPU. */
  readonly dramIsCpu: boolean;
  readonly openedAt: Seconds;
  /** What became of the reading that opening took. */
  readonly outcomes: readonly Outcome[];
}

/** Opens what counts and takes the reading from which all totals start. */
export function openDomains(host: Host, layout: Layout, options: ProbeOptions): Domains {
  const now = host.now();
  const packages = layout.packages.map(
    (source): Package => ({
      ...openDomain(host, source, now),
      dram: source.dram && openDomain(host, source.dram, now),
    }),
  );
  const platforms = options.raplPreferPsys ? openPlatforms(host, layout, now) : [];
  const dramIsCpu = options.raplIncludeDram ?? false;
  const all = [...packages, ...packages.flatMap(({ dram }) => dram ?? []), ...platforms];
  const outcomes = all.map((domain) => domain.read(now));
  // A die that cannot be read must not keep the others of its package waiting for a comparison.
  const readable = packages.filter(isReadable);
  const others = packages.filter((one) => !isReadable(one));
  return {
    all,
    packages: [...readable, ...others],
    platforms,
    dramIsCpu,
    openedAt: now,
    outcomes,
  };
}

/** The platform replaces the packages only where it can be read. */
function openPlatforms(host: Host, layout: Layout, now: Seconds): readonly Domain[] {
  const platforms = layout.platforms.map((source) => openDomain(host, source, now));
  for (const platform of platforms) platform.read(now);
  if (platforms.some(isReadable)) return platforms;
  for (const platform of platforms) platform.close();
  return [];
}

/** What is the CPU: the platform where it is wanted and there, else the packages. Never both. */
export const cpuDomains = ({ packages, platforms }: Domains): readonly Domain[] =>
  platforms.length > 0 ? platforms : packages;

export const isReadable = (domain: Domain): boolean => domain.measuredUntil() !== undefined;

export function closeDomains(domains: Domains): void {
  for (const domain of domains.all) domain.close();
}
