import type { Host } from '../../host.ts';
import type { Outcome } from '../../semconv.ts';
import { type Seconds, seconds, shortest } from '../../units.ts';
import { type CounterLimits, shortestWrap } from '../counter.ts';
import { socketTdp } from '../cpu-info.ts';
import { type KeptCounter, keepCounter } from '../kept-counter.ts';
import type { Summand } from '../summed.ts';
import { isPackage, type Source } from './layout.ts';
import { highestPower, readLimits, readRange, type Zone } from './parse.ts';
import { type Counted, countTwins } from './twins.ts';

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

/** Opens all counters of a domain. */
export function openDomain(host: Host, source: Source, now: Seconds): Domain {
  const zones = source.zones.map((zone) => ({ zone, limits: findLimits(host, zone) }));
  const counters = zones.map(({ zone, limits }) => openCounter(host, zone, limits, now));
  const [only] = counters;
  const counted = only && counters.length === 1 ? alone(only) : countTwins(counters, now);
  return {
    ...counted,
    name: source.name,
    longestInterval: () => halfOf(shortest(zones.map(({ limits }) => shortestWrap(limits())))),
    isOpen: () => counters.every((counter) => counter.isOpen()),
    failing: () => {
      const counter = counted.used();
      const errno = counter?.errno();
      return counter && errno !== undefined ? { path: counter.path, errno } : undefined;
    },
    close: () => {
      for (const counter of counters) counter.close();
    },
  };
}

const alone = (counter: KeptCounter): Counted => ({ ...counter, used: () => counter });

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
