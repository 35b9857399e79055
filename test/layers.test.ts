import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** One way through the house: a stage imports itself and what stands here, nothing higher. */
const BASE = [
  'otel',
  'diag',
  'known',
  'once',
  'units',
  'semconv',
  'errors',
  'version',
  'options',
  'process-wide',
  'overhead',
  'export-counts',
];
const MAY_IMPORT: Record<string, readonly string[]> = {
  otel: [],
  diag: ['semconv'],
  known: [],
  once: [],
  units: [],
  semconv: [],
  errors: [],
  version: [],
  options: ['errors'],
  'process-wide': ['semconv'],
  overhead: ['units', 'process-wide'],
  'export-counts': ['process-wide'],
  http: ['version'],
  host: BASE,
  probes: [...BASE, 'host'],
  measure: [...BASE, 'host', 'probes'],
  place: [...BASE, 'host'],
  intensity: [...BASE, 'host', 'place'],
  emissions: [...BASE, 'host', 'place', 'intensity'],
  instrument: [...BASE, 'host', 'probes', 'measure', 'place', 'intensity', 'emissions'],
  reader: [...BASE, 'host', 'place', 'intensity', 'emissions'],
  record: BASE,
  exporters: [...BASE, 'record', 'http', 'spool'],
  spool: [...BASE, 'http'],
  config: [...BASE, 'host'],
  prometheus: [...BASE, 'reader'],
  session: [...BASE, 'config', 'instrument', 'reader', 'record', 'exporters'],
  index: [...BASE, 'instrument', 'reader', 'record', 'exporters', 'tracker'],
};

/** They compose the rest, so they may import everything; nobody but the public surface imports them. */
const COMPOSERS = ['cli', 'tracker'];

/** `node:fs`, processes, `koffi` and clocks: the machine is behind `host.ts`; sinks write where they must. */
const DOORS: readonly { readonly what: RegExp; readonly only: readonly string[] }[] = [
  { what: /from 'node:fs(\/promises)?'/, only: ['host', 'spool', 'exporters', 'config', 'cli'] },
  { what: /from 'node:child_process'/, only: ['host', 'cli'] },
  { what: /from 'koffi'|import\('koffi'\)/, only: ['host'] },
  { what: /from 'node:os'/, only: ['host', 'spool', 'exporters', 'config', 'cli'] },
  // `overhead` measures this package itself, not the machine.
  {
    what: /\bperformance\b|process\.hrtime|node:perf_hooks/,
    only: ['host', 'http', 'overhead', 'cli'],
  },
  {
    what: /\bDate\.now\b|new Date\(\)/,
    only: ['host', 'http', 'spool', 'exporters', 'reader', 'config', 'cli'],
  },
  // Importing it as an ES module costs 9 ms: `otel.ts` has what is needed of it.
  { what: /import (?!type\b)[^;]*from '@opentelemetry\/core'/, only: [] },
  { what: /\bconsole\./, only: ['cli'] },
];

/** Stages whose parts are a folder and a line in `index.ts` each. */
const LISTS = ['probes', 'exporters', 'intensity'];

const sources = sourceFiles('src');

describe('layers', () => {
  it.each(sources)('%s imports no higher layer', (file) => {
    const own = stageOf(file);
    if (COMPOSERS.includes(own)) return;
    const allowed = MAY_IMPORT[own];
    expect(allowed, `${own} is not in the table of layers`).toBeDefined();
    // A fixture is never built: it may use what the tests share.
    const isFixture = file.endsWith('fixture.ts');
    const wrong = importsOf(file).filter(
      (stage) => stage !== own && !allowed?.includes(stage) && !(isFixture && stage === '..'),
    );
    expect(wrong).toEqual([]);
  });

  it.each(sources)('%s reaches the machine only through the door of its stage', (file) => {
    const code = withoutComments(readFileSync(file, 'utf8'));
    const own = stageOf(file);
    for (const { what, only } of DOORS) {
      if (!only.includes(own)) expect(what.exec(code)?.[0]).toBeUndefined();
    }
  });

  it.each(LISTS.flatMap(foldersOf))('%s is listed in the index.ts of its stage', (folder) => {
    const index = readFileSync(join(dirname(folder), 'index.ts'), 'utf8');
    expect(index).toContain(`'./${posix.basename(folder)}/`);
  });
});

/** `src/probes/rapl/index.ts` belongs to `probes`, `src/units.ts` to `units`. */
function stageOf(file: string): string {
  const [first = ''] = relative('src', file).split(sep);
  return first.replace(/\.ts$/, '');
}

/** Stages of this project that a file imports, types included. */
function importsOf(file: string): string[] {
  const code = withoutComments(readFileSync(file, 'utf8'));
  const specifiers = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']*\.ts)'/g)];
  return specifiers.map(([, specifier = '']) => stageOf(join(dirname(file), specifier)));
}

const withoutComments = (code: string): string =>
  code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function foldersOf(stage: string): string[] {
  const directory = join('src', stage);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, 'index.ts')))
    .map((entry) => posix.join('src', stage, entry.name));
}
