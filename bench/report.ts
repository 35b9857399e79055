import { cpus } from 'node:os';
import type { ReferenceFigures } from './reference.ts';
import type { SampleCosts } from './sampling.ts';
import { median, quantile } from './statistics.ts';

export interface Figures {
  readonly samples: SampleCosts;
  /** Milliseconds: what every program with OpenTelemetry loads, and our root beyond it. */
  readonly imports: readonly { readonly base: number; readonly root: number }[];
  readonly starts: readonly Start[];
  /** Milliseconds of CPU each. */
  readonly collections: { readonly warm: readonly number[]; readonly apart: readonly number[] };
  readonly memory: { readonly overSdk: Memory; readonly overBare: Memory };
  /** Milliseconds of CPU a second. */
  readonly cpu: { readonly sdk: number; readonly ours: number };
  readonly reference: ReferenceFigures;
  /** Mebibytes of heap after the first and the last hour. */
  readonly day: { readonly first: number; readonly last: number };
  /** Megabytes. */
  readonly installed: number;
}

/** Mebibytes. */
export interface Memory {
  readonly heap: number;
  readonly rss: number;
}

/** Milliseconds. */
export interface Start {
  readonly setup: number;
  readonly first: number;
  readonly block: number;
}

interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** At most this. */
  readonly bar?: number;
  readonly reference?: number;
}

/** The table of bench/RESULTS.md. */
export function report(figures: Figures): string {
  const lines = rows(figures).map(line);
  return `# What measuring costs

Written by \`npm run bench\`; medians unless a quantile is named. Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'CPU'},
a simulated RAPL tree of two sockets with DRAM. CPU means user and system time of the whole process, all threads.
CodeCarbon 3.3.2 was measured in the same run on the same tree (\`measure_power_secs=1\`, no network, no output).

| what | here | bar | CodeCarbon | CodeCarbon / here |
|---|---:|---:|---:|---:|
${lines.join('\n')}
`;
}

function rows({
  samples,
  imports,
  starts,
  memory,
  collections,
  cpu,
  reference,
  day,
  installed,
}: Figures): Row[] {
  const perSecond = cpu.ours - cpu.sdk;
  return [
    {
      what: 'one sample, back to back, p50',
      value: median(samples.backToBack),
      unit: 'µs',
      bar: 50,
    },
    {
      what: 'one sample, back to back, p99',
      value: quantile(samples.backToBack, 0.99),
      unit: 'µs',
      bar: 100,
    },
    { what: 'one sample, a second apart, p50', value: median(samples.secondApart), unit: 'µs' },
    {
      what: 'one sample, a second apart, p99',
      value: quantile(samples.secondApart, 0.99),
      unit: 'µs',
    },
    {
      what: 'CPU a second over the SDK alone, all in',
      value: perSecond,
      unit: 'ms',
      bar: 0.3,
      reference: reference.cpuMillisPerSecond,
    },
    {
      what: 'the same, at most a fifth of CodeCarbon',
      value: perSecond,
      unit: 'ms',
      bar: reference.cpuMillisPerSecond / 5,
    },
    {
      what: 'set-up until the first figure',
      value: median(starts.map(({ first }) => first)),
      unit: 'ms',
      bar: 50,
      reference: reference.startMillis,
    },
    {
      what: 'set-up, synchronous part',
      value: median(starts.map(({ setup }) => setup)),
      unit: 'ms',
      bar: 5,
    },
    {
      what: 'longest block of the event loop',
      value: median(starts.map(({ block }) => block)),
      unit: 'ms',
      bar: 5,
      reference: reference.startMillis,
    },
    {
      what: 'import of the root, beyond OpenTelemetry',
      value: median(imports.map(({ root }) => root)),
      unit: 'ms',
      bar: 15,
      reference: reference.importMillis,
    },
    {
      what: 'import of what of OpenTelemetry every program has',
      value: median(imports.map(({ base }) => base)),
      unit: 'ms',
    },
    {
      what: 'collection with emissions, back to back, p50',
      value: median(collections.warm),
      unit: 'ms',
      bar: 0.2,
    },
    {
      what: 'collection with emissions, back to back, p99',
      value: quantile(collections.warm, 0.99),
      unit: 'ms',
    },
    {
      what: 'collection with a fresh sample, 60 ms apart, p50',
      value: median(collections.apart),
      unit: 'ms',
    },
    { what: 'heap over the SDK alone', value: memory.overSdk.heap, unit: 'MiB', bar: 5 },
    { what: 'heap over bare Node', value: memory.overBare.heap, unit: 'MiB' },
    {
      what: 'resident memory over the SDK alone',
      value: memory.overSdk.rss,
      unit: 'MiB',
      reference: reference.memoryMebibytes,
    },
    { what: 'resident memory over bare Node', value: memory.overBare.rss, unit: 'MiB' },
    {
      what: 'heap after 24 simulated hours, over the first hour',
      value: day.last - day.first,
      unit: 'MiB',
      bar: 0.5,
    },
    { what: 'installed, beyond OpenTelemetry', value: installed, unit: 'MB', bar: 8 },
  ];
}

function line({ what, value, unit, bar, reference }: Row): string {
  const verdict =
    bar === undefined
      ? ''
      : `${bar <= 0.5 ? bar.toFixed(2) : round(bar)} ${value <= bar ? '✓' : '✗'}`;
  const beside = reference === undefined ? '' : `${round(reference)} ${unit}`;
  const ratio = reference === undefined ? '' : `${round(reference / value)}`;
  return `| ${what} | ${round(value)} ${unit} | ${verdict} | ${beside} | ${ratio} |`;
}

const round = (value: number): string =>
  Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : value.toFixed(2);
