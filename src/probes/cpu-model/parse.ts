/** What `/proc/cpuinfo` says of a machine; undefined where it says nothing. */
export interface CpuInfo {
  /** `model name`, as it stands. */
  readonly modelName: string | undefined;
  readonly vendor: string | undefined;
  readonly family: number | undefined;
  readonly model: number | undefined;
  readonly stepping: number | undefined;
  /** ARM: who made the core (0x41 is Arm itself), and which core it is. */
  readonly implementer: number | undefined;
  readonly part: number | undefined;
  /** ARM boards: `Raspberry Pi 4 Model B Rev 1.4`. */
  readonly board: string | undefined;
  /** Logical CPUs listed. */
  readonly processors: number;
  /** Distinct `physical id`; 1 where none is stated. */
  readonly sockets: number;
  /** Flag `hypervisor` (x86): the CPU says itself that it is a virtual one. */
  readonly hypervisor: boolean;
}

/** Reads `/proc/cpuinfo` (kernel: arch/x86/kernel/cpu/proc.c, arch/arm64/kernel/cpuinfo.c). */
export function parseCpuInfo(text: string): CpuInfo {
  // A server's file is hundreds of kilobytes: all but the counts stands in the first block, the board in the last.
  const head = text.slice(0, text.search(/\n\s*\n/) + 1 || undefined);
  return {
    modelName: fieldOf(head, 'model name'),
    vendor: fieldOf(head, 'vendor_id'),
    family: numberOf(fieldOf(head, 'cpu family')),
    model: numberOf(fieldOf(head, 'model')),
    stepping: numberOf(fieldOf(head, 'stepping')),
    implementer: numberOf(fieldOf(head, 'CPU implementer')),
    part: numberOf(fieldOf(head, 'CPU part')),
    board: fieldOf(text.slice(-2048), 'Model'),
    processors: text.match(/^processor[ \t]*:/gm)?.length ?? 0,
    sockets: new Set(text.match(/^physical id[ \t]*:.*$/gm)).size || 1,
    hypervisor: /\bhypervisor\b/.test(fieldOf(head, 'flags') ?? ''),
  };
}

function fieldOf(block: string, key: string): string | undefined {
  return new RegExp(`^${key}[ \\t]*:[ \\t]*(\\S.*)$`, 'm').exec(block)?.[1]?.trim();
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** Cumulative CPU time of all CPUs together since boot, in whatever unit the source counts. */
export interface CpuTicks {
  readonly busy: number;
  readonly total: number;
}

/**
 * Reads the first line of `/proc/stat` (proc(5)): user nice system idle iowait irq softirq steal guest guest_nice.
 * Busy is what ran here: idle and iowait are not. Steal is time that the hypervisor gave to others: the
 * machine was not busy with it, but the time passed, so it counts in the total. Guest time stands
 * in user and nice already, and is left out. undefined for any other text.
 */
export function parseStat(text: string): CpuTicks | undefined {
  if (!text.startsWith('cpu ')) return undefined;
  const fields = numbersOf(text, 'cpu '.length);
  const [user = 0, nice = 0, system = 0, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    fields;
  if (idle === undefined) return undefined;
  const busy = user + nice + system + irq + softirq;
  return { busy, total: busy + idle + iowait + steal };
}

const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

/** Whole numbers from a place to the end of its line. Scanned by hand: it runs at every sample. */
function numbersOf(text: string, from: number): readonly number[] {
  const numbers: number[] = [];
  let value = -1;
  for (let at = from; at <= text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      value = Math.max(0, value) * 10 + code - ZERO;
      continue;
    }
    if (value >= 0) numbers.push(value);
    value = -1;
    if (code !== SPACE) break;
  }
  return numbers;
}
