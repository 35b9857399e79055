import type { Host } from '../host.ts';
import type { Gibibytes } from '../units.ts';
import { memoryLimit } from './cgroup.ts';
import { cpuInfo } from './cpu-info.ts';
import { armCoreName } from './cpu-model/arm-cores.ts';
import type { CpuInfo } from './cpu-model/parse.ts';
import { machineMemory } from './ram-model/parse.ts';

/** What does not change in a run, for `codecarbon_info`. Unknown is left out. */
export interface MachineFacts {
  /** As Python's `platform.platform()` prints it: `Linux-6.1.0-x86_64-with-glibc2.36`. */
  readonly os: string;
  /** Logical CPUs of the machine. */
  readonly cpuCount: number;
  readonly cpuModel?: string;
  /** Memory of the machine, or of the container's limit if that is lower. */
  readonly ramTotal?: Gibibytes;
  /** 0 where it is known that there is none; a GPU probe counts those that are there. */
  readonly gpuCount?: 0;
}

/** Reads the facts of a machine: a few small files, once. */
export function machineFacts(host: Host): MachineFacts {
  const cpu = cpuInfo(host);
  const cpuCount = cpu.processors || host.cpuCount();
  const cpuModel = modelName(host, cpu);
  const memory = machineMemory(host);
  const limit = memoryLimit(host, () => memory)?.limit;
  const ramTotal = limit ?? memory;
  return {
    os: platformName(host),
    cpuCount,
    ...(cpuModel !== undefined && { cpuModel }),
    ...(ramTotal > 0 && { ramTotal }),
    ...(hasNoGpu(host) && { gpuCount: 0 }),
  };
}

function modelName(host: Host, cpu: CpuInfo): string | undefined {
  const found = cpu.modelName ?? armCoreName(cpu);
  if (found !== undefined) return found;
  const stated = host.cpuModel()?.trim();
  return stated && stated !== 'unknown' ? stated : undefined;
}

/** Names that Python's `platform.machine()` has for Node's architectures. */
const MACHINES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  linux: { x64: 'x86_64', arm64: 'aarch64', arm: 'armv7l', ia32: 'i686', ppc64: 'ppc64le' },
  darwin: { x64: 'x86_64-i386-64bit', arm64: 'arm64-arm-64bit' },
};

function platformName(host: Host): string {
  const machine = MACHINES[host.platform]?.[host.arch] ?? host.arch;
  if (host.platform === 'linux') return `Linux-${host.release()}-${machine}${libcName(host)}`;
  if (host.platform === 'darwin') return `macOS-${macosVersion(host)}-${machine}`;
  if (host.platform === 'win32')
    return `Windows-${windowsName(host.release())}-${host.release()}-SP0`;
  return `${host.platform}-${host.release()}-${machine}`;
}

/** The script `ldd` is part of the C library and states its name and version. */
function libcName(host: Host): string {
  const text = host.read('/usr/bin/ldd');
  if (!text.ok) return '';
  const glibc = /(?:GLIBC|GNU libc)[^\n]*?\)?["']?\s+(\d+\.\d+)/i.exec(text.value)?.[1];
  if (glibc !== undefined) return `-with-glibc${glibc}`;
  return text.value.includes('musl') ? '-with-musl' : '';
}

/** The system's own list states the version; the kernel's number is 9 above it from 11 to 15. */
function macosVersion(host: Host): string {
  const list = host.read('/System/Library/CoreServices/SystemVersion.plist');
  const stated = /ProductVersion<\/key>\s*<string>([\d.]+)/.exec(list.ok ? list.value : '')?.[1];
  return stated ?? String(Number.parseInt(host.release(), 10) - 9);
}

const WINDOWS_11_BUILD = 22000;
const WINDOWS_SERVER: Readonly<Record<string, string>> = {
  14393: '2016Server',
  20348: '2022Server',
};

function windowsName(release: string): string {
  const build = release.split('.')[2] ?? '';
  return WINDOWS_SERVER[build] ?? (Number(build) >= WINDOWS_11_BUILD ? '11' : '10');
}

/** PCI vendors of GPUs: NVIDIA, AMD, Intel, Moore Threads, and Microsoft's device that stands for one. */
const GPU_VENDORS = ['0x10de', '0x1002', '0x8086', '0x1ed5', '0x1414'];

/**
 * Whether the PCI listing (`/sys/bus/pci/devices`) shows that there is no GPU: no display or 3D controller (class
 * 0x03) of a maker of GPUs and no accelerator (0x12). The small graphics of a server's board are none. Boards with
 * a device tree have graphics beside PCI, so the listing proves nothing there.
 */
function hasNoGpu(host: Host): boolean {
  const devices = host.list(host.sys('bus/pci/devices'));
  if (!devices.ok || devices.value.length === 0) return false;
  if (host.inspect(host.sys('firmware/devicetree/base')) === 'directory') return false;
  return devices.value.every((name) => isNoGpu(host, host.sys(`bus/pci/devices/${name}`)));
}

function isNoGpu(host: Host, device: string): boolean {
  const kind = host.read(`${device}/class`);
  if (!kind.ok || kind.value.startsWith('0x12')) return false;
  if (!kind.value.startsWith('0x03')) return true;
  const vendor = host.read(`${device}/vendor`);
  return vendor.ok && !GPU_VENDORS.includes(vendor.value.trim());
}
