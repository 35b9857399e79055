import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
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
    ['', '""'],
    [7, '7'],
  ])('%j is refused', (raw, shown) => {
    expect(() => parseOption('emissionsEndpoint', raw)).toThrow(
      `emissionsEndpoint: ${shown} is not valid; allowed: a URL that begins with http:// or https://.`,
    );
  });
});

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
