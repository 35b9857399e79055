import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from './credentials.ts';
import { LogfireLoginError } from './login-error.ts';

/** A person's right to manage projects on one Logfire, as it is kept between log-ins. */
export interface UserToken {
  readonly token: string;
  /** As Logfire writes it: ISO 8601 in UTC, with or without a Z. */
  readonly expiration: string;
}

/** Where Logfire's own tools keep user tokens, and so do we. */
const userTokensPath = (home: string): string => join(home, '.logfire', 'default.toml');

/**
 * User tokens by base URL, expired ones included; empty when there is no file.
 * @throws LogfireLoginError for a file that cannot be read or understood
 */
export async function readUserTokens(home: string): Promise<ReadonlyMap<string, UserToken>> {
  const entries = Object.entries(tokensOf(await readFile(userTokensPath(home))));
  return new Map(entries.filter((entry): entry is [string, UserToken] => isUserToken(entry[1])));
}

/**
 * Adds a token, or replaces the one for the same base URL; every other entry of the file stays.
 * Returns the file's path. Only its owner can read it.
 * @throws LogfireLoginError with path and errno
 */
export async function keepUserToken(
  home: string,
  baseUrl: string,
  { token, expiration }: UserToken,
): Promise<string> {
  const path = userTokensPath(home);
  const file = await readFile(path);
  const tokens = { ...tokensOf(file), [baseUrl]: { token, expiration } };
  const { stringify } = await import('smol-toml');
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    replaceFile(target(path), stringify({ ...file, tokens }));
  } catch (error) {
    throw unusable(path, `cannot be written (${codeOf(error)})`);
  }
  return path;
}

/** True from the moment of expiration on; also for a moment that nobody can read. */
export function isExpired({ expiration }: UserToken, nowMillis: number = Date.now()): boolean {
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(expiration) ? expiration : `${expiration}Z`;
  const until = Date.parse(zoned);
  return !(until > nowMillis);
}

type Table = Readonly<Record<string, unknown>>;

async function readFile(path: string): Promise<Table> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw unusable(path, `cannot be read (${code})`);
  }
  const { parse } = await import('smol-toml');
  try {
    return parse(text);
  } catch {
    // The library's own message shows the line, and with it a token.
    throw unusable(path, 'is not valid TOML');
  }
}

const tokensOf = ({ tokens }: Table): Table =>
  typeof tokens === 'object' && tokens !== null ? (tokens as Table) : {};

function isUserToken(entry: unknown): boolean {
  const { token, expiration } = (entry ?? {}) as Partial<Record<keyof UserToken, unknown>>;
  return typeof token === 'string' && typeof expiration === 'string';
}

/** What a link in a home directory points to is replaced, not the link. */
function target(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';

const unusable = (path: string, why: string): LogfireLoginError =>
  new LogfireLoginError(`${path} ${why}; mend or remove it, then log in again.`);
