import type { Host } from '../../host.ts';
import type { Outcome } from '../../semconv.ts';
import { joules, type Seconds, seconds, shortest } from '../../units.ts';
import { type CounterLimits, shortestWrap } from '../counter.ts';
import { socketTdp } from '../cpu-info.ts';
import { type KeptCounter, keepCounter } from '../kept-counter.ts';
import type { Summand } from '../summed.ts';
import { isPackage, type Source } from './layout.ts';
import { highestPower, readLimits, readRange, type Zone } from './parse.ts';

/** The energy of one package, DRAM or platform, whichever of its twin counters gives it. */
export interface Domain extends Summand {
  readonly name: string;
  /** Half of the shortest time in which a counter can wrap. */
  longestInterval(): Seconds | undefined;
  read(now: Seconds): Outcome;
  /** Whether all counters are open. */
  isOpen(): boolean;
  /** The counter in use, when it cannot be read. */
  failing(): { readonly path: string; readonly errno: string } | undefined;
  close(): void;
}

/** RAPL counters move every millisecond: one that stands this long while its twin moves is dead. */
const STALLED = 0.5;

/**
 * Opens all twins of a domain and takes their first reading. The preferred one counts (MSR before MMIO)
 * as long as it can be read and advances. As every twin has counted from the start, another one takes
 * over from the moment at which the first was last good: nothing is counted twice, and nothing is lost unless
 * the other one was away at that moment, or has lost something since: then all from there to now is missing.
 */
export function openDomain(host: Host, source: Source, now: Seconds): Domain {
  const zones = source.zones.map((zone) => ({ zone, limits: findLimits(host, zone) }));
  const counters = zones.map(({ zone, limits }) => openCounter(host, zone, limits, now));
  const [only] = counters;
  /** What every twin had counted when the one in use was last good. */
  let marks = counters.map(() => 0);
  let markedAt: Seconds = now;
  /** Which cannot tell what came since: they were away then, or have lost something since. */
  let isBlind = counters.map(() => false);
  /** Start of what is missing because the twin that took over cannot tell it. */
  let lost: Seconds | undefined;
  let used = 0;
  let carried = 0;

  const mark = (at: Seconds): void => {
    marks = counters.map((counter) => counter.joules());
    isBlind = counters.map((counter) => counter.measuredUntil() !== at);
    markedAt = at;
  };
  const grown = (index: number): boolean => (counters[index]?.joules() ?? 0) > (marks[index] ?? 0);
  const isGood = (index: number, at: Seconds): boolean => {
    const counter = counters[index];
    return counter?.measuredUntil() === at && counter.lostSince() === undefined;
  };
  const findBetter = (good: boolean, at: Seconds): number =>
    counters.findIndex(
      (_, index) => index !== used && isGood(index, at) && (!good || grown(index)),
    );
  const choose = (at: Seconds): void => {
    const good = isGood(used, at);
    const isWaiting = good && !grown(used) && at - markedAt < STALLED;
    if (isWaiting) return;
    const next = good && grown(used) ? -1 : findBetter(good, at);
    if (next >= 0) {
      const blind = isBlind[next] === true;
      if (blind) lost = markedAt;
      const from = blind ? counters[next]?.joules() : marks[next];
      carried += (counters[used]?.joules() ?? 0) - (from ?? 0);
      used = next;
    }
    if (counters[used]?.measuredUntil() === at) mark(at);
  };
  const readTwins = (at: Seconds): Outcome => {
    const outcomes = counters.map((counter) => counter.read(at));
    for (const [index, counter] of counters.entries()) {
      if (counter.lostSince() !== undefined) isBlind[index] = true;
    }
    lost = undefined;
    choose(at);
    return outcomes[used] ?? 'failed';
  };

  return {
    name: source.name,
    longestInterval: () => halfOf(shortest(zones.map(({ limits }) => shortestWrap(limits())))),
    read: only && counters.length === 1 ? only.read : readTwins,
    joules: () => joules(carried + (counters[used]?.joules() ?? 0)),
    measuredUntil: () => counters[used]?.measuredUntil(),
    lostSince: () => lost ?? counters[used]?.lostSince(),
    coverGap: (at) => counters[used]?.coverGap(at),
    isOpen: () => counters.every((counter) => counter.isOpen()),
    failing: () => {
      const counter = counters[used];
      const errno = counter?.errno();
      return counter && errno !== undefined ? { path: counter.path, errno } : undefined;
    },
    close: () => {
      for (const counter of counters) counter.close();
    },
  };
}

/** Read once, unless the range could not be read. */
function findLimits(host: Host, zone: Zone): () => CounterLimits {
  let found: CounterLimits | undefined;
  return () => {
    if (found?.range === undefined) {
      const maxPower = highestPower(readLimits(host, zone), socketTdp(host));
      found = { range: readRange(host, zone), maxPower };
    }
    return found;
  };
}

function openCounter(
  host: Host,
  zone: Zone,
  limits: () => CounterLimits,
  now: Seconds,
): KeptCounter {
  const isSame = (): boolean => {
    const read = host.read(`${zone.path}/name`);
    const name = read.ok ? read.value.trim() : undefined;
    return name !== undefined && (zone.name === undefined ? isPackage(name) : name === zone.name);
  };
  return keepCounter({ host, path: `${zone.path}/energy_uj`, limits, isSame }, now);
}

const halfOf = (time: Seconds | undefined): Seconds | undefined =>
  time === undefined ? undefined : seconds(time / 2);
