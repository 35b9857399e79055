import { setTimeout as pause } from 'node:timers/promises';
import { localHost } from '../src/host.ts';
import { openMachine } from '../src/measure/machine.ts';
import { PROBES } from '../src/probes/index.ts';

/** Microseconds of CPU for one sample of all probes of this machine, with a simulated RAPL tree. */
export interface SampleCosts {
  readonly backToBack: readonly number[];
  readonly secondApart: readonly number[];
}

const WARM_UP = 2000;
const BACK_TO_BACK = 10_000;
const APART = 40;

export async function sampleCosts(sys: string): Promise<SampleCosts> {
  const machine = openMachine(localHost({ sysRoot: sys }), PROBES, {}, SILENT);
  const cost = () => microsecondsOf(machine.sample);
  for (let round = 0; round < WARM_UP; round += 1) cost();
  const backToBack = Array.from({ length: BACK_TO_BACK }, cost);
  const secondApart: number[] = [];
  for (let round = 0; round < APART; round += 1) {
    await pause(1000);
    secondApart.push(cost());
  }
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
