import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A simulated sysfs in a temporary directory: sockets of 80 W and 40 W, each with DRAM of 10 W. */
export interface RaplTree {
  /** Value for `HOST_SYS`. */
  readonly sys: string;
  /** The directory that CodeCarbon's `rapl_dir` wants. */
  readonly powercap: string;
  /** The counters are written anew after so many milliseconds, from now on. */
  countEvery(millis: number): void;
  remove(): void;
}

const RANGE_MICROJOULES = 262_143_328_850;
const DOMAINS = [
  { path: 'intel-rapl:0', name: 'package-0', watts: 80 },
  { path: 'intel-rapl:0/intel-rapl:0:0', name: 'dram', watts: 10 },
  { path: 'intel-rapl:1', name: 'package-1', watts: 40 },
  { path: 'intel-rapl:1/intel-rapl:1:0', name: 'dram', watts: 10 },
] as const;

/** As the kernel has it: nested below `devices`, with a flat directory of links as the class. */
export function raplTree(): RaplTree {
  const sys = mkdtempSync(join(tmpdir(), 'codecarbon-bench-'));
  const devices = join(sys, 'devices/virtual/powercap/intel-rapl');
  const powercap = join(sys, 'class/powercap');
  mkdirSync(powercap, { recursive: true });
  symlinkSync(devices, join(powercap, 'intel-rapl'));
  for (const { path, name } of DOMAINS) {
    mkdirSync(join(devices, path), { recursive: true });
    writeFileSync(join(devices, path, 'name'), `${name}\n`);
    writeFileSync(join(devices, path, 'max_energy_range_uj'), `${RANGE_MICROJOULES}\n`);
    symlinkSync(join(devices, path), join(powercap, basename(path)));
  }
  // As every kernel has it: without it Node is asked, which takes milliseconds.
  mkdirSync(join(sys, 'devices/system/cpu'), { recursive: true });
  writeFileSync(join(sys, 'devices/system/cpu/online'), `0-${cpus().length - 1}\n`);
  const began = performance.now();
  const count = () => setCounters(devices, (performance.now() - began) / 1e3);
  let timer: NodeJS.Timeout | undefined;
  count();
  return {
    sys,
    powercap,
    countEvery(millis) {
      clearInterval(timer);
      timer = setInterval(count, millis);
    },
    remove() {
      clearInterval(timer);
      rmSync(sys, { recursive: true });
    },
  };
}

function setCounters(devices: string, seconds: number): void {
  for (const { path, watts } of DOMAINS) {
    const microjoules = Math.round(1e9 + watts * 1e6 * seconds);
    writeFileSync(join(devices, path, 'energy_uj'), `${microjoules}\n`);
  }
}
