import type { Host } from '../../host.ts';
import { once } from '../../once.ts';
import { watts } from '../../units.ts';
import { type CpuLimit, cpuLimit, memoryLimit } from '../cgroup.ts';
import { cpuInfo } from '../cpu-info.ts';
import type { Opened, Probe, ProbeOptions, Problem } from '../probe.ts';
import { machineMemory } from '../ram-model/parse.ts';
import { type LoadMeter, loadMeter } from './load-meter.ts';
import { groupLoad, hostLoad } from './load-source.ts';
import { choosePowerModel } from './power.ts';
import { modelSensor } from './sensor.ts';

/**
 * Energy of the CPU from its load, where no counter tells, and the load itself for all who need it.
 * Reads `/proc/stat` (proc(5)) at every sample, or `cpu.stat` of the container beside it;
 * `/proc/cpuinfo`, `/sys/class/dmi/id` and `/proc/meminfo` once.
 */
export const cpuModelProbe: Probe = {
  id: 'cpu-model',
  description: 'CPU (in a virtual machine memory, too) from its load: watts per vCPU, or TDP',
  components: ['cpu', 'ram'],
  open,
};

function open(host: Host, options: ProbeOptions): Opened {
  const cpus = once(() => cpuInfo(host).processors || host.cpuCount());
  const memory = once(() => machineMemory(host));
  const load = hostLoad(host, cpus);
  const forced = options.forceCpuPower;
  if (!load.ok && forced === undefined) return unreadable(host, load.errno);
  const isLimited = options.powerModels !== 'codecarbon';
  const cpu = isLimited ? cpuLimit(host, cpus) : undefined;
  const { container, problems } = openContainer(host, cpu);
  const limit = container && cpu;
  const model = once(() => {
    const held = isLimited ? memoryLimit(host, memory) : undefined;
    const size = { threads: cpus(), limit, memory: held?.limit ?? memory() };
    return choosePowerModel(host, { cpu: cpuInfo(host), ...size }, options);
  });
  const shape = (share: number): number => model().shape?.(share) ?? share;
  const machine = load.ok ? loadMeter(load.value, shape) : undefined;
  const power = forced === undefined ? undefined : watts(forced);
  const isReplayable = host.platform === 'linux';
  const sensor = modelSensor({
    model,
    machine,
    container,
    problems,
    forced: power,
    isReplayable,
  });
  return { outcome: 'ok', sensor };
}

/** The container's own load. Where it cannot be read its limit says nothing, and the whole machine is taken. */
function openContainer(
  host: Host,
  cpu: CpuLimit | undefined,
): { readonly container: LoadMeter | undefined; readonly problems: readonly Problem[] } {
  if (cpu === undefined) return { container: undefined, problems: [] };
  const load = groupLoad(host, cpu);
  if (load.ok) return { container: loadMeter(load.value), problems: [] };
  const why = `${cpu.usagePath}: ${load.errno}, so the whole machine is counted, not the container`;
  return { container: undefined, problems: [{ why }] };
}

function unreadable(host: Host, errno: string): Opened {
  const path = host.platform === 'linux' ? host.proc('stat') : 'the load of the CPUs';
  if (errno === 'EACCES' || errno === 'EPERM') {
    const remedy = `let this user read ${path}, or mount it and set HOST_PROC`;
    return { outcome: 'denied', why: `${path}: ${errno}`, remedy };
  }
  const outcome = errno === 'ENOENT' || errno === 'ENOSYS' ? 'absent' : 'failed';
  return { outcome, why: `${path}: ${errno}, so the load of the CPU is unknown` };
}
