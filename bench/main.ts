import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { repeatCase, runCase } from './cases.ts';
import { heapOverADay } from './flatness.ts';
import { type RaplTree, raplTree } from './rapl-tree.ts';
import { referenceFigures } from './reference.ts';
import { type Figures, type Memory, type Round, report, type Start } from './report.ts';
import { sampleCosts } from './sampling.ts';
import { median } from './statistics.ts';

/** `npm run bench`: what this package itself costs, beside CodeCarbon in the same run. Takes about twelve minutes. */
const ROUNDS = 3;
/** The program exports once a minute: measured is the second minute, from 5 s after one export to 5 s after the next. */
const WARM_UP_SECONDS = 65;
const RUN_SECONDS = 60;
const TICKS_SECONDS = 185;

execFileSync(process.execPath, ['node_modules/tsdown/dist/run.mjs'], { stdio: 'ignore' });
const tree = raplTree();
try {
  const text = report(await measure(tree));
  writeFileSync('bench/RESULTS.md', text);
  console.log(text);
} finally {
  tree.remove();
}

async function measure(tree: RaplTree): Promise<Figures> {
  const { sys, powercap } = tree;
  tree.countEvery(5);
  say('start');
  const starts = { silent: await startsOf(sys, 'silent'), ours: await startsOf(sys, 'ours') };
  tree.countEvery(1000);
  say('samples');
  const samples = sampleCosts(sys);
  const ticks = await runCase<Figures['ticks']>(sys, 'ticks', [`${TICKS_SECONDS}`]);
  say('import, collections');
  const imports = await repeatCase<Figures['imports'][number]>(15, sys, 'import');
  const collections = await runCase<Figures['collections']>(sys, 'collect');
  say('memory');
  const memory = await memoryOver(sys);
  say('CPU a second, and CodeCarbon');
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await runAll(sys, powercap));
  say('24 simulated hours');
  const day = await heapOverADay();
  return { samples, ticks, imports, starts, collections, memory, rounds, day, ...installed() };
}

function startsOf(sys: string, variant: string): Promise<readonly Start[]> {
  return repeatCase<Start>(7, sys, 'start', [variant]);
}

/** All programs at once, CodeCarbon too: what else the machine does disturbs them alike. */
async function runAll(sys: string, powercap: string): Promise<Round> {
  const of = async (variant: string) => {
    const args = [variant, `${RUN_SECONDS}`, `${WARM_UP_SECONDS}`];
    return (await runCase<{ cpu: number }>(sys, 'run', args)).cpu;
  };
  const [sdk, timer, reads, ours, reference] = await Promise.all([
    of('sdk'),
    of('timer'),
    of('reads'),
    of('ours'),
    referenceFigures(powercap, RUN_SECONDS, WARM_UP_SECONDS),
  ]);
  return { timer: timer - sdk, reads: reads - sdk, ours: ours - sdk, reference };
}

async function memoryOver(sys: string): Promise<Figures['memory']> {
  const of = async (variant: string) => {
    const rows = await repeatCase<Memory>(5, sys, 'memory', [variant]);
    return { heap: median(rows.map(({ heap }) => heap)), rss: median(rows.map(({ rss }) => rss)) };
  };
  const bare = await of('bare');
  const sdk = await of('sdk');
  const ours = await of('ours');
  const over = (base: Memory): Memory => ({
    heap: ours.heap - base.heap,
    rss: ours.rss - base.rss,
  });
  return { overSdk: over(sdk), overBare: over(bare) };
}

function installed(): Pick<Figures, 'installed'> {
  const lines = execFileSync(process.execPath, ['scripts/installed-size.mjs'], {
    encoding: 'utf8',
  });
  return { installed: Number.parseFloat(lines.trimEnd().split('\n').at(-1) ?? '') };
}

function say(what: string): void {
  console.error(`measuring: ${what} …`);
}
