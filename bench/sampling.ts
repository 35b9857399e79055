import { setTimeout as pause } from 'node:timers/promises';
import { localHost } from '../src/host.ts';
import { openMachine } from '../src/measure/machine.ts';
import { PROBES } from '../src/probes/index.ts';

/** Microseconds of CPU for one sample of all probes of this machine, with a simulated RAPL tree. */
export interface SampleCosts {
  /** Read and worked out. */
  readonly backToBack: readonly number[];
  /** As the timer takes them: read, and every 30 s worked out. */
  readonly secondApart: readonly number[];
}

const WARM_UP = 2000;
const BACK_TO_BACK = 10_000;
const APART = 125;
/** Of these so many fall due, 30 s apart. */
export const BATCHES = 4;

export async function sampleCosts(sys: string): Promise<SampleCosts> {
  const machine = openMachine({
    host: localHost({ sysRoot: sys }),
    probes: PROBES,
    options: {},
    log: SILENT,
    onOpened: () => undefined,
  });
  const whole = () => microsecondsOf(machine.sample);
  // First what a program has that does nothing else: code that is never hot.
  const secondApart: number[] = [];
  for (let round = 0; round < APART; round += 1) {
    await pause(1000);
    secondApart.push(microsecondsOf(machine.tick));
  }
  for (let round = 0; round < WARM_UP; round += 1) whole();
  const backToBack = Array.from({ length: BACK_TO_BACK }, whole);
  machine.close();
  return { backToBack, secondApart };
}

const SILENT = { warn: () => undefined, info: () => undefined, debug: () => undefined };

function microsecondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
