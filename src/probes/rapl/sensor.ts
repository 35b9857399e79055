import type { Host } from '../../host.ts';
import { once } from '../../once.ts';
import type { Component, Outcome } from '../../semconv.ts';
import { joules, type Seconds, shortest } from '../../units.ts';
import { type Channel, LONGEST_GAP, type Problem, type Sensor } from '../probe.ts';
import { createSum, type Sum } from '../summed.ts';
import type { Domain } from './domain.ts';
import { closeDomains, cpuDomains, type Domains, isReadable, type Package } from './domains.ts';
import { createMemory, type Socket } from './memory.ts';
import { findDies, isOwn, isUndecided } from './mirror.ts';
import { explainFailing } from './remedy.ts';

/** Makes the open domains one sensor: a channel for the CPU, and one for memory where DRAM is measured. */
export function createSensor(host: Host, domains: Domains): Sensor {
  const adding = once(() => startAdding(domains));
  let pending: readonly Outcome[] = domains.outcomes;
  let readAt = domains.openedAt;
  return {
    get found() {
      return describe(domains);
    },
    get isReplayable() {
      return domains.all.every((domain) => domain.isOpen());
    },
    get facts() {
      return isMemoryInCpu(domains) ? memoryFacts(domains) : undefined;
    },
    get longestInterval() {
      return shortest(domains.all.map((domain) => domain.longestInterval()));
    },
    read: (now) => {
      const { update, sums } = adding();
      readAt = now;
      const outcomes = [...pending];
      pending = [];
      for (const domain of domains.all) outcomes.push(domain.read(now));
      update(now);
      return { channels: sums.map(([component, sum]) => channelOf(component, sum)), outcomes };
    },
    settle: (now) => adding().settle(now),
    close: () => closeDomains(domains),
    get problems() {
      // A short gap is no problem: the next good reading covers it.
      const missing = domains.all.filter((domain) => domain.lostSince() !== undefined);
      return [
        ...missing.flatMap((domain) => explainFailing(host, domain)?.problem ?? []),
        ...standing(domains, readAt),
      ];
    },
  };
}

interface Adding {
  readonly sums: readonly (readonly [Component, Sum])[];
  update(now: Seconds): void;
  settle(now: Seconds): void;
}

/** Adds up what the domains count, from the reading on that opening took. */
function startAdding(domains: Domains): Adding {
  const counted = countDies(domains);
  const sum = createSum(counted.cpu);
  const cpu: Sum = { ...sum, isWaiting: () => sum.isWaiting() || counted.isHolding() };
  const ram = memoryOf(domains, counted.sockets, cpu);
  const sums: Adding['sums'] = [['cpu', cpu], ...(ram ? ([['ram', ram]] as const) : [])];
  const update = (now: Seconds): void => {
    counted.update(now);
    for (const [, sum] of sums) sum.update(now);
  };
  update(domains.openedAt);
  return {
    sums,
    update,
    settle: (now) => {
      // What was held back of a die that may be a mirror is neither added nor hidden.
      counted.decide();
      if (counted.isHolding()) cpu.miss(domains.openedAt, now);
      for (const [, sum] of sums) sum.settle();
    },
  };
}

const channelOf = (component: Component, sum: Sum): Channel => ({
  component,
  method: 'rapl',
  joules: sum.joules(),
  measuredUntil: sum.measuredUntil(),
  lost: sum.lost(),
  lostInPart: sum.lostInPart(),
  ...(sum.isWaiting() && { isPartial: true }),
});

interface Counted {
  update(now: Seconds): void;
  /** Whether energy is held back of a die that may be a mirror. */
  isHolding(): boolean;
  /** Decides with what is known. */
  decide(): void;
  cpu(): readonly Domain[];
  sockets(): readonly Socket[];
}

/** What counts now: all packages, but of mirrored dies one only. */
function countDies(domains: Domains): Counted {
  const dies = findDies(domains.packages);
  const comparisons = dies.flatMap((die) => die.comparisons);
  const sockets = new Map(domains.packages.map((one) => [one, socketOf(one)]));
  let own: readonly Package[] = [];
  let cpu: readonly Domain[] = [];
  let ownSockets: readonly Socket[] = [];
  const settle = (): void => {
    own = dies.filter(isOwn).map(({ part }) => part);
    cpu = cpuParts(domains, own);
    ownSockets = own.flatMap((one) => sockets.get(one) ?? []);
  };
  settle();
  return {
    update: (now) => {
      if (comparisons.length === 0) return;
      for (const comparison of comparisons) comparison.update(now);
      settle();
    },
    decide: () => {
      for (const comparison of comparisons) comparison.settle();
      settle();
    },
    isHolding: () =>
      comparisons.length > 0 &&
      domains.platforms.length === 0 &&
      dies.some((die) => isUndecided(die) && die.part.joules() > 0),
    cpu: () => cpu,
    sockets: () => ownSockets,
  };
}

/** A platform's energy has the DRAM in it already. */
function cpuParts({ platforms, dramIsCpu }: Domains, own: readonly Package[]): readonly Domain[] {
  if (platforms.length > 0) return platforms;
  const isComplete = own.every(({ dram }) => dram !== undefined);
  return dramIsCpu && isComplete ? own.flatMap((one) => [one, one.dram ?? []].flat()) : own;
}

const socketOf = (one: Package): Socket | undefined => one.dram && { package: one, dram: one.dram };

/** The channel for memory. What stands under the CPU already is zero here: a model beside it would count it twice. */
function memoryOf(domains: Domains, sockets: Counted['sockets'], cpu: Sum): Sum | undefined {
  if (domains.platforms.length > 0) return countedElsewhere(cpu);
  if (!hasAllDram(domains)) return undefined;
  const memory = createMemory(sockets);
  return domains.dramIsCpu ? countedElsewhere(memory) : memory;
}

const isMemoryInCpu = (domains: Domains): boolean =>
  domains.platforms.length > 0 || (domains.dramIsCpu && hasAllDram(domains));

const memoryFacts = ({ platforms }: Domains): Readonly<Record<string, string>> => ({
  ram_counted_in: 'cpu',
  ...(platforms.length > 0 && { cpu_domain: 'psys' }),
});

/** DRAM is the memory only when every package shows it. */
const hasAllDram = ({ packages }: Domains): boolean =>
  packages.length > 0 && packages.every(({ dram }) => dram !== undefined);

/** Zero joules, measured whenever `sum` is. */
const countedElsewhere = (sum: Sum): Sum => ({ ...sum, joules: () => joules(0) });

/** Counters that can be read and do not count, as some hypervisors show them. Zero is what they say, so it is told. */
function standing(domains: Domains, now: Seconds): readonly Problem[] {
  if (now - domains.openedAt <= LONGEST_GAP) return [];
  return cpuDomains(domains)
    .filter((domain) => domain.measuredUntil() === now && domain.joules() === 0)
    .map(({ name }) => ({
      why: `the counter of ${name} has not moved for ${LONGEST_GAP} s: its energy is counted as 0`,
      remedy: 'If that cannot be true, state the power yourself: forceCpuPower',
    }));
}

function describe(domains: Domains): string {
  const cpu = cpuDomains(domains).filter(isReadable);
  const dram = domains.packages.some((one) => one.dram && isReadable(one.dram));
  return cpu.map(({ name }) => name).join(', ') + (dram ? '; dram' : '');
}
