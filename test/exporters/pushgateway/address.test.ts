import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../../src/errors.ts';
import { readAddress } from '../../../src/exporters/pushgateway/address.ts';

beforeEach(() => {
  vi.stubEnv('PROMETHEUS_USERNAME', undefined);
  vi.stubEnv('PROMETHEUS_PASSWORD', undefined);
});
afterEach(() => vi.unstubAllEnvs());

const basic = (pair: string) => ({
  authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
});

describe('the address of the gateway', () => {
  it.each([
    ['http://localhost:9091', 'http://localhost:9091'],
    ['localhost:9091', 'http://localhost:9091'],
    ['gateway', 'http://gateway'],
    ['10.0.0.1:9091/', 'http://10.0.0.1:9091'],
    ['[::1]:9091', 'http://[::1]:9091'],
    ['https://push.example.org/prefix/', 'https://push.example.org/prefix'],
    ['HTTPS://push.example.org', 'https://push.example.org'],
  ])('%s is %s', (given, root) => {
    expect(readAddress(given)).toEqual({ root, headers: {} });
  });

  it.each(['ftp://x', 'http://', 'http://x:99999', 'a b', 'http://x/?token=geheim'])(
    '%s is refused',
    (given) => {
      expect(() => readAddress(given)).toThrow(ConfigurationError);
      expect(() => readAddress(given)).toThrow(/^prometheusUrl: /);
    },
  );

  it.each([
    'ftp://me:geheim@x',
    'me:geheim@x:99999',
    'http://x/?token=geheim',
    'http://me:ge@heim@x:99999',
  ])('the error for %s repeats no secret', (given) => {
    expect(() => readAddress(given)).toThrow(/^(?!.*(geheim|heim@)).*$/);
  });
});

describe('user and password', () => {
  it('come from the address', () => {
    const { root, headers } = readAddress('https://me:p%40ss%2Fword@host/x');
    expect(root).toBe('https://host/x');
    expect(headers).toEqual(basic('me:p@ss/word'));
    expect(readAddress('me:word@host:9091').headers).toEqual(basic('me:word'));
  });

  it('come from the variables that CodeCarbon reads', () => {
    vi.stubEnv('PROMETHEUS_USERNAME', 'env');
    vi.stubEnv('PROMETHEUS_PASSWORD', 'word');
    expect(readAddress('host').headers).toEqual(basic('env:word'));
    expect(readAddress('me:mine@host').headers).toEqual(basic('me:mine'));
    expect(readAddress('me@host').headers).toEqual(basic('me:word'));
  });

  it('come from the options before all', () => {
    vi.stubEnv('PROMETHEUS_USERNAME', 'env');
    const given = { username: 'jürgen', password: 'a:b' };
    expect(readAddress('me:mine@host', given).headers).toEqual(basic('jürgen:a:b'));
  });
});
