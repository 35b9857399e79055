/**
 * The energy counters of a machine that is not there: a tree as the kernel's powercap framework shows it, for
 * trying things out where no counter can be read. What is measured on it is invented; say so wherever it is shown.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** µJ at which a counter begins again, as Intel's do. */
const RANGE = 262_143_328_850;
const DIGITS = String(RANGE).length;

/**
 * Writes the counters of one package and its memory below `directory`, which HOST_SYS may then name.
 * `advance` moves them by so many joules; nothing moves them by itself.
 */
export function simulateSensors(directory, start = { cpu: 0, ram: 0 }) {
  const zone = join(directory, 'class/powercap/intel-rapl:0');
  const cpu = createZone(zone, 'package-0', start.cpu);
  const ram = createZone(join(zone, 'intel-rapl:0:0'), 'dram', start.ram);
  return {
    advance(joules) {
      cpu.add(joules.cpu);
      ram.add(joules.ram);
    },
    close() {
      cpu.close();
      ram.close();
    },
  };
}

/** Whether a CPU's energy counter can be read below a sysfs root: `/sys`, or the host's in a container. */
export function hasSensors(directory) {
  const powercap = join(directory, 'class/powercap');
  try {
    return readdirSync(powercap).some((zone) => canRead(join(powercap, zone, 'energy_uj')));
  } catch {
    return false;
  }
}

function createZone(directory, name, start) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'name'), `${name}\n`);
  writeFileSync(join(directory, 'max_energy_range_uj'), `${RANGE}\n`);
  const file = openSync(join(directory, 'energy_uj'), 'w');
  let microjoules = 0;
  const add = (joules) => {
    microjoules = (microjoules + Math.round(joules * 1e6)) % RANGE;
    // Always as long as before: a reader never sees half a number.
    writeSync(file, `${String(microjoules).padStart(DIGITS, '0')}\n`, 0);
  };
  add(start);
  return { add, close: () => closeSync(file) };
}

function canRead(path) {
  try {
    const file = openSync(path, 'r');
    try {
      return readSync(file, Buffer.alloc(1)) === 1;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
