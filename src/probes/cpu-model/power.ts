import type { Host } from '../../host.ts';
import type { Method } from '../../semconv.ts';
import { type Gibibytes, type Watts, watts } from '../../units.ts';
import type { CpuLimit } from '../cgroup.ts';
import type { ProbeOptions } from '../probe.ts';
import { memoryPower } from '../ram-model/dimm.ts';
import { armCoreName } from './arm-cores.ts';
import type { CpuInfo } from './parse.ts';
import { machineTdp } from './tdp.ts';
import { vcpuWatts } from './vcpu-watts.ts';
import { virtualisation } from './virtual.ts';

/** Power of a machine by its load: `idle + dynamic · shape(load)`. */
export interface PowerModel {
  readonly method: Method;
  readonly idle: Watts;
  readonly dynamic: Watts;
  /** What load counts as; left out for a linear model. */
  readonly shape?: (load: number) => number;
  /** The most of it that is the memory's, in W, where the model includes memory. */
  readonly memory?: Watts;
  readonly found: string;
  readonly facts: Readonly<Record<string, string>>;
}

/** What is modelled: a machine, or the part of it that a container has. */
export interface Subject {
  readonly cpu: CpuInfo;
  /** Logical CPUs of the machine. */
  readonly threads: number;
  /** CPUs of the container, where it has a limit. */
  readonly limit: CpuLimit | undefined;
  /** Memory of the machine, or of the container. */
  readonly memory: Gibibytes;
}

/** The model for a machine without counters: a VM's vCPUs, or a share of the CPU's TDP. */
export function choosePowerModel(
  host: Host,
  subject: Subject,
  { powerModels }: ProbeOptions,
): PowerModel {
  if (powerModels === 'codecarbon') return codecarbonModel(host, subject);
  const { virtual, amazon } = virtualisation(host, subject.cpu);
  return virtual ? vcpuModel(subject, amazon) : tdpModel(host, subject);
}

/** GB of memory per vCPU that the watts per vCPU include. */
const MEMORY_PER_VCPU = 2.5;

/**
 * Virtual machine: T = n·w(load) + 0.392·max(0, GB − 2.5·n), memory included
 * (specification, section 4; figures of Cloud Carbon Footprint).
 */
function vcpuModel({ cpu, threads, limit, memory }: Subject, amazon: boolean): PowerModel {
  const count = limit?.cpus ?? threads;
  const { idle, full, row, source } = vcpuWatts(cpu, amazon);
  const beyond = Math.max(0, memory - MEMORY_PER_VCPU * count) as Gibibytes;
  return {
    method: 'vcpu_model',
    idle: watts(count * idle + memoryPower(beyond)),
    dynamic: watts(count * (full - idle)),
    memory: memoryPower(memory),
    found: `virtual machine: ${tidy(count)} vCPUs of ${idle} to ${full} W (${row}, ${source})`,
    facts: { vcpu_source: source, vcpu_row: row },
  };
}

/** Share of the TDP that an idle CPU takes; load adds the rest. */
const IDLE_SHARE = 0.1;

/** Bare metal: TDP·(0.1 + 0.9·load); of a container the TDP of its share of the CPUs. */
function tdpModel(host: Host, subject: Subject): PowerModel {
  const { cpu, threads, limit } = subject;
  const name = cpuName(host, cpu);
  const tdp = machineTdp(name, cpu.sockets, threads);
  const power = limit === undefined ? tdp.watts : (tdp.watts * limit.cpus) / threads;
  const part = limit === undefined ? '' : `, ${tidy(limit.cpus)} of ${threads} CPUs`;
  return {
    method: 'load_model',
    idle: watts(power * IDLE_SHARE),
    dynamic: watts(power * (1 - IDLE_SHARE)),
    found: `${name ?? 'unknown CPU'}: TDP ${tidy(tdp.watts)} W (${tdp.source})${part}`,
    facts: { tdp_source: tdp.source },
  };
}

/** CodeCarbon 3.3's machine mode: TDP·(0.1 + 0.9·load³), with no regard to VMs and containers. */
function codecarbonModel(host: Host, { cpu, threads, memory }: Subject): PowerModel {
  const whole = tdpModel(host, { cpu, threads, memory, limit: undefined });
  return { ...whole, shape: (load) => load ** 3 };
}

/** The name under which a table may know the CPU. */
function cpuName(host: Host, cpu: CpuInfo): string | undefined {
  return cpu.modelName ?? boardCore(cpu) ?? host.cpuModel();
}

/** The table's figures for bare Cortex cores are those of the Raspberry Pi that carries four of them. */
function boardCore(cpu: CpuInfo): string | undefined {
  return cpu.board?.startsWith('Raspberry Pi') ? armCoreName(cpu) : undefined;
}

const tidy = (value: number): string => String(Math.round(value * 100) / 100);
