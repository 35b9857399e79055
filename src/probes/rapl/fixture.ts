import type { FixtureFile, ProbeFixture } from '../fixture.ts';

/** A power zone as a test wants it. */
export interface ZoneFixture {
  readonly name: string;
  /** µJ now. */
  readonly energy: number | string;
  /** µJ at which it begins again; default the 262 kJ of Intel, undefined for none. */
  readonly range?: number | string | undefined;
  /** Power limits in W. */
  readonly limits?: readonly number[];
}

const VIRTUAL = '/sys/devices/virtual/powercap';
const CLASS = '/sys/class/powercap';

/** Range of 2^32 - 1 units of 61 µJ, as Intel servers have it. */
export const INTEL_RANGE = 262_143_328_850;
/** The same with AMD's unit of 15.3 µJ. */
export const AMD_RANGE = 65_532_610_987;

/** Path of a zone's counter, through the class directory. */
export const counterOf = (id: string): string => `${CLASS}/${id}/energy_uj`;

/** The directory that a zone's link points to. */
export function directoryOf(id: string): string {
  const [type = '', ...numbers] = id.split(':');
  const parents = numbers.map((_, index) => [type, ...numbers.slice(0, index + 1)].join(':'));
  return [VIRTUAL, type, ...parents].join('/');
}

/** The powercap tree of a machine: `{ 'intel-rapl:0': { name: 'package-0', energy: 5 } }`. */
export function powercapTree(
  zones: Readonly<Record<string, ZoneFixture>>,
): Readonly<Record<string, FixtureFile>> {
  const files: Record<string, FixtureFile> = {};
  for (const [id, zone] of Object.entries(zones)) {
    const type = id.slice(0, id.indexOf(':'));
    files[`${VIRTUAL}/${type}/enabled`] = '1\n';
    files[`${CLASS}/${type}`] = { link: `../../devices/virtual/powercap/${type}` };
    files[`${CLASS}/${id}`] = { link: `../..${directoryOf(id).slice('/sys'.length)}` };
    for (const [name, text] of Object.entries(zoneFiles(zone))) {
      files[`${directoryOf(id)}/${name}`] = `${text}\n`;
    }
  }
  return files;
}

function zoneFiles(zone: ZoneFixture): Readonly<Record<string, string | number>> {
  const range = 'range' in zone ? zone.range : INTEL_RANGE;
  const limits = (zone.limits ?? []).map((limit, index) => [
    `constraint_${index}_power_limit_uw`,
    limit * 1e6,
  ]);
  return {
    name: zone.name,
    enabled: 0,
    energy_uj: zone.energy,
    ...(range === undefined ? {} : { max_energy_range_uj: range }),
    ...Object.fromEntries(limits),
  };
}

const START = { 'intel-rapl:0': 5_000_000, 'intel-rapl:1': 7_000_000 };
const DRAM_START = { 'intel-rapl:0:0': 1_000_000, 'intel-rapl:1:0': 2_000_000 };
const WATTS = { 'intel-rapl:0': 80, 'intel-rapl:1': 60, 'intel-rapl:0:0': 6, 'intel-rapl:1:0': 4 };

/** Two sockets with DRAM: 140 W and 10 W. */
export const fixture: ProbeFixture = {
  files: powercapTree({
    'intel-rapl:0': { name: 'package-0', energy: START['intel-rapl:0'], limits: [150, 180] },
    'intel-rapl:0:0': { name: 'dram', energy: DRAM_START['intel-rapl:0:0'] },
    'intel-rapl:0:1': { name: 'core', energy: 99 },
    'intel-rapl:1': { name: 'package-1', energy: START['intel-rapl:1'], limits: [150, 180] },
    'intel-rapl:1:0': { name: 'dram', energy: DRAM_START['intel-rapl:1:0'] },
  }),
  after: (seconds) =>
    Object.fromEntries(
      Object.entries({ ...START, ...DRAM_START }).map(([id, start]) => [
        counterOf(id),
        `${start + WATTS[id as keyof typeof WATTS] * seconds * 1e6}\n`,
      ]),
    ),
  watts: { cpu: 140, ram: 10 },
  vital: [counterOf('intel-rapl:0'), counterOf('intel-rapl:1')],
};
