import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { repeatCase, runCase } from './cases.ts';
import { heapOverADay } from './flatness.ts';
import { type RaplTree, raplTree } from './rapl-tree.ts';
import { referenceFigures } from './reference.ts';
import { type Figures, type Memory, report, type Start } from './report.ts';
import { sampleCosts } from './sampling.ts';
import { median } from './statistics.ts';

/** `npm run bench`: what this package itself costs, beside CodeCarbon in the same run. Takes about six minutes. */
const RUN_SECONDS = 60;

execFileSync(process.execPath, ['node_modules/tsdown/dist/run.mjs'], { stdio: 'ignore' });
const tree = raplTree();
const began = performance.now();
const counters = setInterval(() => tree.set((performance.now() - began) / 1e3), 100);
try {
  const text = report(await measure(tree));
  writeFileSync('bench/RESULTS.md', text);
  console.log(text);
} finally {
  clearInterval(counters);
  tree.remove();
}

async function measure({ sys, powercap }: RaplTree): Promise<Figures> {
  say('samples');
  const samples = await sampleCosts(sys);
  say('import, start, collections');
  const imports = await repeatCase<Figures['imports'][number]>(15, sys, 'import');
  const starts = await repeatCase<Start>(7, sys, 'start');
  const collections = await runCase<Figures['collections']>(sys, 'collect');
  say('memory');
  const memory = await memoryOver(sys);
  say('CPU a second, and CodeCarbon');
  const cpu = { sdk: await cpuOf(sys, 'sdk'), ours: await cpuOf(sys, 'ours') };
  const reference = await referenceFigures(powercap, RUN_SECONDS);
  say('24 simulated hours');
  const day = await heapOverADay();
  return { samples, imports, starts, collections, memory, cpu, reference, day, ...installed() };
}

/** Three programs at once, and the one in the middle: what else the machine does disturbs them alike. */
async function cpuOf(sys: string, variant: string): Promise<number> {
  const run = () => runCase<{ cpu: number }>(sys, 'run', [variant, `${RUN_SECONDS}`]);
  const rows = await Promise.all([run(), run(), run()]);
  return median(rows.map(({ cpu }) => cpu));
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
