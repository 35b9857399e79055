import { type FixtureHost, type FixtureHostOptions, fixtureHost } from '../support/fixture-host.ts';

/** `/proc/cpuinfo` of an x86 machine: `threads` blocks, spread over the sockets. */
export function x86CpuInfo(about: {
  readonly name?: string;
  readonly vendor?: string;
  readonly family?: number;
  readonly model?: number;
  readonly stepping?: number;
  readonly threads?: number;
  readonly sockets?: number;
  readonly flags?: string;
}): string {
  const threads = about.threads ?? 4;
  const perSocket = threads / (about.sockets ?? 1);
  const block = (index: number): string =>
    [
      `processor\t: ${index}`,
      `vendor_id\t: ${about.vendor ?? 'GenuineIntel'}`,
      `cpu family\t: ${about.family ?? 6}`,
      `model\t\t: ${about.model ?? 151}`,
      ...(about.name === undefined ? [] : [`model name\t: ${about.name}`]),
      `stepping\t: ${about.stepping ?? 2}`,
      `physical id\t: ${Math.floor(index / perSocket)}`,
      `flags\t\t: fpu vme ${about.flags ?? ''} sse2`,
      'bogomips\t: 7219.20',
    ].join('\n');
  return `${Array.from({ length: threads }, (_, index) => block(index)).join('\n\n')}\n\n`;
}

/** `/proc/cpuinfo` of an ARM machine. */
export function armCpuInfo(part: string, threads: number, board?: string): string {
  const block = (index: number): string =>
    `processor\t: ${index}\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: ${part}\nCPU revision\t: 3\n`;
  const blocks = Array.from({ length: threads }, (_, index) => block(index)).join('\n');
  return board === undefined ? blocks : `${blocks}\nRevision\t: c03115\nModel\t\t: ${board}\n`;
}

export const meminfo = (total: number, available = total / 2): string =>
  `MemTotal:       ${total * 2 ** 20} kB\nMemFree:        1024 kB\nMemAvailable:   ${available * 2 ** 20} kB\nBuffers: 7 kB\n`;

/** A machine whose `/proc/stat` follows its clock and a load that the test sets. */
export interface LoadedMachine {
  readonly host: FixtureHost;
  /** Lets time pass at a load from 0 to 1; returns the clock. */
  run(seconds: number, load: number): ReturnType<FixtureHost['now']>;
}

/** A fixture host with `threads` CPUs; ticks are spread over all kinds of busy and idle time. */
export function loadedMachine(
  threads: number,
  options: FixtureHostOptions & { readonly group?: string; readonly groupCpus?: number } = {},
): LoadedMachine {
  const host = fixtureHost(options);
  let busy = 1000;
  let idle = 9000;
  let group = 5_000_000;
  const write = (): void => {
    const [user, system] = [Math.round(busy * 0.75), Math.round(busy * 0.25)];
    host.write(
      '/proc/stat',
      `cpu  ${user} 0 ${system} ${Math.round(idle)} 0 0 0 0 ${user} 0\ncpu0 1 2 3 4\nintr 5\n`,
    );
    if (options.group) {
      host.write(`${options.group}/cpu.stat`, `usage_usec ${Math.round(group)}\nuser_usec 1\n`);
    }
  };
  write();
  return {
    host,
    run: (seconds, load) => {
      busy += seconds * 100 * threads * load;
      idle += seconds * 100 * threads * (1 - load);
      group += seconds * 1e6 * load * (options.groupCpus ?? threads);
      write();
      return host.clock.advance(seconds);
    },
  };
}
