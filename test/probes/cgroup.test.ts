import { describe, expect, it } from 'vitest';
import { cpuLimit, memoryLimit } from '../../src/probes/cgroup.ts';
import { gibibytes } from '../../src/units.ts';
import { type FixtureTree, fixtureHost } from '../support/fixture-host.ts';

const GIB = 2 ** 30;
const ROOT = '/sys/fs/cgroup';

function limits(files: FixtureTree) {
  const host = fixtureHost({ files });
  return { cpu: cpuLimit(host, () => 8), memory: memoryLimit(host, () => gibibytes(32)) };
}

describe('control groups, version 2', () => {
  it('in a container the mount’s root is its own group', () => {
    const found = limits({
      '/proc/self/cgroup': '0::/\n',
      [`${ROOT}/cpu.max`]: '150000 100000\n',
      [`${ROOT}/memory.max`]: `${4 * GIB}\n`,
    });
    expect(found.cpu).toMatchObject({ cpus: 1.5, usagePath: `${ROOT}/cpu.stat` });
    expect(found.memory).toEqual({
      limit: 4,
      currentPath: `${ROOT}/memory.current`,
      statPath: `${ROOT}/memory.stat`,
      inactiveKey: 'inactive_file',
    });
  });

  it('the lowest limit on the way to the root holds, and its group’s use counts', () => {
    const found = limits({
      '/proc/self/cgroup': '0::/kubepods.slice/pod1/container\n',
      [`${ROOT}/kubepods.slice/cpu.max`]: 'max 100000\n',
      [`${ROOT}/kubepods.slice/memory.max`]: `${30 * GIB}\n`,
      [`${ROOT}/kubepods.slice/pod1/cpu.max`]: '200000 100000\n',
      [`${ROOT}/kubepods.slice/pod1/memory.max`]: 'max\n',
      [`${ROOT}/kubepods.slice/pod1/container/cpu.max`]: '400000 100000\n',
      [`${ROOT}/kubepods.slice/pod1/container/memory.max`]: `${2 * GIB}\n`,
    });
    expect(found.cpu?.usagePath).toBe(`${ROOT}/kubepods.slice/pod1/cpu.stat`);
    expect(found.cpu?.cpus).toBe(2);
    expect(found.memory?.currentPath).toBe(`${ROOT}/kubepods.slice/pod1/container/memory.current`);
    expect(found.memory?.limit).toBe(2);
  });

  it.each(['0::/system.slice/docker-abc.scope\n', '0::/../../other\n', '', 'garbage\n'])(
    'a path that the mount does not show (%j) means the mount’s root',
    (cgroup) => {
      const found = limits({ '/proc/self/cgroup': cgroup, [`${ROOT}/memory.max`]: `${GIB}\n` });
      expect(found.memory).toMatchObject({ limit: 1, currentPath: `${ROOT}/memory.current` });
    },
  );

  it('without /proc/self/cgroup the mount’s root counts', () => {
    expect(limits({ [`${ROOT}/cpu.max`]: '100000 100000\n' }).cpu?.cpus).toBe(1);
  });

  it.each([
    'max 100000\n',
    '',
    'x',
    '0 100000\n',
    '-1 100000\n',
    '800000 100000\n',
    '9000000 100000',
    '1 0',
  ])('cpu.max %j is no limit on a machine with 8 CPUs', (text) =>
    expect(limits({ [`${ROOT}/cpu.max`]: text }).cpu).toBeUndefined(),
  );

  it.each(['max\n', '', 'x', '0\n', '-1\n', `${32 * GIB}\n`, '9223372036854771712\n'])(
    'memory.max %j is no limit on a machine with 32 GiB',
    (text) => expect(limits({ [`${ROOT}/memory.max`]: text }).memory).toBeUndefined(),
  );

  it('reads the use of the CPUs from cpu.stat', () => {
    const { cpu } = limits({ [`${ROOT}/cpu.max`]: '100000 100000\n' });
    expect(cpu?.parseUsage('usage_usec 1500000\nuser_usec 1000000\n')).toBe(1.5);
    expect(cpu?.parseUsage('user_usec 1000000\n')).toBeUndefined();
    expect(cpu?.parseUsage('')).toBeUndefined();
  });

  it('unreadable files are no limit', () => {
    const found = limits({ [ROOT]: { errno: 'EACCES' }, '/proc/self/cgroup': { errno: 'EIO' } });
    expect(found).toEqual({});
  });
});

describe('control groups, version 1', () => {
  const CPU = `${ROOT}/cpu,cpuacct`;
  const v1 = (path: string): string =>
    `12:cpu,cpuacct:${path}\n7:memory:${path}\n3:cpuset:/\n1:name=systemd:${path}\n0::/x\n`;

  it('finds the limits in the directory of each controller', () => {
    const found = limits({
      '/proc/self/cgroup': v1('/docker/abc'),
      [`${CPU}/docker/abc/cpu.cfs_quota_us`]: '50000\n',
      [`${CPU}/docker/abc/cpu.cfs_period_us`]: '100000\n',
      [`${CPU}/docker/abc/cpuacct.usage`]: '2500000000\n',
      [`${CPU}/cpu.cfs_quota_us`]: '-1\n',
      [`${CPU}/cpu.cfs_period_us`]: '100000\n',
      [`${ROOT}/memory/docker/abc/memory.limit_in_bytes`]: `${3 * GIB}\n`,
      [`${ROOT}/memory/memory.limit_in_bytes`]: '9223372036854771712\n',
    });
    expect(found.cpu?.cpus).toBe(0.5);
    expect(found.cpu?.usagePath).toBe(`${CPU}/docker/abc/cpuacct.usage`);
    expect(found.cpu?.parseUsage('2500000000\n')).toBe(2.5);
    expect(found.cpu?.parseUsage('x')).toBeUndefined();
    expect(found.memory).toMatchObject({
      limit: 3,
      currentPath: `${ROOT}/memory/docker/abc/memory.usage_in_bytes`,
      inactiveKey: 'total_inactive_file',
    });
  });

  it('in a container the mount’s root holds the limit', () => {
    const found = limits({
      '/proc/self/cgroup': v1('/docker/abc'),
      [`${CPU}/cpu.cfs_quota_us`]: '200000\n',
      [`${CPU}/cpu.cfs_period_us`]: '100000\n',
      [`${ROOT}/memory/memory.limit_in_bytes`]: `${GIB}\n`,
    });
    expect(found.cpu).toMatchObject({ cpus: 2, usagePath: `${CPU}/cpuacct.usage` });
    expect(found.memory).toMatchObject({ limit: 1 });
  });

  it('hybrid: each controller where it is, the unified tree beside them without controllers', () => {
    const found = limits({
      '/proc/self/cgroup': '4:memory:/a:b\n2:cpuacct:/\n1:cpu:/\n0::/a\n',
      [`${ROOT}/memory/a:b/memory.limit_in_bytes`]: `${GIB}\n`,
      [`${ROOT}/cpu/cpu.cfs_quota_us`]: '100000\n',
      [`${ROOT}/cpu/cpu.cfs_period_us`]: '100000\n',
      [`${ROOT}/cpuacct/cpuacct.usage`]: '1\n',
      [`${ROOT}/unified/a/cgroup.procs`]: '1\n',
    });
    expect(found.cpu).toMatchObject({ cpus: 1, usagePath: `${ROOT}/cpuacct/cpuacct.usage` });
    expect(found.memory?.currentPath).toBe(`${ROOT}/memory/a:b/memory.usage_in_bytes`);
  });

  it('hybrid: a controller that only the unified tree has is found there', () => {
    const found = limits({
      '/proc/self/cgroup': '1:cpu:/\n0::/a\n',
      [`${ROOT}/unified/a/memory.max`]: `${GIB}\n`,
    });
    expect(found.memory?.currentPath).toBe(`${ROOT}/unified/a/memory.current`);
  });
});
