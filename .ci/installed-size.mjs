// node installed-size.mjs <limit in MB>: what node_modules holds beyond @opentelemetry/* and their own dependencies.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = 'opentelemetry-instrumentation-codecarbon';
const limit = Number(process.argv[2]);

const tree = JSON.parse(
  execFileSync('npm', ['ls', '--all', '--json', '--long'], { maxBuffer: 1e8 }),
);
const ours = new Set();
collect(tree.dependencies[PACKAGE]);

const sizes = [...ours].map((path) => ({ path, megabytes: sizeOf(path) / 1e6 }));
for (const { path, megabytes } of sizes) console.log(`${megabytes.toFixed(2)} MB ${path}`);
const total = sizes.reduce((sum, { megabytes }) => sum + megabytes, 0);
console.log(`${total.toFixed(2)} MB in all; at most ${limit}`);
process.exit(total <= limit ? 0 : 1);

/** A package and what it depends on, except what OpenTelemetry brings. */
function collect({ path, name, dependencies = {} }) {
  if (name?.startsWith('@opentelemetry/') || path === undefined) return;
  ours.add(path);
  for (const dependency of Object.values(dependencies)) collect(dependency);
}

function sizeOf(path) {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => join(path, entry.name))
    .reduce((sum, child) => {
      const found = statSync(child);
      return sum + (found.isDirectory() ? sizeOf(child) : found.size);
    }, 0);
}
