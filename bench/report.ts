import { cpus } from 'node:os';
import type { ReferenceFigures } from './reference.ts';
import { median, quantile } from './statistics.ts';

export interface Figures {
  /** Microseconds of CPU of a sample back to back. */
  readonly samples: readonly number[];
  /** Of every sample of a program that does nothing else. */
  readonly ticks: readonly Tick[];
  /** Milliseconds: what every program with OpenTelemetry loads, and our root beyond it. */
  readonly imports: readonly { readonly base: number; readonly root: number }[];
  /** With an instrumentation that observes nothing, and with ours. */
  readonly starts: { readonly silent: readonly Start[]; readonly ours: readonly Start[] };
  /** Milliseconds of CPU each. */
  readonly collections: { readonly warm: readonly number[]; readonly apart: readonly number[] };
  readonly memory: { readonly overSdk: Memory; readonly overBare: Memory };
  readonly rounds: readonly Round[];
  /** Mebibytes of heap after the first and the last hour. */
  readonly day: { readonly first: number; readonly last: number };
  /** Megabytes. */
  readonly installed: number;
}

/** Milliseconds of CPU a second over the SDK alone, and CodeCarbon's figures at the same time. */
export interface Round {
  /** A timer that does nothing once a second. */
  readonly timer: number;
  /** One that only reads the files that measuring reads. */
  readonly reads: number;
  readonly ours: number;
  readonly reference: ReferenceFigures;
}

/** A sample that the timer took. */
export interface Tick {
  /** Microseconds. */
  readonly cpu: number;
  /** Milliseconds for which the event loop stood still. */
  readonly block: number;
}

/** Mebibytes. */
export interface Memory {
  readonly heap: number;
  readonly rss: number;
}

/** Milliseconds. */
export interface Start {
  readonly setup: number;
  /** Missing where nothing is observed. */
  readonly first?: number;
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
CodeCarbon 3.3.2 was measured in the same run on the same tree (\`measure_power_secs=1\`, no network, no output); CPU a second at
the same time. How busy the machine was otherwise shows in the timer that does nothing: 0.1 ms a second where nobody else is,
and everything that is done after a pause costs more in proportion.${crowded(figures)}

| what | here | bar | CodeCarbon | CodeCarbon / here |
|---|---:|---:|---:|---:|
${lines.join('\n')}
`;
}

/** CPU for measuring once a second, ms a second. */
const CPU_BAR = 0.3;

/** Says so where no program that wakes up once a second could have met that bar. */
function crowded({ rounds }: Figures): string {
  const idle = median(rounds.map(({ timer }) => timer));
  if (idle <= CPU_BAR) return '';
  return ` In this run it
was ${round(idle)} ms, more than all of measuring may cost: compare with that row.`;
}

function rows({
  samples,
  ticks,
  imports,
  starts,
  memory,
  collections,
  rounds,
  day,
  installed,
}: Figures): Row[] {
  const middle = <Each>(list: readonly Each[], of: (each: Each) => number) => median(list.map(of));
  const reference = (of: (figures: ReferenceFigures) => number) =>
    middle(rounds, (round) => of(round.reference));
  const overSilent = (of: (start: Start) => number) =>
    middle(starts.ours, of) - middle(starts.silent, of);
  const cpu = middle(rounds, ({ ours }) => ours);
  const referenceCpu = reference(({ cpuMillisPerSecond }) => cpuMillisPerSecond);
  const referenceStart = reference(({ startMillis }) => startMillis);
  return [
    {
      what: 'one sample, back to back, p50',
      value: median(samples),
      unit: 'µs',
      bar: 50,
    },
    {
      what: 'one sample, back to back, p99',
      value: quantile(samples, 0.99),
      unit: 'µs',
      bar: 100,
    },
    {
      what: 'one sample, a second apart, to be worked out later, p50',
      value: middle(ticks, ({ cpu: each }) => each),
      unit: 'µs',
    },
    {
      what: 'the event loop, when all samples of a minute are worked out, p50',
      value: median(longestOf(ticks)),
      unit: 'ms',
      bar: 5,
    },
    {
      what: 'CPU a second over the SDK alone, in a program that sleeps',
      value: cpu,
      unit: 'ms',
      bar: CPU_BAR,
      reference: referenceCpu,
    },
    {
      what: 'the same, at most a fifth of CodeCarbon',
      value: cpu,
      unit: 'ms',
      bar: referenceCpu / 5,
    },
    {
      what: 'of it, what a timer costs that does nothing',
      value: middle(rounds, ({ timer }) => timer),
      unit: 'ms',
    },
    {
      what: 'of it, what a timer costs that only reads the same files',
      value: middle(rounds, ({ reads }) => reads),
      unit: 'ms',
    },
    {
      what: 'set-up until the first figure',
      value: middle(starts.ours, ({ first = Number.NaN }) => first),
      unit: 'ms',
      bar: 50,
      reference: referenceStart,
    },
    {
      what: 'set-up, synchronous, over an instrumentation that observes nothing',
      value: overSilent(({ setup }) => setup),
      unit: 'ms',
      bar: 5,
      reference: referenceStart,
    },
    {
      what: 'longest block of the event loop after it, over the same',
      value: overSilent(({ block }) => block),
      unit: 'ms',
      bar: 5,
    },
    {
      what: 'set-up of SDK and instrumentation when nothing is observed',
      value: middle(starts.silent, ({ setup }) => setup),
      unit: 'ms',
    },
    {
      what: 'import of the root, beyond OpenTelemetry',
      value: middle(imports, ({ root }) => root),
      unit: 'ms',
      bar: 15,
      reference: reference(({ importMillis }) => importMillis),
    },
    {
      what: 'import of what of OpenTelemetry every program has',
      value: middle(imports, ({ base }) => base),
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
      reference: reference(({ memoryMebibytes }) => memoryMebibytes),
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

/** Those that had others to work out, one a minute. */
const longestOf = (ticks: readonly Tick[]): readonly number[] =>
  ticks
    .map(({ block }) => block)
    .toSorted((one, other) => other - one)
    .slice(0, Math.floor(ticks.length / 60));
