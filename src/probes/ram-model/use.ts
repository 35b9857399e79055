import type { Host, KeptFile } from '../../host.ts';
import type { MemoryLimit } from '../cgroup.ts';
import { MEMINFO_HEAD, type Memory, parseGroupUse, parseMeminfo } from './parse.ts';

/** How much memory is in use now; undefined while that cannot be read. */
export interface MemoryMeter {
  read(): Memory | undefined;
  close(): void;
}

/** The machine's memory: `/proc/meminfo`, or the operating system where there is none. */
export function hostMemory(host: Host): MemoryMeter {
  if (host.platform !== 'linux') return { read: () => systemMemory(host), close: () => {} };
  const file = keptFile(host, host.proc('meminfo'));
  return {
    read: () => {
      const text = file.read(MEMINFO_HEAD);
      return text === undefined ? undefined : parseMeminfo(text);
    },
    close: file.close,
  };
}

/** The memory of a control group with a limit. */
export function groupMemory(host: Host, group: MemoryLimit): MemoryMeter {
  const current = keptFile(host, group.currentPath);
  const stat = keptFile(host, group.statPath);
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
  read(limit?: number): string | undefined;
  close(): void;
}

/** A file that is kept open, and opened again when a read fails. */
function keptFile(host: Host, path: string): Text {
  let file: KeptFile | undefined;
  return {
    read: (limit) => {
      if (file === undefined) {
        const opened = host.open(path);
        if (!opened.ok) return undefined;
        file = opened.value;
      }
      const text = file.read(limit);
      if (text.ok) return text.value;
      file.close();
      file = undefined;
      return undefined;
    },
    close: () => {
      file?.close();
      file = undefined;
    },
  };
}
