import { diag } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { diagLogger } from '../src/diag.ts';
import { captureDiag } from './support/diag.ts';

afterEach(() => diag.disable());

it('what is to be said reaches the logger that the program has set, also one that is set later', () => {
  const log = diagLogger();
  const logged = captureDiag();
  log.warn('one thing');
  expect(logged.messages('warn')).toEqual([expect.stringContaining('one thing')]);
  logged.stop();
});

it('a logger that throws is nobody else’s trouble', () => {
  const fail = (): never => {
    throw new Error('a fault of the logger');
  };
  const logger = { error: fail, warn: fail, info: fail, debug: fail, verbose: fail };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  const log = diagLogger();
  for (const level of ['error', 'warn', 'info', 'debug', 'verbose'] as const) {
    expect(() => log[level]('something')).not.toThrow();
  }
});
