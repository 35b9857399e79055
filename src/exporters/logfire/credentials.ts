import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../../errors.ts';

/** The right to write into one project, in the words of Logfire's own file. */
export interface LogfireCredentials {
  readonly token: string;
  readonly project_name: string;
  readonly project_url: string;
  readonly logfire_api_url: string;
}

/** Directory of the file, where no option and no variable names another. */
export const CREDENTIALS_DIRECTORY = '.logfire';
const FILE_NAME = 'logfire_credentials.json';

/** What Logfire's tools write into that directory themselves: beside anything else a `.gitignore` of `*` would hide a user's files. */
const OWN_FILES = ['.gitignore', FILE_NAME, 'read_token.json'];

/** Path of the credentials file in a directory. */
export const credentialsPath = (directory: string): string => join(resolve(directory), FILE_NAME);

/**
 * Reads the file that `logfire login`, ours or Logfire's own, has written; undefined when there is none.
 * @throws ConfigurationError for a file that cannot be read or holds no token
 */
export function readCredentials(directory: string): Partial<LogfireCredentials> | undefined {
  const path = credentialsPath(directory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(path, `cannot be read (${code})`);
  }
  const parsed = parseObject(text);
  if (parsed === undefined) throw unusable(path, 'is not a JSON object');
  if (textOf(parsed.token) === undefined) throw unusable(path, 'holds no token');
  const { token, project_name, project_url, dashboard_url, logfire_api_url } = parsed;
  // Older files call the address of the project `dashboard_url`.
  const url = textOf(project_url) ?? textOf(dashboard_url);
  return Object.fromEntries(
    Object.entries({
      token: textOf(token),
      project_name: textOf(project_name),
      project_url: url,
      logfire_api_url: textOf(logfire_api_url),
    }).filter(([, value]) => value !== undefined),
  );
}

/**
 * Writes the file, readable by its owner only, and a `.gitignore` that keeps it out of a repository.
 * Returns its path. Logfire's own tools refuse a file with any further key.
 * @throws Error with the path and the errno
 */
export function writeCredentials(directory: string, credentials: LogfireCredentials): string {
  const { token, project_name, project_url, logfire_api_url } = credentials;
  const json = JSON.stringify({ token, project_name, project_url, logfire_api_url }, undefined, 2);
  const path = credentialsPath(directory);
  try {
    mkdirSync(resolve(directory), { recursive: true });
    ignoreInGit(resolve(directory));
    replaceFile(path, `${json}\n`);
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    throw new Error(`cannot write ${path}: ${code}`, { cause: error });
  }
  return path;
}

/** Puts a file in place in one step: whoever reads it sees the old one or the new one, and nobody else can read it. */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(next, text, { mode: 0o600, flag: 'wx' });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function ignoreInGit(directory: string): void {
  const foreign = readdirSync(directory).some((name) => !OWN_FILES.includes(name));
  if (foreign) return;
  try {
    writeFileSync(join(directory, '.gitignore'), '*', { flag: 'wx' });
  } catch (error) {
    // One that is there keeps its rules.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const unusable = (path: string, why: string): ConfigurationError =>
  new ConfigurationError(
    'logfireCredentialsDir',
    `logfireCredentialsDir: ${path} ${why}; run \`codecarbon-otel logfire login\` to write it anew, or set LOGFIRE_TOKEN.`,
  );
