import type { Host, KeptFile } from '../../host.ts';
import { seconds } from '../../units.ts';
import type { MemoryLimit } from '../cgroup.ts';
import { COUNT_LENGTH } from '../counter.ts';
import { MEMINFO_HEAD, type Memory, parseGroupUse, parseMeminfo } from './parse.ts';

/** How much memory is in use now; undefined while that cannot be read. */
export interface MemoryMeter {
  read(): Memory | undefined;
  close(): void;
}

/**
 * Every 5 s, and a little for timers that are late: they are long files for the kernel to make, and no energy is
 * derived from how much is in use.
 */
const REST = seconds(5.5);

/** The machine's memory: `/proc/meminfo`, or the operating system where there is none. */
export function hostMemory(host: Host): MemoryMeter {
  if (host.platform !== 'linux') return { read: () => systemMemory(host), close: () => {} };
  const file = keptFile(host, host.proc('meminfo'), MEMINFO_HEAD);
  return {
    read: () => {
      const text = file.read();
      return text === undefined ? undefined : parseMeminfo(text);
    },
    close: file.close,
  };
}

/** Bytes that hold all of `memory.stat`: 60 to 80 lines of a key and a count, some 2 KiB. */
const MEMORY_STAT = 8192;

/** The memory of a control group with a limit. */
export function groupMemory(host: Host, group: MemoryLimit): MemoryMeter {
  const current = keptFile(host, group.currentPath, COUNT_LENGTH);
  const stat = keptFile(host, group.statPath, MEMORY_STAT);
  return {
    read: () => {
      const held = current.read();
      const parts = stat.read();
      if (held === undefined || parts === undefined) return undefined;
      const used = parseGroupUse(held, parts, group.inactiveKey);
      return used === undefined ? undefined : { used, total: group.limit };
    },
    close: () => {
      current.close();
      stat.close();
    },
  };
}

function systemMemory(host: Host): Memory | undefined {
  const { total, free } = host.memory();
  if (!(total > 0)) return undefined;
  return { total, used: Math.max(0, total - free) as Memory['used'] };
}

interface Text {
  read(): string | undefined;
  close(): void;
}

/** A file that is kept open, and opened again when a read fails. */
function keptFile(host: Host, path: string, limit: number): Text {
  let file: KeptFile | undefined;
  const open = (): KeptFile | undefined => {
    const opened = host.open(path, limit, REST);
    return opened.ok ? opened.value : undefined;
  };
  const close = (): void => {
    file?.close();
    file = undefined;
  };
  file = open();
  return {
    read: () => {
      file ??= open();
      const text = file?.read();
      if (text?.ok && text.value !== '') return text.value;
      close();
      return undefined;
    },
    close,
  };
}
