import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `node installed-size.mjs [limit]`, in a project that depends on this package, or in the repository: the
 * megabytes (1e6) of each package beyond OpenTelemetry and what OpenTelemetry brings; the sum is the last line.
 */
const PACKAGE = 'opentelemetry-instrumentation-codecarbon';
const limit = Number(process.argv[2] ?? Number.POSITIVE_INFINITY);

const listed = execFileSync('npm', ['ls', '--all', '--json', '--long', '--omit=dev'], {
  maxBuffer: 1e8,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const project = JSON.parse(listed);
const paths = new Set();
if (project.name === PACKAGE) for (const dependency of dependenciesOf(project)) collect(dependency);
else collect(project.dependencies[PACKAGE]);

let total = project.name === PACKAGE ? sizeOf('dist') / 1e6 : 0;
for (const path of paths) {
  const megabytes = sizeOf(path) / 1e6;
  total += megabytes;
  console.log(`${megabytes.toFixed(2)} MB ${path}`);
}
console.log(`${total.toFixed(2)} MB in all`);
process.exitCode = total <= limit ? 0 : 1;

function collect({ path, name, dependencies, ...rest }) {
  if (path === undefined || name.startsWith('@opentelemetry/') || paths.has(path)) return;
  paths.add(path);
  for (const dependency of dependenciesOf({ dependencies, ...rest })) collect(dependency);
}

function dependenciesOf({ dependencies = {} }) {
  return Object.values(dependencies).filter(({ dev, peer }) => dev !== true && peer !== true);
}

function sizeOf(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? sizeOf(path) : statSync(path).size;
    })
    .reduce((sum, size) => sum + size, 0);
}
