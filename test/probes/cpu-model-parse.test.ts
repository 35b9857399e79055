import { describe, expect, it } from 'vitest';
import { parseCpuInfo, parseStat } from '../../src/probes/cpu-model/parse.ts';
import { armCpuInfo, x86CpuInfo } from './cpu-model.fixtures.ts';

describe('/proc/stat', () => {
  it('counts as busy neither idle, iowait and steal nor guest time a second time', () => {
    const text = 'cpu  100 20 30 4000 500 6 7 80 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n';
    expect(parseStat(text)).toEqual({ busy: 163, total: 4743 });
  });

  it.each([
    ['cpu  1 2 3 4', { busy: 6, total: 10 }],
    ['cpu  1 2 3 4 5\n', { busy: 6, total: 15 }],
    ['cpu  18446744073709 0 0 1 0 0 0 0 0 0\n', { busy: 18446744073709, total: 18446744073710 }],
  ])('reads %j of older and of long-running kernels', (text, ticks) => {
    expect(parseStat(text)).toEqual(ticks);
  });

  it.each([
    '',
    '\n',
    'cpu',
    'cpu  ',
    'cpu  1 2 3',
    'cpu0 1 2 3 4',
    'cpu  1 2 x 4',
    '\0\0\0',
    'intr 1',
  ])('makes nothing of %j', (text) => expect(parseStat(text)).toBeUndefined());
});

describe('/proc/cpuinfo', () => {
  it('reads the identity of an x86 CPU, its sockets and its threads', () => {
    const text = x86CpuInfo({ name: 'Some CPU', threads: 8, sockets: 2, flags: 'hypervisor' });
    expect(parseCpuInfo(text)).toMatchObject({
      modelName: 'Some CPU',
      vendor: 'GenuineIntel',
      family: 6,
      model: 151,
      stepping: 2,
      processors: 8,
      sockets: 2,
      hypervisor: true,
    });
  });

  it('does not take a flag that contains the word for the flag', () => {
    expect(parseCpuInfo(x86CpuInfo({ flags: 'xhypervisorx' })).hypervisor).toBe(false);
  });

  it('reads the core and the board of an ARM machine', () => {
    const text = armCpuInfo('0xd0b', 4, 'Raspberry Pi 5 Model B Rev 1.0');
    expect(parseCpuInfo(text)).toMatchObject({
      implementer: 0x41,
      part: 0xd0b,
      processors: 4,
      sockets: 1,
      board: 'Raspberry Pi 5 Model B Rev 1.0',
    });
  });

  it.each(['', 'garbage', '\n\n\n', 'processor', 'model name\t:\n', ':::'])(
    'makes nothing of %j',
    (text) => {
      expect(parseCpuInfo(text)).toMatchObject({ modelName: undefined, processors: 0, sockets: 1 });
    },
  );
});
