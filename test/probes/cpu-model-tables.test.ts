import { describe, expect, it } from 'vitest';
import { cpuNameKey } from '../../src/probes/cpu-model/cpu-name.ts';
import { parseCpuInfo } from '../../src/probes/cpu-model/parse.ts';
import { machineTdp, tdpOf } from '../../src/probes/cpu-model/tdp.ts';
import { TDP_TABLE } from '../../src/probes/cpu-model/tdp-table.ts';
import { vcpuWatts } from '../../src/probes/cpu-model/vcpu-watts.ts';
import { armCpuInfo, x86CpuInfo } from './cpu-model.fixtures.ts';

describe('TDP by name', () => {
  it.each([
    ['12th Gen Intel(R) Core(TM) i7-12700K', 190],
    ['Intel(R) Core(TM) i7-12700K', 190],
    ['AMD EPYC 7763 64-Core Processor', 280],
    ['Intel(R) Xeon(R) Platinum 8275CL CPU @ 3.00GHz', 240],
    ['Intel(R) Xeon(R) CPU E5-2620 v3 @ 2.40GHz', 85],
    ['Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz', 145],
    ['INTEL(R) XEON(R) PLATINUM 8592+', 350],
    ['Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz', 130],
    ['Intel(R) Core(TM) Ultra 7 155H', 28],
    ['Intel(R) N100', 6],
    ['AMD Ryzen 7 7840U w/ Radeon 780M Graphics', 28],
    ['AMD Ryzen 5 2400G with Radeon Vega Graphics', 65],
    ['AMD Ryzen AI 9 HX 370 w/ Radeon 890M', 28],
    ['AMD Ryzen Threadripper 1950X 16-Core Processor', 180],
    ['AMD Ryzen Threadripper PRO 3995WX 64-Cores', 280],
    ['AMD FX(tm)-8350 Eight-Core Processor            ', 125],
    ['AMD A10-7850K Radeon R7, 12 Compute Cores 4C+8G', 95],
    ['Apple M1', 10],
    ['Apple M2 Pro', 35],
    ['Cortex-A72', 7.5],
  ])('%s takes %f W', (name, power) => {
    expect(tdpOf(name)).toBe(power);
  });

  it.each([
    'AMD EPYC',
    'Apple M1 Ultra',
    'Intel Xeon Processor (Skylake, IBRS)',
    '',
    ' ',
    '=',
    'a',
  ])('%j is unknown, not the nearest', (name) => expect(tdpOf(name)).toBeUndefined());

  it('states every model under the key that a look-up makes, once, with a plausible power', () => {
    const lines = TDP_TABLE.trim().split('\n');
    const keys = lines.map((line) => line.split('=')[0] ?? '');
    expect(keys.filter((key) => cpuNameKey(key) !== key)).toEqual([]);
    expect(new Set(keys).size).toBe(lines.length);
    expect(lines.length).toBeGreaterThan(4700);
    const powers = lines.map((line) => Number(line.split('=')[1]));
    expect(powers.filter((power) => !(power > 0 && power <= 1000))).toEqual([]);
  });

  it('multiplies by the sockets, and takes 4 W a thread of all sockets for an unknown name', () => {
    expect(machineTdp('AMD EPYC 7763 64-Core Processor', 2, 256)).toEqual({
      watts: 560,
      source: 'table',
    });
    expect(machineTdp('Mystery 9000', 2, 48)).toEqual({ watts: 192, source: 'generic' });
    expect(machineTdp(undefined, 1, 8)).toEqual({ watts: 32, source: 'generic' });
  });
});

describe('watts per vCPU by the identity of the CPU', () => {
  const of = (vendor: string, family: number, model: number, stepping = 1) =>
    vcpuWatts(parseCpuInfo(x86CpuInfo({ vendor, family, model, stepping })), false);

  // The figures stand in specification section 13; models as lscpu prints them on machines of those clouds.
  it.each([
    ['GenuineIntel', 6, 45, 7, 2.21, 8.63, 'table'],
    ['GenuineIntel', 6, 62, 4, 1.71, 5.56, 'table'],
    ['GenuineIntel', 6, 63, 2, 1.86, 5.6, 'table'],
    ['GenuineIntel', 6, 79, 1, 0.71, 3.69, 'table'],
    ['GenuineIntel', 6, 85, 3, 0.61, 4.1, 'table'],
    ['GenuineIntel', 6, 85, 4, 0.61, 4.1, 'table'],
    ['GenuineIntel', 6, 85, 7, 0.69, 4.06, 'table'],
    ['GenuineIntel', 6, 85, 11, 0.69, 4.06, 'nearest'],
    ['GenuineIntel', 6, 158, 10, 1.14, 5.42, 'table'],
    ['GenuineIntel', 6, 106, 6, 0.77, 3.76, 'table'],
    ['GenuineIntel', 6, 143, 8, 1.04, 4.16, 'table'],
    ['GenuineIntel', 6, 207, 2, 0.81, 4.48, 'table'],
    ['GenuineIntel', 6, 173, 1, 0.58, 2.53, 'table'],
    ['AuthenticAMD', 23, 1, 2, 0.85, 2.6, 'table'],
    ['AuthenticAMD', 23, 49, 0, 0.47, 1.69, 'table'],
    ['AuthenticAMD', 25, 1, 1, 0.46, 1.96, 'table'],
    ['AuthenticAMD', 25, 17, 1, 0.74, 2.28, 'table'],
    ['AuthenticAMD', 25, 160, 2, 0.74, 2.28, 'table'],
    ['AuthenticAMD', 26, 2, 1, 0.74, 2.28, 'nearest'],
    ['AuthenticAMD', 25, 33, 0, 0.74, 3.5, 'generic'],
    ['GenuineIntel', 6, 999, 0, 0.74, 3.5, 'generic'],
    ['GenuineIntel', 15, 45, 0, 0.74, 3.5, 'generic'],
    ['HygonGenuine', 24, 0, 1, 0.74, 3.5, 'generic'],
  ])('%s %i/%i/%i takes %f to %f W (%s)', (vendor, family, model, stepping, idle, full, source) => {
    expect(of(vendor, family, model, stepping)).toMatchObject({ idle, full, source });
  });

  it('takes the row of the 4th generation for EPYC of the 5th, and says so', () => {
    expect(of('AuthenticAMD', 26, 2)).toMatchObject({ row: 'epyc_4th_gen', source: 'nearest' });
  });

  it.each([
    ['0xd0c', 'Graviton 2'],
    ['0xd40', 'Graviton 3'],
    ['0xd4f', 'Graviton 4'],
  ])('ARM core %s is %s on Amazon, and only like it elsewhere', (part) => {
    const cpu = parseCpuInfo(armCpuInfo(part, 4));
    expect(vcpuWatts(cpu, true)).toMatchObject({ idle: 0.47, full: 1.69, source: 'table' });
    expect(vcpuWatts(cpu, false)).toMatchObject({ row: 'graviton', source: 'nearest' });
  });

  it('knows nothing of an empty cpuinfo', () => {
    expect(vcpuWatts(parseCpuInfo(''), false)).toMatchObject({ row: 'generic', source: 'generic' });
  });
});
