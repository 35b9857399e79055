import { hostname } from 'node:os';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../../src/errors.ts';
import { claimGroup, groupPath, instanceOf } from '../../../src/exporters/pushgateway/group.ts';
import { pick } from '../../../src/exporters/pushgateway/serialize.ts';
import { runMetrics, steadyRun } from '../run-metrics.ts';

describe('the path of a group', () => {
  it.each([
    ['codecarbon', 'host:web', '/metrics/job/codecarbon/instance/host%3Aweb'],
    ['my/team', 'x', '/metrics/job@base64/bXkvdGVhbQ/instance/x'],
    ['j', '', '/metrics/job/j/instance@base64/='],
    ['j', '..', '/metrics/job/j/instance@base64/Li4'],
    ['a b', 'é?#%', '/metrics/job/a%20b/instance/%C3%A9%3F%23%25'],
  ])('job %j, instance %j', (job, instance, path) => {
    expect(groupPath({ job, instance })).toBe(path);
  });

  it('holds any text, and gives it back', () => {
    const anyText = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(anyText, anyText, (job, instance) => {
        const { pathname } = new URL(`http://x/prefix${groupPath({ job, instance })}`);
        const [, , , first = '', one = '', second = '', two = ''] = pathname.split('/');
        expect(first).toMatch(/^job(@base64)?$/);
        expect([read(first, one), read(second, two)]).toEqual([job, instance]);
      }),
    );
  });
});

const read = (label: string, value: string): string =>
  label.endsWith('@base64')
    ? Buffer.from(value, 'base64url').toString()
    : decodeURIComponent(value);

describe('the instance', () => {
  beforeEach(() => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', undefined);
    vi.stubEnv('NODE_APP_INSTANCE', undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  const UUID = '627cc493-f310-47de-96bd-71410b7dec09';
  const picked = (resource = {}) => ({
    ...pick(runMetrics([steadyRun(1, { projectName: 'web' })]), 'own'),
    resource,
  });

  it('is the service.instance.id that the user set', () => {
    expect(instanceOf(picked({ 'service.instance.id': 'shop-1' }), undefined)).toBe('shop-1');
  });

  it('is host and project otherwise, as the option or the metrics name it', () => {
    expect(instanceOf(undefined, undefined)).toBe(`${hostname()}:codecarbon`);
    expect(instanceOf(picked(), undefined)).toBe(`${hostname()}:web`);
    expect(instanceOf(picked(), 'batch')).toBe(`${hostname()}:batch`);
  });

  it('is never a UUID that the SDK made up for this run', () => {
    const generated = picked({ 'service.instance.id': UUID });
    expect(instanceOf(generated, undefined)).toBe(`${hostname()}:web`);
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', `a=b,service.instance.id=${UUID}`);
    expect(instanceOf(generated, undefined)).toBe(UUID);
  });

  it('names the worker, by the number that it keeps over restarts', () => {
    vi.stubEnv('NODE_APP_INSTANCE', '3');
    expect(instanceOf(picked(), undefined)).toBe(`${hostname()}:web:3`);
  });
});

describe('a claim', () => {
  it('is refused to a second exporter, until the first lets go or moves on', () => {
    const first = claimGroup('http://x/metrics/job/a/instance/b');
    const second = () => claimGroup('http://x/metrics/job/a/instance/b');
    expect(second).toThrow(ConfigurationError);
    expect(second).toThrow('http://x/metrics/job/a/instance/b');
    first.move('http://x/metrics/job/a/instance/c');
    const other = second();
    expect(() => other.move('http://x/metrics/job/a/instance/c')).toThrow(ConfigurationError);
    first.release();
    first.release();
    other.move('http://x/metrics/job/a/instance/c');
    other.release();
  });
});
