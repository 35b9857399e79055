import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../src/errors.ts';
import {
  type LogfireCredentials,
  readCredentials,
  writeCredentials,
} from '../../../src/exporters/logfire/credentials.ts';
import {
  findDestination,
  type LogfireOptions,
} from '../../../src/exporters/logfire/destination.ts';
import { LogfireMetricExporter } from '../../../src/exporters/logfire/index.ts';
import { isExpired, readUserTokens } from '../../../src/exporters/logfire/user-tokens.ts';
import { captureDiag } from '../../support/diag.ts';
import { temporaryDirectory } from './support.ts';

const US = 'https://logfire-us.pydantic.dev';
const EU = 'https://logfire-eu.pydantic.dev';

const find = (
  options: LogfireOptions,
  env: Record<string, string> = {},
  directory = '/nowhere',
) => {
  const found = findDestination(options, { env, directory });
  return found.kind === 'destination' ? found.destination : found.kind;
};

/** A directory with the credentials file that Logfire's own tools write. */
function withFile(content: unknown, folder = '.logfire'): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, folder));
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`;
  writeFileSync(join(directory, folder, 'logfire_credentials.json'), text);
  return directory;
}

const FILE: LogfireCredentials = {
  token: 'pylf_v1_eu_fromfile',
  project_name: 'shop',
  project_url: 'https://logfire-eu.pydantic.dev/acme/shop',
  logfire_api_url: EU,
};

describe('the region', () => {
  it.each([
    ['pylf_v1_us_abc', US],
    ['pylf_v1_eu_abc', EU],
    ['pylf_v2_eu_01234567-89ab-cdef-0123-456789abcdef_abc', EU],
    ['pylf_v1_mars_abc', US],
    ['pylf_v1_constructor_abc', US],
    ['abc', US],
  ])('of %s is %s', (logfireToken, baseUrl) => {
    expect(find({ logfireToken })).toMatchObject({ baseUrl });
  });

  it.each([
    [
      { logfireBaseUrl: 'https://a.example/' },
      { LOGFIRE_BASE_URL: 'https://b.example' },
      'https://a.example',
    ],
    [{}, { LOGFIRE_BASE_URL: 'http://b.example/logfire//' }, 'http://b.example/logfire'],
    [{}, { LOGFIRE_BASE_URL: ' ' }, US],
  ])('is chosen by option, then variable: %o %o', (options, env, baseUrl) => {
    expect(find({ logfireToken: 't', ...options }, env)).toMatchObject({ baseUrl });
  });

  it.each([
    'logfire-us.pydantic.dev',
    'ftp://a.example',
    'https://u:SECRET@a.example',
    'https://a.example?x=SECRET',
  ])('is no %s', (LOGFIRE_BASE_URL) => {
    const act = () => find({ logfireToken: 't' }, { LOGFIRE_BASE_URL });
    expect(act).toThrow(ConfigurationError);
    expect(act).toThrow(/^LOGFIRE_BASE_URL: /);
    expect(act).not.toThrow(/SECRET/);
  });
});

describe('the token', () => {
  it('comes from the option, then LOGFIRE_TOKEN, then the file', () => {
    const directory = withFile(FILE);
    const env = { LOGFIRE_TOKEN: 'pylf_v1_us_fromenv' };
    expect(find({ logfireToken: 'x' }, env, directory)).toMatchObject({ token: 'x', baseUrl: US });
    expect(find({}, env, directory)).toMatchObject({ token: 'pylf_v1_us_fromenv', baseUrl: US });
    expect(find({}, {}, directory)).toMatchObject({ token: FILE.token, baseUrl: EU });
  });

  it('comes from a file in another directory', () => {
    const directory = withFile(FILE, 'elsewhere');
    const variable = { LOGFIRE_CREDENTIALS_DIR: 'elsewhere' };
    expect(find({}, variable, directory)).toMatchObject({ token: FILE.token });
    const option = { logfireCredentialsDir: join(directory, 'elsewhere') };
    expect(find(option)).toMatchObject({ token: FILE.token });
  });

  it('of a list is the first, and a warning says so', () => {
    const logged = captureDiag();
    const env = { LOGFIRE_TOKEN: 'pylf_v1_eu_one, pylf_v1_us_two' };
    new LogfireMetricExporter({}, { env, directory: '/nowhere' });
    expect(find({}, env)).toMatchObject({ token: 'pylf_v1_eu_one', baseUrl: EU });
    expect(logged.messages('warn').join()).toMatch(/only the first write token is used/);
    logged.stop();
  });

  it('is missing: the error says which variable to set', () => {
    const make = () => new LogfireMetricExporter({}, { env: {}, directory: '/nowhere' });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(/set LOGFIRE_TOKEN, or run `codecarbon-otel logfire login`/);
  });

  it.each(['to ken', 'token\nInjected: header', 'tökén'])(
    'is not %j, which is not shown',
    (token) => {
      expect(() => find({}, { LOGFIRE_TOKEN: token })).toThrow(/^LOGFIRE_TOKEN: not a Logfire/);
      expect(() => find({}, { LOGFIRE_TOKEN: token })).not.toThrow(token);
    },
  );

  it.each(['{', '[]', 'null', '{"token":""}', '{"token":7}'])('is not in the file %j', (text) => {
    const directory = withFile(text);
    expect(() => find({}, {}, directory)).toThrow(ConfigurationError);
    expect(() => find({}, {}, directory)).toThrow(/logfire login` to write it anew/);
    expect(find({}, { LOGFIRE_TOKEN: 't' }, directory)).toMatchObject({ token: 't' });
  });

  it('is in an older file, too', () => {
    const { project_url: dashboard_url, ...rest } = FILE;
    const directory = withFile({ ...rest, dashboard_url });
    expect(find({}, {}, directory)).toMatchObject({ projectUrl: dashboard_url });
  });
});

describe('LOGFIRE_SEND_TO_LOGFIRE', () => {
  it.each([
    ['false', 't', 'off'],
    ['0', 't', 'off'],
    ['if-token-present', undefined, 'off'],
    ['true', undefined, 'missing'],
  ])('%s with the token %s: %s', (LOGFIRE_SEND_TO_LOGFIRE, token, kind) => {
    const env = { LOGFIRE_SEND_TO_LOGFIRE, ...(token !== undefined && { LOGFIRE_TOKEN: token }) };
    expect(find({}, env)).toBe(kind);
  });

  it('if-token-present with a token sends', () => {
    const env = { LOGFIRE_SEND_TO_LOGFIRE: 'if-token-present', LOGFIRE_TOKEN: 't' };
    expect(find({}, env)).toMatchObject({ token: 't' });
  });

  it('maybe: is an error', () => {
    expect(() => find({}, { LOGFIRE_SEND_TO_LOGFIRE: 'maybe' })).toThrow(
      /"maybe".*if-token-present/,
    );
  });
});

describe('the credentials file', () => {
  const folder = (directory: string) => join(directory, '.logfire');

  it('is read as it was written, and holds no key that Logfire’s own tools refuse', () => {
    const directory = temporaryDirectory();
    const path = writeCredentials(folder(directory), { ...FILE, ...{ more: 1 } });
    expect(readCredentials(folder(directory))).toEqual(FILE);
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')))).toEqual(Object.keys(FILE));
  });

  it('replaces an older one, and keeps a .gitignore that is there', () => {
    const directory = withFile({ token: 'old' });
    writeFileSync(join(folder(directory), '.gitignore'), 'mine');
    writeCredentials(folder(directory), FILE);
    expect(readCredentials(folder(directory))).toEqual(FILE);
    expect(readFileSync(join(folder(directory), '.gitignore'), 'utf8')).toBe('mine');
  });

  it('hides no files of others from git', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'main.ts'), '');
    writeCredentials(directory, FILE);
    expect(existsSync(join(directory, '.gitignore'))).toBe(false);
  });

  it('follows no link that somebody has laid there', () => {
    const directory = temporaryDirectory();
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'untouched');
    mkdirSync(folder(directory));
    symlinkSync(victim, join(folder(directory), 'logfire_credentials.json'));
    writeCredentials(folder(directory), FILE);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  it('that cannot be written: the error names path and errno', () => {
    const directory = temporaryDirectory();
    writeFileSync(folder(directory), '');
    expect(() => writeCredentials(folder(directory), FILE)).toThrow(
      `cannot write ${folder(directory)}/logfire_credentials.json: EEXIST`,
    );
  });
});

describe('user tokens', () => {
  it('are read from the file that Logfire’s own tools write', async () => {
    const home = temporaryDirectory();
    mkdirSync(join(home, '.logfire'));
    const entry = (url: string, token: string) =>
      `[tokens."${url}"]\ntoken = "${token}"\nexpiration = "2099-12-31T23:59:59"\n`;
    writeFileSync(join(home, '.logfire', 'default.toml'), entry(US, 'a') + entry(EU, 'b'));
    const tokens = await readUserTokens(home);
    expect([...tokens].map(([url, { token }]) => [url, token])).toEqual([
      [US, 'a'],
      [EU, 'b'],
    ]);
  });

  it.each([
    ['2026-01-01T00:00:00', '2025-12-31T23:59:59Z', false],
    ['2026-01-01T00:00:00', '2026-01-01T00:00:00Z', true],
    ['2026-01-01T00:00:00.123456', '2026-01-01T00:00:00Z', false],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', true],
    ['2026-01-01T00:00:00+02:00', '2025-12-31T22:30:00Z', true],
    ['soon', '2026-01-01T00:00:00Z', true],
  ])('that are valid until %s, at %s: expired %s', (expiration, now, expired) => {
    expect(isExpired({ token: 't', expiration }, Date.parse(now))).toBe(expired);
  });
});
