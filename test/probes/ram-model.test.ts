import { describe, expect, it } from 'vitest';
import { type Host, localHost } from '../../src/host.ts';
import type { ProbeOptions, Sensor } from '../../src/probes/probe.ts';
import { dimmCount, dimmPower, installedSize } from '../../src/probes/ram-model/dimm.ts';
import { ramModelProbe } from '../../src/probes/ram-model/index.ts';
import { parseGroupUse, parseMeminfo } from '../../src/probes/ram-model/parse.ts';
import { gibibytes } from '../../src/units.ts';
import { fixtureHost } from '../support/fixture-host.ts';
import { meminfo } from './cpu-model.fixtures.ts';

function open(host: Host, options: ProbeOptions = {}): Sensor {
  const opened = ramModelProbe.open(host, options);
  if (opened.outcome !== 'ok') throw new Error(opened.why);
  return opened.sensor;
}

function watts(host: ReturnType<typeof fixtureHost>, options: ProbeOptions = {}): number {
  const sensor = open(host, options);
  sensor.read(host.now());
  sensor.read(host.clock.advance(3));
  return (sensor.read(host.clock.advance(7)).channels[0]?.joules ?? Number.NaN) / 10;
}

describe('power by DIMMs', () => {
  // Counted out by hand: DIMM for DIMM, the first four whole, four at 90 %, eight at 80 %, the rest at 70 %.
  const byHand = (count: number, each: number): number => {
    let sum = 0;
    for (let dimm = 1; dimm <= count; dimm++) {
      sum += each * (dimm <= 4 ? 1 : dimm <= 8 ? 0.9 : dimm <= 16 ? 0.8 : 0.7);
    }
    return Math.max(sum, 2 * each);
  };

  it.each([
    [1, 1],
    [2, 1],
    [4, 2],
    [8, 2],
    [16, 2],
    [24, 4],
    [32, 4],
    [64, 4],
    [96, 8],
    [128, 8],
    [192, 12],
    [256, 8],
    [384, 12],
    [512, 8],
    [768, 12],
    [1024, 8],
    [1536, 12],
    [2048, 16],
    [8192, 32],
  ])('%i GiB are %i DIMMs', (size, count) => {
    expect(dimmCount(gibibytes(size))).toBe(count);
    expect(dimmPower(gibibytes(size), false)).toBeCloseTo(byHand(count, 5), 9);
    expect(dimmPower(gibibytes(size), true)).toBeCloseTo(byHand(count, 1.5), 9);
  });

  it.each([
    [0.9, 0.9375],
    [1.93, 2],
    [3.7, 3.75],
    [7.7, 8],
    [15.5, 16],
    [23.54, 24],
    [31.2, 32],
    [62.7, 64],
    [125.6, 128],
    [188.5, 192],
    [251.6, 256],
    [376.4, 384],
    [503.5, 512],
    [755.4, 768],
    [1007.5, 1024],
    [1511, 1536],
    [16, 16],
    [256, 256],
  ])('MemTotal %f GiB is of DIMMs of %f GiB', (memTotal, size) => {
    expect(installedSize(gibibytes(memTotal))).toBeCloseTo(size, 9);
  });
});

describe('models', () => {
  it('a machine takes the power of its DIMMs, constant over time', () => {
    expect(watts(fixtureHost({ files: { '/proc/meminfo': meminfo(31.2) } }))).toBeCloseTo(20, 9);
    expect(watts(fixtureHost({ files: { '/proc/meminfo': meminfo(251.6) } }))).toBeCloseTo(38, 9);
  });

  it('an ARM board takes less', () => {
    const files = { '/proc/meminfo': meminfo(7.7) };
    expect(watts(fixtureHost({ files, arch: 'arm64' }))).toBeCloseTo(3, 9);
  });

  it('a container with a limit takes 0.392 W for each GB of it', () => {
    const files = {
      '/proc/meminfo': meminfo(755),
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${8 * 2 ** 30}\n`,
    };
    expect(watts(fixtureHost({ files }))).toBeCloseTo(8 * 0.392, 9);
    const sensor = open(fixtureHost({ files }));
    expect(sensor.read(localHost().now()).channels[0]?.method).toBe('per_gb_model');
  });

  it("CodeCarbon's takes the host's memory as the kernel counts it", () => {
    const files = {
      '/proc/meminfo': meminfo(251.6),
      '/sys/fs/cgroup/memory.max': `${8 * 2 ** 30}\n`,
    };
    // 251.6 / 8 is below 32, so DIMMs of 16 GiB: 16 of them (codecarbon/external/ram.py of 3.3.2).
    const power = 5 * 4 + 4.5 * 4 + 4 * 8;
    expect(watts(fixtureHost({ files }), { powerModels: 'codecarbon' })).toBeCloseTo(power, 9);
  });

  it('the power that the user states goes before all models; 0 W is a statement, too', () => {
    const files = { '/proc/meminfo': meminfo(64) };
    expect(watts(fixtureHost({ files }), { forceRamPower: 12.5 })).toBeCloseTo(12.5, 9);
    expect(watts(fixtureHost({ files }), { forceRamPower: 0 })).toBe(0);
    const sensor = open(fixtureHost({ files }), { forceRamPower: 3 });
    expect(sensor.read(localHost().now()).channels[0]?.method).toBe('user');
  });

  it.each(['win32', 'darwin'] as const)(
    '%s: size and use as the system states them',
    (platform) => {
      const host = fixtureHost({ platform, memory: { total: 16, free: 6 } });
      expect(watts(host)).toBeCloseTo(10, 9);
      expect(open(host).read(host.now()).load).toEqual({ ramUsed: 10, ramTotal: 16 });
    },
  );

  it('without a size there is no figure', () => {
    const host = fixtureHost({ memory: { total: 0, free: 0 } });
    expect(ramModelProbe.open(host, {})).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining('/proc/meminfo'),
    });
  });
});

describe('memory in use', () => {
  it('is what no new program could get', () => {
    const host = fixtureHost({ files: { '/proc/meminfo': meminfo(16, 12) } });
    const sensor = open(host);
    expect(sensor.read(host.now()).load).toEqual({ ramUsed: 4, ramTotal: 16 });
    host.write('/proc/meminfo', meminfo(16, 10));
    expect(sensor.read(host.clock.advance(1)).load).toEqual({ ramUsed: 6, ramTotal: 16 });
  });

  it.each([
    ['memory.max', 'memory.current', 'inactive_file', '0::/\n', ''],
    [
      'memory.limit_in_bytes',
      'memory.usage_in_bytes',
      'total_inactive_file',
      '5:memory:/docker/x\n',
      '/memory',
    ],
  ])(
    'of a container (%s) is without the cache that can be dropped',
    (max, now, key, cgroup, sub) => {
      const root = `/sys/fs/cgroup${sub}`;
      const host = fixtureHost({
        files: {
          '/proc/meminfo': meminfo(64),
          '/proc/self/cgroup': cgroup,
          [`${root}/${max}`]: `${4 * 2 ** 30}\n`,
          [`${root}/${now}`]: `${3 * 2 ** 30}\n`,
          [`${root}/memory.stat`]: `anon 7\nx_${key} 9\n${key} ${2 ** 30}\nactive_file 5\n`,
        },
      });
      expect(open(host).read(host.now()).load).toEqual({ ramUsed: 2, ramTotal: 4 });
    },
  );

  it.each(['EIO', 'ENODEV', 'empty'])(
    'a failed read (%s) is a gap in use, not in energy',
    (fault) => {
      const host = fixtureHost({ files: { '/proc/meminfo': meminfo(16, 12) } });
      const sensor = open(host);
      sensor.read(host.now());
      if (fault === 'empty') host.write('/proc/meminfo', '');
      else host.fail('/proc/meminfo', fault);
      const gap = sensor.read(host.clock.advance(5));
      expect(gap.outcomes).toEqual(['failed']);
      expect(gap.load).toBeUndefined();
      expect(gap.channels[0]).toMatchObject({ joules: 50, measuredUntil: host.now(), lost: 0 });
      host.write('/proc/meminfo', meminfo(16, 8));
      sensor.read(host.clock.advance(1));
      expect(sensor.read(host.clock.advance(1)).load?.ramUsed).toBe(8);
      sensor.close();
      expect(host.openFiles()).toEqual([]);
    },
  );

  it.each([
    '',
    'MemTotal:',
    'MemTotal: x kB\nMemFree: 1 kB',
    'MemTotal: 0 kB\nMemFree: 0 kB',
    '\0',
  ])('nothing is made of /proc/meminfo %j', (text) => expect(parseMeminfo(text)).toBeUndefined());

  it('kernels without MemAvailable state MemFree', () => {
    const text = 'MemTotal: 2097152 kB\nMemFree: 1048576 kB\nBuffers: 1 kB\n';
    expect(parseMeminfo(text)).toEqual({ total: 2, used: 1 });
  });

  it('a group’s use is never negative, and nothing is made of garbage', () => {
    expect(parseGroupUse('100\n', 'inactive_file 200\n', 'inactive_file')).toBe(0);
    expect(parseGroupUse('', 'inactive_file 200\n', 'inactive_file')).toBeUndefined();
    expect(parseGroupUse('x', '', 'inactive_file')).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('is within the memory of this machine', () => {
    const host = localHost();
    const sensor = open(host);
    const { load, outcomes } = sensor.read(host.now());
    expect(outcomes).toEqual(['first']);
    expect(load?.ramUsed).toBeGreaterThan(0);
    expect(load?.ramUsed).toBeLessThan(load?.ramTotal ?? 0);
    sensor.close();
  });
});
