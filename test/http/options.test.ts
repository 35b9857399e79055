import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import { CodeCarbonApiMetricExporter } from '../../src/exporters/codecarbon-api/index.ts';
import { HttpMetricExporter } from '../../src/exporters/http/index.ts';
import { parseOption } from '../../src/options/index.ts';

describe('headers', () => {
  it.each<[raw: unknown, headers: Record<string, string>]>([
    ['a=1,b=2', { a: '1', b: '2' }],
    [' x-key = a%20b%3D%2C , y==z ,', { 'x-key': 'a b=,', y: '=z' }],
    [{ Authorization: 'Bearer x' }, { Authorization: 'Bearer x' }],
    ['', {}],
  ])('%j', (raw, headers) => {
    expect(parseOption('headers', raw)).toEqual(headers);
  });

  it.each<unknown>([
    'Bearer sesame',
    'a=%zz',
    'a=',
    'a b=sesame',
    'Content-Length=5',
    { a: 'sesame\r\nb: c' },
    { a: 5 },
    ['a=sesame'],
    7,
  ])('%j is refused, and not shown', (raw) => {
    const parse = (): unknown => parseOption('headers', raw);
    expect(parse).toThrow(ConfigurationError);
    expect(parse).toThrow(/^headers: "\*\*\*" is not valid; allowed: name=value/);
  });
});

describe('emissionsEndpoint', () => {
  it.each(['http://localhost:1', ' https://u:p@host/path?q=1 ', 'HTTPS://host'])('%s', (url) => {
    expect(parseOption('emissionsEndpoint', url)).toBe(url.trim());
  });

  it.each<[raw: unknown, shown: string]>([
    ['host.example/path', '"host.example/path"'],
    ['ftp://user:sesame@host/x', '"ftp://***@host/x"'],
    ['https//host?token=sesame', '"https//host?***"'],
    ['http:///path', '"http:///path"'],
    ['http://me:geh/eim@127.0.0.1:9/x', '"http://***@127.0.0.1:9/x"'],
    ['http//me:geh@eim/@host', '"***@host"'],
    ['http://me:geh?eim/@host:x', '"http://***"'],
    ['http://me:geh#eim@host?', '"http://***"'],
    ['https//host/x?token=geh@eim', '"***"'],
    ['me:geheim@127.0.0.1/x', '"***@127.0.0.1/x"'],
    ['http:/me:geheim@h/x', '"***@h/x"'],
    ['https//h/x#geheim', '"https//h/x#***"'],
    ['https//h/x#\ngeheim', '"https//h/x#***"'],
    ['me:geheim@h', '"***@h"'],
    [['http://me:geheim@h'], '"***"'],
    [new URL('http://me:geheim@h'), '"***"'],
    ['', '""'],
    [7, '7'],
  ])('%j is refused', (raw, shown) => {
    expect(() => parseOption('emissionsEndpoint', raw)).toThrow(
      `emissionsEndpoint: ${shown} is not valid; allowed: a URL that begins with http:// or https://.`,
    );
  });
});

describe.each(['emissionsEndpoint', 'apiEndpoint'] as const)('a wrong %s', (option) => {
  it.each([
    'http://me:geh/eim@127.0.0.1:9/x',
    'me:geheim@127.0.0.1/x',
    'http:/me:geheim@h/x',
    'https//h/x#geheim',
    'me:geheim@h',
  ])('%s is refused without its secret', (wrong) => {
    const make = (): unknown =>
      option === 'apiEndpoint'
        ? new CodeCarbonApiMetricExporter({ apiEndpoint: wrong })
        : new HttpMetricExporter({ emissionsEndpoint: wrong });
    const error = thrownBy(make);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(`${error}`).toContain(option);
    expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/geh|eim/);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('secrets', () => {
  it.each(['apiKey', 'hmacSecret'] as const)('%s is not shown', (name) => {
    expect(parseOption(name, ' sesame ')).toBe('sesame');
    expect(() => parseOption(name, ['sesame'])).toThrow(`${name}: "***" is not valid`);
  });
});

describe('apiCallInterval', () => {
  it('is a number of measurements, or -1', () => {
    expect(parseOption('apiCallInterval', '-1')).toBe(-1);
    expect(parseOption('apiCallInterval', 8)).toBe(8);
    for (const wrong of [0, -2, 1.5, 'often']) {
      expect(() => parseOption('apiCallInterval', wrong)).toThrow('a whole number of measurements');
    }
  });
});
