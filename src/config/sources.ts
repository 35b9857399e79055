import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseIniSection } from './ini.ts';

/** One thing that a user wrote, somewhere. */
export interface Entry {
  /** Key in CodeCarbon's spelling: `measure_power_secs`. */
  readonly key: string;
  readonly raw: unknown;
  /** The key as the user wrote it, with its place: `CODECARBON_PUE`, `.codecarbon.config: pue`, `--pue`. */
  readonly as: string;
}

/** What one place says. */
export interface Source {
  readonly entries: readonly Entry[];
  readonly warnings: readonly string[];
}

/** What a program is started with. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory, of `./.codecarbon.config`. */
  readonly directory: string;
  /** Home directory, of `~/.codecarbon.config`; undefined where there is none. */
  readonly home: string | undefined;
}

/** The surroundings of this process. */
export function ownSurroundings(): Surroundings {
  return { env: process.env, directory: process.cwd(), home: homeDirectory() };
}

/** The places beside explicit options, the strongest first: variables, `./.codecarbon.config`, `~/.codecarbon.config`. */
export function readSources({ env, directory, home }: Surroundings): readonly Source[] {
  const near = resolve(directory, FILE_NAME);
  const far = home === undefined ? near : join(home, FILE_NAME);
  const sources = [variables(env), configFile(near, FILE_NAME)];
  return resolve(far) === near ? sources : [...sources, configFile(far, `~/${FILE_NAME}`)];
}

const FILE_NAME = '.codecarbon.config';
const SECTION = 'codecarbon';
const PREFIX = 'codecarbon_';
const LARGEST_FILE = 2 ** 20;

/** `CODECARBON_*` in any case, as CodeCarbon reads them; of two that differ in case only, the one in capitals. */
function variables(env: Surroundings['env']): Source {
  const names = Object.keys(env).filter((name) => name.toLowerCase().startsWith(PREFIX));
  const entries = new Map<string, Entry>();
  for (const name of names.sort()) {
    const key = name.slice(PREFIX.length).toLowerCase();
    const raw = env[name];
    if (!entries.has(key) && isSet(raw)) entries.set(key, { key, raw, as: name });
  }
  return { entries: [...entries.values()], warnings: [] };
}

function configFile(path: string, name: string): Source {
  const text = readText(path);
  if ('none' in text) return { entries: [], warnings: [] };
  if ('why' in text) return { entries: [], warnings: [`${name}: ${text.why}; it is ignored.`] };
  const { entries, problems } = parseIniSection(text.text, SECTION);
  const warnings =
    entries === undefined && problems.length === 0 && text.text.trim() !== ''
      ? [`${name}: no section [${SECTION}]; nothing is read from it.`]
      : summarize(name, problems);
  const pairs = [...(entries ?? [])].filter(([, raw]) => isSet(raw));
  return { entries: pairs.map(([key, raw]) => ({ key, raw, as: `${name}: ${key}` })), warnings };
}

type Text = { readonly text: string } | { readonly why: string } | { readonly none: true };

function readText(path: string): Text {
  try {
    const found = statSync(path);
    if (!found.isFile()) return { why: found.isDirectory() ? 'is a directory' : 'is not a file' };
    if (found.size > LARGEST_FILE) return { why: `is too large (${found.size} bytes)` };
    const text = readFileSync(path, 'utf8');
    return text.includes('\0') ? { why: 'is not a text file' } : { text };
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    return errno === 'ENOENT' || errno === 'ENOTDIR'
      ? { none: true }
      : { why: `cannot be read (${errno})` };
  }
}

function summarize(name: string, problems: readonly string[]): readonly string[] {
  const [first, ...others] = problems;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more like it`;
  return [`${name}: ${first}${more}; the rest is read.`];
}

/** An empty value says nothing, as everywhere in OpenTelemetry's variables. */
const isSet = (raw: string | undefined): boolean => raw !== undefined && raw.trim() !== '';

function homeDirectory(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
