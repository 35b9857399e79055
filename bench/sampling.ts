import { localHost } from '../src/host.ts';
import { openMachine } from '../src/measure/machine.ts';
import { PROBES } from '../src/probes/index.ts';

const WARM_UP = 2000;
const ROUNDS = 10_000;

/** Microseconds of CPU for one sample of all probes of this machine, read and worked out, back to back. */
export function sampleCosts(sys: string): readonly number[] {
  const machine = openMachine({
    host: localHost({ sysRoot: sys }),
    probes: PROBES,
    options: {},
    log: SILENT,
    onOpened: () => undefined,
  });
  for (let round = 0; round < WARM_UP; round += 1) microsecondsOf(machine.sample);
  const costs = Array.from({ length: ROUNDS }, () => microsecondsOf(machine.sample));
  machine.close();
  return costs;
}

const SILENT = { warn: () => undefined, info: () => undefined, debug: () => undefined };

function microsecondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
