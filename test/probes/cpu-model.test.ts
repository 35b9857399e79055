import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host.ts';
import { localHost } from '../../src/host.ts';
import { cpuModelProbe } from '../../src/probes/cpu-model/index.ts';
import type { Channel, ProbeOptions, Sensor } from '../../src/probes/probe.ts';
import { fixtureHost } from '../support/fixture-host.ts';
import { armCpuInfo, loadedMachine, meminfo, x86CpuInfo } from './cpu-model.fixtures.ts';

const I7 = '12th Gen Intel(R) Core(TM) i7-12700K';
const BARE = {
  '/proc/cpuinfo': x86CpuInfo({ name: I7, threads: 20 }),
  '/proc/meminfo': meminfo(32),
};
const EPYC_VM = (threads: number, memory: number) => ({
  '/proc/cpuinfo': x86CpuInfo({
    vendor: 'AuthenticAMD',
    family: 25,
    model: 17,
    threads,
    flags: 'hypervisor',
  }),
  '/proc/meminfo': meminfo(memory),
});

function open(host: Host, options: ProbeOptions = {}): Sensor {
  const opened = cpuModelProbe.open(host, options);
  if (opened.outcome !== 'ok') throw new Error(opened.why);
  return opened.sensor;
}

const channel = (channels: readonly Channel[], component: string): Channel => {
  const found = channels.find((each) => each.component === component);
  if (found === undefined) throw new Error(`no channel ${component}`);
  return found;
};

describe('bare metal', () => {
  it.each([0, 0.25, 0.5, 1])('at load %f takes TDP·(0.1 + 0.9·load)', (load) => {
    const { host, run } = loadedMachine(20, { files: BARE });
    const sensor = open(host);
    const first = sensor.read(host.now());
    expect(first).toMatchObject({ outcomes: ['first'], channels: [{ joules: 0, lost: 0 }] });
    const now = run(60, load);
    const { channels, load: seen, outcomes } = sensor.read(now);
    expect(outcomes).toEqual(['ok']);
    expect(channels).toHaveLength(1);
    expect(channels[0]).toMatchObject({
      component: 'cpu',
      method: 'load_model',
      measuredUntil: now,
    });
    expect(channels[0]?.joules).toBeCloseTo(60 * 190 * (0.1 + 0.9 * load), 6);
    expect(seen?.cpuBusy).toBeCloseTo(60 * load, 6);
    expect(sensor.facts).toEqual({ tdp_source: 'table' });
  });

  it('is exact over any sequence of loads, whatever the intervals', () => {
    const step = fc.tuple(
      fc.double({ min: 0.1, max: 30, noNaN: true }),
      fc.integer({ min: 0, max: 100 }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 20 }),
        fc.array(fc.boolean()),
        (steps, skip) => {
          // Whole numbers of ticks, so that the file is exact.
          const whole = steps.map(([time, load]) => [Math.ceil(time), load / 100] as const);
          const { host, run } = loadedMachine(20, { files: BARE });
          const sensor = open(host);
          sensor.read(host.now());
          for (const [index, [time, load]] of whole.entries()) {
            const now = run(time, load);
            if (!skip[index] || index === whole.length - 1) sensor.read(now);
          }
          const total = whole.reduce((sum, [time, load]) => sum + time * 19 + time * load * 171, 0);
          expect(sensor.read(host.now()).channels[0]?.joules).toBeCloseTo(total, 4);
        },
      ),
    );
  });

  it('multiplies by the sockets', () => {
    const files = {
      ...BARE,
      '/proc/cpuinfo': x86CpuInfo({
        name: 'AMD EPYC 7763 64-Core Processor',
        threads: 256,
        sockets: 2,
      }),
    };
    const { host, run } = loadedMachine(256, { files });
    const sensor = open(host);
    sensor.read(host.now());
    expect(sensor.read(run(10, 1)).channels[0]?.joules).toBeCloseTo(10 * 2 * 280, 6);
  });

  it('takes 4 W a thread for an unknown CPU, and says so', () => {
    const files = { ...BARE, '/proc/cpuinfo': x86CpuInfo({ name: 'Mystery 9000', threads: 12 }) };
    const { host, run } = loadedMachine(12, { files });
    const sensor = open(host);
    sensor.read(host.now());
    expect(sensor.read(run(10, 1)).channels[0]?.joules).toBeCloseTo(10 * 48, 6);
    expect(sensor.facts).toEqual({ tdp_source: 'generic' });
  });

  it('knows a Raspberry Pi by its board and core', () => {
    const files = {
      ...BARE,
      '/proc/cpuinfo': armCpuInfo('0xd0b', 4, 'Raspberry Pi 5 Model B Rev 1.0'),
    };
    const { host, run } = loadedMachine(4, { files, arch: 'arm64' });
    const sensor = open(host);
    sensor.read(host.now());
    expect(sensor.read(run(100, 0.5)).channels[0]?.joules).toBeCloseTo(100 * 12 * 0.55, 6);
    expect(sensor.facts).toEqual({ tdp_source: 'table' });
  });
});

describe('virtual machine', () => {
  // T = n·(idle + (full − idle)·load) + 0.392·max(0, GB − 2.5·n); RAM min(0.392·GB, T/2), CPU the rest.
  it.each([
    [4, 16, 0],
    [4, 16, 1],
    [2, 4, 0],
    [2, 4, 0.3],
    [2, 4, 1],
    [8, 512, 0.5],
    [1, 0.5, 0.7],
  ])(
    '%i vCPUs, %f GB, load %f: watts per vCPU, split between CPU and RAM',
    (count, memory, load) => {
      const { host, run } = loadedMachine(count, { files: EPYC_VM(count, memory) });
      const sensor = open(host);
      sensor.read(host.now());
      run(40, load);
      const now = run(60, load);
      const { channels } = sensor.read(now);
      const total = count * (0.74 + 1.54 * load) + 0.392 * Math.max(0, memory - 2.5 * count);
      const ram = Math.min(0.392 * memory, total / 2);
      expect(channels.map(({ component, method }) => [component, method])).toEqual([
        ['cpu', 'vcpu_model'],
        ['ram', 'vcpu_model'],
      ]);
      expect(channel(channels, 'ram').joules).toBeCloseTo(100 * ram, 6);
      expect(channel(channels, 'cpu').joules).toBeCloseTo(100 * (total - ram), 6);
      expect(sensor.facts).toEqual({ vcpu_source: 'table', vcpu_row: 'epyc_4th_gen' });
    },
  );

  it('takes 0.74 to 3.5 W for an unknown CPU, and says so', () => {
    const files = { ...BARE, '/proc/cpuinfo': x86CpuInfo({ model: 250, flags: 'hypervisor' }) };
    const { host, run } = loadedMachine(4, { files });
    const sensor = open(host);
    sensor.read(host.now());
    const { channels } = sensor.read(run(10, 1));
    const joules = channels.reduce((sum, each) => sum + each.joules, 0);
    expect(joules).toBeCloseTo(10 * (4 * 3.5 + 0.392 * (32 - 10)), 6);
    expect(sensor.facts).toEqual({ vcpu_source: 'generic', vcpu_row: 'generic' });
  });

  it.each([
    ['sys_vendor', 'Amazon EC2', 'vcpu_model'],
    ['sys_vendor', 'QEMU', 'vcpu_model'],
    ['sys_vendor', 'VMware, Inc.', 'vcpu_model'],
    ['sys_vendor', 'Xen', 'vcpu_model'],
    ['product_name', 'Google Compute Engine', 'vcpu_model'],
    ['product_name', 'Virtual Machine', 'vcpu_model'],
    ['product_name', 'VirtualBox', 'vcpu_model'],
    ['sys_vendor', 'Dell Inc.', 'load_model'],
    ['sys_vendor', 'Microsoft Corporation', 'load_model'],
    ['sys_vendor', 'Google', 'load_model'],
    ['product_name', 'PowerEdge R640', 'load_model'],
  ])('DMI %s %j means %s where the CPU has no flag', (field, value, method) => {
    const files = { ...BARE, [`/sys/class/dmi/id/${field}`]: `${value}\n` };
    const { host } = loadedMachine(20, { files });
    expect(open(host).read(host.now()).channels[0]?.method).toBe(method);
  });

  it.each(['m5.metal', 'c7g.metal-16xl', 'm7i.metal-24xl'])(
    '%s is a machine, not a VM',
    (product) => {
      const files = {
        ...BARE,
        '/sys/class/dmi/id/sys_vendor': 'Amazon EC2\n',
        '/sys/class/dmi/id/product_name': `${product}\n`,
      };
      const { host } = loadedMachine(20, { files });
      expect(open(host).read(host.now()).channels[0]?.method).toBe('load_model');
    },
  );

  it('knows Graviton by DMI and core', () => {
    const files = {
      '/proc/cpuinfo': armCpuInfo('0xd40', 2),
      '/proc/meminfo': meminfo(4),
      '/sys/class/dmi/id/sys_vendor': 'Amazon EC2\n',
    };
    const { host } = loadedMachine(2, { files, arch: 'arm64' });
    expect(open(host).facts).toEqual({ vcpu_source: 'table', vcpu_row: 'graviton' });
  });
});

describe('container with a CPU limit', () => {
  const GROUP = '/sys/fs/cgroup';
  const limited = (files: Record<string, string>, max: string) => ({
    ...files,
    '/proc/self/cgroup': '0::/\n',
    [`${GROUP}/cpu.max`]: max,
  });

  it('takes the TDP of its CPUs and its own load; the machine’s load stays beside it', () => {
    const files = limited(BARE, '200000 100000\n');
    const { host, run } = loadedMachine(20, { files, group: GROUP, groupCpus: 1.5 / 0.5 });
    const sensor = open(host);
    sensor.read(host.now());
    // Machine at 0.5; the group takes 1.5 CPUs of its 2.
    const { channels, load } = sensor.read(run(10, 0.5));
    expect(channels[0]?.joules).toBeCloseTo(10 * ((190 * 2) / 20) * (0.1 + 0.9 * 0.75), 6);
    expect(channels[0]?.busy).toBeCloseTo(7.5, 6);
    expect(load?.cpuBusy).toBeCloseTo(5, 6);
  });

  it('counts its vCPUs and its memory in a VM', () => {
    const files = {
      ...limited(EPYC_VM(8, 64), '50000 100000\n'),
      [`${GROUP}/memory.max`]: `${2 * 2 ** 30}\n`,
    };
    const { host, run } = loadedMachine(8, { files, group: GROUP, groupCpus: 0.5 });
    const sensor = open(host);
    sensor.read(host.now());
    const { channels } = sensor.read(run(10, 1));
    const total = 0.5 * 2.28 + 0.392 * (2 - 2.5 * 0.5);
    expect(channel(channels, 'ram').joules).toBeCloseTo((10 * total) / 2, 6);
    expect(channel(channels, 'cpu').joules).toBeCloseTo((10 * total) / 2, 6);
  });

  it('carries a burst at the start of a period instead of losing it', () => {
    const files = limited(BARE, '100000 100000\n');
    const { host, run } = loadedMachine(20, { files, group: GROUP, groupCpus: 8 });
    const sensor = open(host);
    sensor.read(host.now());
    sensor.read(run(0.0125, 1));
    const { channels } = sensor.read(run(0.0875, 0));
    expect(channels[0]?.busy).toBeCloseTo(0.1, 9);
  });

  it('counts the whole machine where the use of the container cannot be read, and says so', () => {
    const { host } = loadedMachine(20, { files: limited(BARE, '200000 100000\n') });
    const sensor = open(host);
    expect(sensor.problems).toEqual([
      { why: expect.stringContaining('/sys/fs/cgroup/cpu.stat: ENOENT') },
    ]);
    expect(sensor.read(host.now()).channels[0]?.busy).toBeUndefined();
  });
});

describe('power that the user states', () => {
  it('is constant, with the machine’s load beside it', () => {
    const { host, run } = loadedMachine(20, { files: BARE });
    const sensor = open(host, { forceCpuPower: 42 });
    sensor.read(host.now());
    const { channels, load } = sensor.read(run(100, 0.5));
    expect(channels).toMatchObject([{ component: 'cpu', method: 'user' }]);
    expect(channels[0]?.joules).toBeCloseTo(4200, 9);
    expect(load?.cpuBusy).toBeCloseTo(50, 6);
    expect(sensor.facts).toBeUndefined();
  });

  it('needs no load', () => {
    const host = fixtureHost({ files: {} });
    const sensor = open(host, { forceCpuPower: 42 });
    sensor.read(host.now());
    const reading = sensor.read(host.clock.advance(10));
    expect(reading.channels[0]?.joules).toBeCloseTo(420, 9);
    expect(reading.load).toBeUndefined();
  });

  it('leaves the memory of a VM to the model', () => {
    const { host, run } = loadedMachine(4, { files: EPYC_VM(4, 16) });
    const sensor = open(host, { forceCpuPower: 42 });
    sensor.read(host.now());
    const { channels } = sensor.read(run(10, 1));
    expect(channel(channels, 'cpu')).toMatchObject({ method: 'user', joules: 420 });
    const total = 4 * 2.28 + 0.392 * 6;
    expect(channel(channels, 'ram').joules).toBeCloseTo(10 * Math.min(0.392 * 16, total / 2), 6);
  });
});

describe("CodeCarbon's formula", () => {
  it('is cubic in the load of each interval, without regard to VMs and containers', () => {
    const files = {
      ...BARE,
      '/proc/cpuinfo': x86CpuInfo({ name: I7, threads: 20, flags: 'hypervisor' }),
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/cpu.max': '200000 100000\n',
    };
    const { host, run } = loadedMachine(20, { files, group: '/sys/fs/cgroup' });
    const sensor = open(host, { powerModels: 'codecarbon' });
    sensor.read(host.now());
    sensor.read(run(10, 0.5));
    const { channels, load } = sensor.read(run(20, 0.8));
    const joules = 190 * (30 * 0.1 + 0.9 * (10 * 0.5 ** 3 + 20 * 0.8 ** 3));
    expect(channels).toHaveLength(1);
    expect(channels[0]).toMatchObject({ method: 'load_model' });
    expect(channels[0]?.joules).toBeCloseTo(joules, 6);
    expect(load?.cpuBusy).toBeCloseTo(21, 6);
  });
});

describe('without a load there is no figure', () => {
  it.each([
    ['ENOENT', 'absent'],
    ['EACCES', 'denied'],
    ['EIO', 'failed'],
  ])('/proc/stat with %s is %s', (errno, outcome) => {
    const host = fixtureHost({ files: BARE });
    if (errno !== 'ENOENT') host.fail('/proc/stat', errno);
    const opened = cpuModelProbe.open(host, {});
    expect(opened).toMatchObject({ outcome, why: expect.stringContaining(`/proc/stat: ${errno}`) });
    expect('remedy' in opened).toBe(outcome === 'denied');
    expect(host.openFiles()).toEqual([]);
  });

  it.each(['', 'garbage', 'cpu 1 2\n'])('/proc/stat with %j is broken', (text) => {
    const host = fixtureHost({ files: { ...BARE, '/proc/stat': text } });
    expect(cpuModelProbe.open(host, {})).toMatchObject({ outcome: 'failed' });
    expect(host.openFiles()).toEqual([]);
  });

  it('a system that states no CPU times has no model', () => {
    const host = fixtureHost({ platform: 'win32', cpuModel: I7 });
    expect(cpuModelProbe.open(host, {})).toMatchObject({ outcome: 'absent' });
  });
});

describe('other systems', () => {
  it.each([
    ['win32', I7, 20, 190],
    ['darwin', 'Apple M1', 8, 10],
    ['darwin', 'Apple M9 Giga', 8, 32],
  ] as const)(
    '%s, %s: TDP by the name that the system states',
    (platform, cpuModel, cpuCount, tdp) => {
      const times = { busy: 500, total: 8000 };
      const host = fixtureHost({ platform, cpuModel, cpuCount, cpuTimes: times as never });
      const sensor = open(host);
      sensor.read(host.now());
      times.busy += 10 * cpuCount * 0.25;
      times.total += 10 * cpuCount;
      const { channels, load } = sensor.read(host.clock.advance(10));
      expect(channels[0]?.joules).toBeCloseTo(10 * tdp * (0.1 + 0.9 * 0.25), 6);
      expect(load?.cpuBusy).toBeCloseTo(2.5, 6);
    },
  );
});

describe('this machine', () => {
  it.runIf(process.platform === 'linux')('has a model whose power is between idle and full', () => {
    const host = localHost();
    const sensor = open(host);
    const start = host.now();
    sensor.read(start);
    while (host.now() - start < 0.2) Math.sqrt(host.now());
    const now = host.now();
    const { channels, load, outcomes } = sensor.read(now);
    expect(outcomes.every((outcome) => outcome === 'ok')).toBe(true);
    for (const each of channels) expect(each.joules).toBeGreaterThan(0);
    expect(load?.cpuBusy).toBeGreaterThan(0);
    expect(load?.cpuBusy).toBeLessThanOrEqual(now - start + 1e-9);
    sensor.close();
  });
});
