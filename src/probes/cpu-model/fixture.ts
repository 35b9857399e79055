import type { ProbeFixture } from '../fixture.ts';

const THREADS = 20;
const TICKS_PER_SECOND = 100;
const LOAD = 0.5;

const block = (index: number): string =>
  [
    `processor\t: ${index}`,
    'vendor_id\t: GenuineIntel',
    'cpu family\t: 6',
    'model\t\t: 151',
    'model name\t: 12th Gen Intel(R) Core(TM) i7-12700K',
    'stepping\t: 2',
    'physical id\t: 0',
    'flags\t\t: fpu vme sse2',
  ].join('\n');

/** `/proc/stat` after some seconds at half load. */
function statAfter(seconds: number): string {
  const busy = Math.round(seconds * TICKS_PER_SECOND * THREADS * LOAD);
  return `cpu  ${4000 + busy} 0 1000 ${50000 + busy} 300 0 20 0 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n`;
}

/** A desktop with a TDP of 190 W at half load: 190 W x (0.1 + 0.9 x 0.5). */
export const fixture: ProbeFixture = {
  files: {
    '/proc/cpuinfo': `${Array.from({ length: THREADS }, (_, index) => block(index)).join('\n\n')}\n\n`,
    '/proc/meminfo': 'MemTotal: 32700000 kB\nMemFree: 1000000 kB\nMemAvailable: 16350000 kB\n',
    '/proc/self/cgroup': '0::/user.slice\n',
    '/proc/stat': statAfter(0),
    '/sys/class/dmi/id/product_name': 'MS-7D32\n',
    '/sys/class/dmi/id/sys_vendor': 'Micro-Star International Co., Ltd.\n',
  },
  after: (seconds) => ({ '/proc/stat': statAfter(seconds) }),
  watts: { cpu: 104.5 },
  vital: ['/proc/stat'],
};
