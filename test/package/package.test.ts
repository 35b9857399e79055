import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { exporterEntries } from '../../scripts/entries.ts';
import { createProject, type Output } from '../support/installed.ts';

const project = createProject();
afterAll(() => project.remove());

const consumer = (name: string): string => readFileSync(`test/package/consumer/${name}`, 'utf8');

describe('the package as it is published', () => {
  it.each(['esm.mjs', 'cjs.cjs'])('serves a program: %s', async (name) => {
    project.write(name, consumer(name));
    const { stdout, stderr } = await project.run(name);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/kWh/);
  });

  it.each([
    ['types.mts', 'nodenext', 'nodenext'],
    ['types.cts', 'nodenext', 'nodenext'],
    ['types.mts', 'esnext', 'bundler'],
  ])('has types for %s, module %s, resolution %s', async (name, module, moduleResolution) => {
    const tsconfig = {
      compilerOptions: {
        target: 'es2022',
        strict: true,
        noEmit: true,
        types: ['node'],
        module,
        moduleResolution,
      },
      files: [name],
    };
    project.write(name, consumer(name));
    project.write('tsconfig.json', JSON.stringify(tsconfig));
    const complaints = await project
      .run(resolve('node_modules/typescript/bin/tsc'))
      .catch(outputOf);
    expect(complaints.stdout).toBe('');
  });

  it('contains what is allowed, and nothing else', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
    const stray = files.filter(({ path }) => !ALLOWED.test(path)).map(({ path }) => path);
    expect(stray).toEqual([]);
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(REQUIRED));
  });

  it('has a command that a shell can start', () => {
    expect(readFileSync('dist/cli/main.mjs', 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    if (process.platform !== 'win32')
      expect(statSync('dist/cli/main.mjs').mode & 0o111).toBe(0o111);
  });

  it('has a subpath for every folder in src/exporters', () => {
    const folders = readdirSync('src/exporters', { withFileTypes: true });
    for (const { name } of folders.filter((entry) => entry.isDirectory())) {
      for (const ending of ['mjs', 'cjs', 'd.mts', 'd.cts']) {
        expect(statSync(join('dist/exporters', `${name}.${ending}`)).isFile()).toBe(true);
      }
    }
  });
});

describe('importing the root', () => {
  const LAZY = [
    'exporter-prometheus',
    'csv-stringify',
    'commander',
    'koffi',
    '@tgwf/co2',
    'sdk-node',
  ];

  it.each([
    ['import', 'loaded.mjs', "await import('opentelemetry-instrumentation-codecarbon');"],
    ['require', 'loaded.cjs', "require('opentelemetry-instrumentation-codecarbon');"],
  ])('by %s loads nothing that only some users need', async (_, name, statement) => {
    project.write(name, `${LISTING[name] ?? ''}\n${statement}\nlist();\n`);
    const { stdout } = await project.run(name);
    const loaded = stdout.split('\n');
    expect(loaded.some((path) => path.includes('@opentelemetry/instrumentation'))).toBe(true);
    expect(loaded.filter((path) => LAZY.some((part) => path.includes(part)))).toEqual([]);
  });

  it('reads three files of this package, since each costs a millisecond', async () => {
    const loaded = await filesReadBy(['opentelemetry-instrumentation-codecarbon']);
    const own = loaded.filter((file) => file.startsWith(pathToFileURL('dist').href));
    const names = own.map((file) => file.replace(/^.*\/dist\/|-[\w-]{8}\.mjs$/g, ''));
    expect(names.sort()).toEqual(['core', 'index.mjs', 'shared']);
  });

  it('starts nothing: no timer, no file, no process keeps the program alive', async () => {
    project.write('quiet.mjs', QUIET);
    const { stdout } = await project.run('quiet.mjs');
    expect(stdout.trim()).toBe('[]');
  });
});

describe('a cluster', () => {
  it.each([
    ['cluster.mjs', CLUSTER.mjs],
    ['cluster.cjs', CLUSTER.cjs],
  ])('is measured by its primary, never by its workers: %s', async (name, loading) => {
    project.write(name, `${loading}\n${CLUSTER.program}`);
    const { stdout } = await project.run(name);
    const [worker, ...rest] = stdout.trim().split('\n');
    expect(worker).toMatch(/^worker: .*nothing is measured in a cluster worker/);
    expect(rest).toEqual(['primary:']);
  });
});

describe('importing an exporter', () => {
  it('does without the root, and what only the root needs', async () => {
    const exporters = Object.keys(exporterEntries());
    const subpaths = exporters.map((path) => `opentelemetry-instrumentation-codecarbon/${path}`);
    const loaded = await filesReadBy(subpaths);
    expect(loaded.filter((file) => file.includes('/dist/exporters/'))).toHaveLength(
      exporters.length,
    );
    expect(
      loaded.filter((file) => /\/dist\/core-|opentelemetry\/instrumentation\//.test(file)),
    ).toEqual([]);
  });
});

/** URLs of the modules that a program reads when it imports these. */
async function filesReadBy(specifiers: readonly string[]): Promise<readonly string[]> {
  const imports = specifiers.map((specifier) => `await import('${specifier}');`);
  project.write('loaded.mjs', `${LISTING['loaded.mjs']}\n${imports.join('\n')}`);
  return (await project.run('loaded.mjs')).stdout.split('\n');
}

const ALLOWED =
  /^(dist\/.+\.(mjs|cjs|d\.mts|d\.cts)|schema\/.+\.schema\.json|package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE)$/;
const REQUIRED = [
  'dist/index.mjs',
  'dist/index.cjs',
  'dist/index.d.mts',
  'dist/index.d.cts',
  'dist/prometheus.mjs',
  'dist/prometheus.cjs',
  'dist/cli/main.mjs',
  'LICENSE',
  'NOTICE',
  'README.md',
];

/** Worker and primary each say what the instrumentation warned of. */
const CLUSTER = {
  mjs: `
import cluster from 'node:cluster';
import { diag } from '@opentelemetry/api';
import { CodeCarbonInstrumentation } from 'opentelemetry-instrumentation-codecarbon';`,
  cjs: `
const cluster = require('node:cluster');
const { diag } = require('@opentelemetry/api');
const { CodeCarbonInstrumentation } = require('opentelemetry-instrumentation-codecarbon');`,
  program: `
const said = [];
const quiet = () => undefined;
const warn = (...words) => said.push(words.join(' '));
diag.setLogger({ verbose: quiet, debug: quiet, info: quiet, warn, error: warn });
new CodeCarbonInstrumentation().disable();
const about = said.filter((words) => words.includes('cluster')).join();
if (cluster.isPrimary) {
  cluster.fork().once('exit', () => console.log('primary: ' + about));
} else {
  console.log('worker: ' + about);
  process.exit();
}`,
};

const QUIET = `
await import('opentelemetry-instrumentation-codecarbon');
await new Promise((resolve) => setTimeout(resolve, 100));
const busy = process.getActiveResourcesInfo().filter((kind) => !/PipeWrap|TTYWrap/.test(kind));
process.stdout.write(JSON.stringify(busy));`;

/** Programs begin with this; `list()` prints what was loaded. */
const LISTING: Readonly<Record<string, string>> = {
  'loaded.mjs': `
import { createRequire, register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`
import { writeSync } from 'node:fs';
export async function load(url, context, next) { writeSync(1, url + '\\\\n'); return next(url, context); }\`));
const require = createRequire(import.meta.url);
const list = () => console.log(Object.keys(require.cache).join('\\n'));`,
  'loaded.cjs': "const list = () => console.log(Object.keys(require.cache).join('\\n'));",
};

/** What a program printed before it ended with an error. */
const outputOf = (error: unknown): Output => error as Output;
