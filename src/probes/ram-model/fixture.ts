import type { ProbeFixture } from '../fixture.ts';

const meminfo = (available: number): string =>
  `MemTotal: 32700000 kB\nMemFree: 1000000 kB\nMemAvailable: ${available} kB\n`;

/** 32 GiB, of which the kernel counts 31.2: four DIMMs of 5 W. */
export const fixture: ProbeFixture = {
  files: { '/proc/meminfo': meminfo(16_350_000), '/proc/self/cgroup': '0::/user.slice\n' },
  after: (seconds) => ({ '/proc/meminfo': meminfo(Math.round(16_350_000 - seconds * 1000)) }),
  watts: { ram: 20 },
  vital: ['/proc/meminfo'],
  always: true,
};
