import { describe, expect, it } from 'vitest';
import { localHost } from '../../src/host.ts';
import { machineFacts } from '../../src/probes/facts.ts';
import { type FixtureTree, fixtureHost } from '../support/fixture-host.ts';
import { armCpuInfo, meminfo, x86CpuInfo } from './cpu-model.fixtures.ts';

const DEBIAN = '#!/bin/bash\n  echo "ldd (Debian GLIBC 2.36-9+deb12u8) 2.36"\n';
const UPSTREAM = `  printf $"ldd (GNU libc) 2.34\n"`;
const UBUNTU = `    printf 'ldd (%s%s) %s\n' "Ubuntu GLIBC 2.39-0ubuntu8.3" 2.39\n`;
const MUSL = '#!/bin/sh\nexec /lib/ld-musl-x86_64.so.1 --list -- "$@"\n';
const LINUX = {
  '/proc/cpuinfo': x86CpuInfo({ name: '12th Gen Intel(R) Core(TM) i7-12700K  ', threads: 20 }),
  '/proc/meminfo': meminfo(31.25),
  '/usr/bin/ldd': DEBIAN,
};

const facts = (files: FixtureTree, options = {}) =>
  machineFacts(fixtureHost({ files, ...options }));

describe('operating system, as Python’s platform.platform() names it', () => {
  it.each([
    [DEBIAN, 'x64', 'Linux-6.1.0-x86_64-with-glibc2.36'],
    [UPSTREAM, 'arm64', 'Linux-6.1.0-aarch64-with-glibc2.34'],
    [UBUNTU, 'x64', 'Linux-6.1.0-x86_64-with-glibc2.39'],
    [MUSL, 'x64', 'Linux-6.1.0-x86_64-with-musl'],
    ['garbage', 'riscv64', 'Linux-6.1.0-riscv64'],
  ])('Linux with %j on %s', (ldd, arch, os) => {
    expect(facts({ ...LINUX, '/usr/bin/ldd': ldd }, { arch }).os).toBe(os);
  });

  it('Linux without ldd leaves the library out', () => {
    expect(facts({}).os).toBe('Linux-6.1.0-x86_64');
  });

  it.each([
    ['win32', 'x64', '10.0.22631', 'Windows-11-10.0.22631-SP0'],
    ['win32', 'x64', '10.0.19045', 'Windows-10-10.0.19045-SP0'],
    ['win32', 'x64', '10.0.20348', 'Windows-2022Server-10.0.20348-SP0'],
    ['darwin', 'arm64', '23.1.0', 'macOS-14-arm64-arm-64bit'],
    ['darwin', 'x64', '20.6.0', 'macOS-11-x86_64-i386-64bit'],
    ['freebsd', 'x64', '14.0', 'freebsd-14.0-x64'],
  ])('%s %s %s is %s', (platform, arch, release, os) => {
    expect(facts({}, { platform, arch, release }).os).toBe(os);
  });

  it('macOS states its version in a list', () => {
    const list = '<dict>\n<key>ProductVersion</key>\n\t<string>15.1.1</string>\n</dict>';
    const files = { '/System/Library/CoreServices/SystemVersion.plist': list };
    const { os } = facts(files, { platform: 'darwin', arch: 'arm64', release: '24.1.0' });
    expect(os).toBe('macOS-15.1.1-arm64-arm-64bit');
  });
});

describe('machine', () => {
  it('states CPU and memory', () => {
    expect(facts(LINUX)).toMatchObject({
      cpuCount: 20,
      cpuModel: '12th Gen Intel(R) Core(TM) i7-12700K',
      ramTotal: 31.25,
    });
  });

  it('states the limit of a container as its memory', () => {
    const files = { ...LINUX, '/sys/fs/cgroup/memory.max': `${2 ** 31}\n` };
    expect(facts(files).ramTotal).toBe(2);
  });

  it('names an ARM core, of which cpuinfo states a number only', () => {
    const files = { '/proc/cpuinfo': armCpuInfo('0xd0c', 2) };
    expect(facts(files, { arch: 'arm64', cpuModel: 'unknown' }).cpuModel).toBe('Neoverse-N1');
  });

  it('leaves out what is unknown', () => {
    const host = fixtureHost({ memory: { total: 0, free: 0 }, cpuModel: 'unknown', cpuCount: 3 });
    expect(machineFacts(host)).toEqual({ os: 'Linux-6.1.0-x86_64', cpuCount: 3 });
  });

  it.each([
    ['darwin', 'Apple M1'],
    ['win32', 'Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz'],
  ])('%s: as the system states it', (platform, cpuModel) => {
    const options = { platform, cpuModel, cpuCount: 8, memory: { total: 16, free: 1 } };
    expect(facts({}, options)).toMatchObject({ cpuModel, cpuCount: 8, ramTotal: 16 });
  });

  it.runIf(process.platform === 'linux')('is this one, found in less than 50 ms', () => {
    const host = localHost();
    const start = host.now();
    const found = machineFacts(host);
    expect(host.now() - start).toBeLessThan(0.05);
    expect(found.os).toMatch(/^Linux-/);
    expect(found.cpuCount).toBe(host.cpuCount());
  });
});

describe('no GPU', () => {
  const pci = (...devices: readonly (readonly [kind: string, vendor: string])[]): FixtureTree =>
    Object.fromEntries(
      devices.flatMap(([kind, vendor], index) => [
        [`/sys/bus/pci/devices/0000:00:0${index}.0/class`, `${kind}\n`],
        [`/sys/bus/pci/devices/0000:00:0${index}.0/vendor`, `${vendor}\n`],
      ]),
    );
  const BRIDGE = ['0x060000', '0x8086'] as const;

  it.each([
    ['no display at all', pci(BRIDGE, ['0x020000', '0x1af4']), 0],
    ['the graphics of a server’s board', pci(BRIDGE, ['0x030000', '0x1a03']), 0],
    ['a virtual display', pci(BRIDGE, ['0x030000', '0x1234']), 0],
    ['NVIDIA without a display', pci(BRIDGE, ['0x030200', '0x10de']), undefined],
    ['AMD', pci(BRIDGE, ['0x030000', '0x1002']), undefined],
    ['AMD, an accelerator', pci(BRIDGE, ['0x120000', '0x1002']), undefined],
    ['Intel', pci(BRIDGE, ['0x038000', '0x8086']), undefined],
    ['no listing', {}, undefined],
    ['an empty listing', { '/sys/bus/pci/devices': { directory: true } }, undefined],
    ['a listing that is denied', { '/sys/bus/pci/devices': { errno: 'EACCES' } }, undefined],
    [
      'a device that is denied',
      { ...pci(BRIDGE, BRIDGE), '/sys/bus/pci/devices/0000:00:01.0/class': { errno: 'EACCES' } },
      undefined,
    ],
    [
      'a board with a device tree',
      { ...pci(BRIDGE), '/sys/firmware/devicetree/base/model': 'Jetson' },
      undefined,
    ],
  ] as const)('%s: %s', (_, files, count) => {
    expect(facts(files).gpuCount).toBe(count);
  });
});
