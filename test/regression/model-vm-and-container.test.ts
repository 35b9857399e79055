import { describe, expect, it } from 'vitest';
import { cpuModelProbe } from '../../src/probes/cpu-model/index.ts';
import { ramModelProbe } from '../../src/probes/ram-model/index.ts';
import { loadedMachine, meminfo, x86CpuInfo } from '../probes/cpu-model.fixtures.ts';

// Specification, section 12, rows "VM" and "RAM in a container".
describe('a small part of a large server', () => {
  it('VM: its vCPUs are counted, not the whole socket’s TDP', () => {
    const files = {
      '/proc/cpuinfo': x86CpuInfo({
        name: 'Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz',
        model: 85,
        stepping: 7,
        threads: 2,
        flags: 'hypervisor',
      }),
      '/proc/meminfo': meminfo(4),
    };
    const { host, run } = loadedMachine(2, { files });
    const opened = cpuModelProbe.open(host, {});
    if (opened.outcome !== 'ok') throw new Error(opened.why);
    opened.sensor.read(host.now());
    const { channels } = opened.sensor.read(run(100, 1));
    const watts = channels.reduce((sum, { joules }) => sum + joules / 100, 0);
    // Two vCPUs of Cascade Lake at full load; the socket's TDP is 240 W.
    expect(watts).toBeCloseTo(2 * 4.06, 6);
  });

  it('RAM in a container: its limit is counted, not the host’s 3 TB', () => {
    const files = {
      '/proc/cpuinfo': x86CpuInfo({ threads: 128 }),
      '/proc/meminfo': meminfo(3000),
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${2 ** 34}\n`,
      '/sys/fs/cgroup/memory.current': `${2 ** 33}\n`,
      '/sys/fs/cgroup/memory.stat': 'inactive_file 0\n',
    };
    const { host } = loadedMachine(128, { files });
    const opened = ramModelProbe.open(host, {});
    if (opened.outcome !== 'ok') throw new Error(opened.why);
    opened.sensor.read(host.now());
    const reading = opened.sensor.read(host.clock.advance(100));
    expect(reading.channels[0]).toMatchObject({ method: 'per_gb_model' });
    expect((reading.channels[0]?.joules ?? 0) / 100).toBeCloseTo(16 * 0.392, 9);
    expect(reading.load).toEqual({ ramUsed: 8, ramTotal: 16 });
  });
});
