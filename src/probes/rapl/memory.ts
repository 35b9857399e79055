import { type Joules, joules, type Seconds, seconds } from '../../units.ts';
import { SHORTEST_INTERVAL } from '../counter.ts';
import { createLosses } from '../losses.ts';
import { LONGEST_GAP } from '../probe.ts';
import type { Sum, Summand } from '../summed.ts';

/** A package and its DRAM. */
export interface Socket {
  readonly package: Summand;
  readonly dram: Summand;
}

/** What a socket had counted when its DRAM was last seen to advance with it. */
interface Mark {
  readonly package: number;
  readonly dram: number;
  readonly at: Seconds;
}

const markOf = (socket: Socket, at: Seconds): Mark => ({
  package: socket.package.joules(),
  dram: socket.dram.joules(),
  at,
});

/** DRAM has advanced, or its package has not either. */
const isLevel = ({ package: whole, dram }: Socket, mark: Mark): boolean =>
  dram.joules() > mark.dram || whole.joules() <= mark.package;

/**
 * The DRAM counters of all sockets as one measurement of memory (specification, section 4 "DRAM").
 * Complete only when the DRAM of every socket was read and has advanced, unless its package stood as
 * well; otherwise the total stands still, and what came meanwhile is added when it is complete again
 * within 10 s. After that a model has taken over, and it is dropped.
 */
export function createMemory(sockets: () => readonly Socket[]): Sum {
  const losses = createLosses();
  const marks = new Map<Socket, Mark>();
  let measuredUntil: Seconds | undefined;
  let absent = false;
  let complete = 0;
  let dropped = 0;

  const isAlive = (socket: Socket, now: Seconds): boolean => {
    if (socket.dram.measuredUntil() !== now) return false;
    if (socket.dram.lostSince() !== undefined) return true;
    const mark = marks.get(socket);
    // Package and DRAM do not move at the same moment.
    return mark === undefined || isLevel(socket, mark) || now - mark.at < SHORTEST_INTERVAL;
  };
  const accept = (now: Seconds, counted: readonly Socket[]): void => {
    const sum = counted.reduce((total, { dram }) => total + dram.joules(), 0);
    for (const socket of counted) {
      const since = socket.dram.lostSince();
      if (since !== undefined && !absent) losses.add(since, now);
      const mark = marks.get(socket);
      if (mark === undefined || isLevel(socket, mark)) marks.set(socket, markOf(socket, now));
    }
    if (absent) dropped += sum - complete;
    absent = false;
    complete = sum;
    measuredUntil = now;
  };
  return {
    update: (now) => {
      const counted = sockets();
      if (counted.every((socket) => isAlive(socket, now))) accept(now, counted);
      else if (measuredUntil === undefined || now - measuredUntil > LONGEST_GAP) absent = true;
    },
    joules: (): Joules => joules(complete - dropped),
    measuredUntil: () => measuredUntil,
    lost: losses.total,
    lostInPart: () => seconds(0),
    // Memory stands still as a whole while one socket's is missing: somebody else covers the gap.
    isWaiting: () => false,
    settle: () => undefined,
    miss: losses.add,
  };
}
