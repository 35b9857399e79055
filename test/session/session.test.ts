import { expect, it } from 'vitest';
import { readConfiguration } from '../../src/config/index.ts';
import type { OptionName } from '../../src/options/index.ts';
import { longestStop } from '../../src/session/session.ts';

const stopOf = (options: Partial<Record<OptionName, unknown>>): number => {
  const explicit = Object.entries(options).map(([name, raw]) => ({
    name: name as OptionName,
    raw,
    as: name,
  }));
  return longestStop(
    readConfiguration(explicit, { env: {}, directory: '/nowhere', home: undefined }),
  );
};

it.each([
  ['nothing that takes longer', {}, 15_000],
  ['a group that is deleted after the default grace', { onShutdown: 'delete' }, 35_000],
  ['a longer grace', { onShutdown: 'delete', graceMillis: 60_000 }, 80_000],
  ['a grace that is not used', { graceMillis: 60_000 }, 15_000],
  ['a longer time-out of HTTP', { timeoutMillis: 30_000 }, 35_000],
])('the end may take as long as the outputs need: %s', (_what, options, millis) => {
  expect(stopOf(options)).toBe(millis);
});
