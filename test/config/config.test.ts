import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inUsersWords, optionsOf, readConfiguration } from '../../src/config/index.ts';
import { badValue, ConfigurationError } from '../../src/errors.ts';

let directory: string;
let home: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-'));
  home = mkdtempSync(join(tmpdir(), 'home-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  rmSync(home, { recursive: true });
});

type Env = Record<string, string>;

const here = (env: Env = {}) => ({ env, directory, home });
const near = (text: string) => writeFileSync(join(directory, '.codecarbon.config'), text);
const far = (text: string) => writeFileSync(join(home, '.codecarbon.config'), text);
const pair = (text: string) => `[codecarbon]\n${text}\n`;
const flag = (raw: unknown) => [{ name: 'pue' as const, raw, as: '--pue' }];

describe('who decides', () => {
  it.each<
    [flag: string | undefined, env: Env, near: string, far: string, pue: unknown, as: unknown]
  >([
    ['1.1', { CODECARBON_PUE: '1.2' }, 'pue = 1.3', 'pue = 1.4', 1.1, '--pue'],
    [undefined, { CODECARBON_PUE: '1.2' }, 'pue = 1.3', 'pue = 1.4', 1.2, 'CODECARBON_PUE'],
    [undefined, {}, 'pue = 1.3', 'pue = 1.4', 1.3, '.codecarbon.config: pue'],
    [undefined, {}, 'wue = 1', 'pue = 1.4', 1.4, '~/.codecarbon.config: pue'],
    [undefined, {}, '', '', undefined, undefined],
    [undefined, { CODECARBON_PUE: '' }, 'pue =', 'pue: 1.4', 1.4, '~/.codecarbon.config: pue'],
    [undefined, { codecarbon_pue: '1.2' }, 'pue = 1.3', '', 1.2, 'codecarbon_pue'],
    [undefined, { codecarbon_pue: '1.5', CODECARBON_PUE: '1.2' }, '', '', 1.2, 'CODECARBON_PUE'],
    ['1.1', { CODECARBON_PUE: 'wrong' }, 'pue = wrong', '', 1.1, '--pue'],
  ])('flag %s, variable %j, ./file "%s", ~/file "%s": %s', (given, env, one, other, pue, as) => {
    near(pair(one));
    far(pair(other));
    const { options, origins, warnings } = readConfiguration(flag(given), here(env));
    expect([options.pue, origins.pue, warnings]).toEqual([pue, as, []]);
  });

  it('reads one file once when the home directory is the working directory', () => {
    near(pair('nonsense'));
    const { warnings } = readConfiguration([], { env: {}, directory, home: directory });
    expect(warnings).toHaveLength(1);
  });
});

describe('a value that is not allowed', () => {
  it.each<[env: Env, near: string, message: string]>([
    [{ CODECARBON_PUE: 'x' }, '', 'CODECARBON_PUE: "x" is not valid; allowed: a number >= 1.'],
    [{}, 'pue = 0.9', '.codecarbon.config: pue: "0.9" is not valid; allowed: a number >= 1.'],
    [
      { CODECARBON_ON_CSV_WRITE: 'apend' },
      '',
      'CODECARBON_ON_CSV_WRITE: "apend" is not valid; allowed: update, append. Did you mean "append"?',
    ],
    [
      {},
      'output_methods = csv, cvs',
      '.codecarbon.config: output_methods: "csv, cvs" is not valid; allowed: a list of: csv, api,',
    ],
  ])('%j "%s"', (env, one, message) => {
    near(pair(one));
    expect(() => readConfiguration([], here(env))).toThrow(message);
    expect(() => readConfiguration([], here(env))).toThrow(ConfigurationError);
  });
});

describe('what is written for CodeCarbon and not for us', () => {
  it.each<[key: string, value: string, warning: string | undefined]>([
    ['cuntry_iso_code', 'FRA', 'no such setting; it is ignored. Did you mean country_iso_code?'],
    ['zzzzzzzzzzzzzzz', '1', 'no such setting; it is ignored.'],
    ['api_key', 'secret', undefined],
    ['gpu_ids', '0,1', 'has no effect in this version; it is ignored.'],
    ['tracking_mode', 'process', '"process" is not available in this version; it is ignored.'],
    ['allow_multiple_runs', 'True', undefined],
  ])('%s = %s', (key, value, warning) => {
    near(pair(`${key} = ${value}`));
    const file = readConfiguration([], here()).warnings;
    expect(file).toEqual(warning === undefined ? [] : [`.codecarbon.config: ${key}: ${warning}`]);
    const variable = `CODECARBON_${key.toUpperCase()}`;
    rmSync(join(directory, '.codecarbon.config'));
    const { warnings } = readConfiguration([], here({ [variable]: value }));
    expect(warnings).toEqual(warning === undefined ? [] : [`${variable}: ${warning}`]);
  });

  it('reads a file as CodeCarbon users have it', () => {
    near(
      pair(
        'log_level = WARNING\nsave_to_file = False\nmeasure_power_secs = 10\nproject_name: demo',
      ),
    );
    expect(readConfiguration([], here())).toMatchObject({
      options: {
        logLevel: 'warning',
        saveToFile: false,
        measurePowerSecs: 10,
        projectName: 'demo',
      },
      warnings: [],
    });
  });
});

describe('a file that is no configuration', () => {
  it.each<[what: string, write: (path: string) => void, warning: RegExp]>([
    [
      'a directory',
      (path) => mkdirSync(path),
      /^~\/\.codecarbon\.config: is a directory; it is ignored\.$/,
    ],
    ['binary', (path) => writeFileSync(path, 'a\0b'), /is not a text file/],
    [
      'huge',
      (path) => writeFileSync(path, ' '.repeat(2 ** 20 + 1)),
      /is too large \(1048577 bytes\)/,
    ],
    [
      'without section',
      (path) => writeFileSync(path, '[other]\na = 1'),
      /no section \[codecarbon\]/,
    ],
    [
      'prose',
      (path) => writeFileSync(path, 'Dear\nall,\n'),
      /line 1 is in no \[section\], and 1 more/,
    ],
  ])('%s: one warning names it and the rest counts', (_what, write, warning) => {
    write(join(home, '.codecarbon.config'));
    near(pair('pue = 1.3'));
    const { options, warnings } = readConfiguration([], here());
    expect(options.pue).toBe(1.3);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  it.each(['', '\n', '[codecarbon]\n'])('nothing in it is nothing to say: %j', (text) => {
    near(text);
    expect(readConfiguration([], here()).warnings).toEqual([]);
  });

  it('works without a home directory', () => {
    expect(readConfiguration([], { env: {}, directory, home: undefined }).warnings).toEqual([]);
  });
});

it('gives each part the options that it takes', () => {
  const env = { CODECARBON_PUE: '1.2', CODECARBON_WUE: '0.5', CODECARBON_OUTPUT_FILE: 'a.csv' };
  const configuration = readConfiguration([], here(env));
  expect(optionsOf(configuration, 'instrumentation')).toEqual({ pue: 1.2, wue: 0.5 });
  expect(optionsOf(configuration, 'reader')).toEqual({ wue: 0.5 });
  expect(optionsOf(configuration, 'csv')).toEqual({ outputFile: 'a.csv' });
});

it("puts a constructor's error into the user's words", () => {
  const configuration = readConfiguration([], here({ CODECARBON_COUNTRY_ISO_CODE: 'FRX' }));
  const error = badValue('countryIsoCode', 'FRX', 'an ISO code', ['FRA']);
  expect(inUsersWords(error, configuration)).toMatchObject({
    option: 'CODECARBON_COUNTRY_ISO_CODE',
    message:
      'CODECARBON_COUNTRY_ISO_CODE: "FRX" is not valid; allowed: an ISO code. Did you mean "FRA"?',
  });
  const other = new Error('disk full');
  expect(inUsersWords(other, configuration)).toBe(other);
});
