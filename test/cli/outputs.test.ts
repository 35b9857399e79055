import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { diag } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/program.ts';
import {
  fakeLogfire,
  person,
  setEnvironment,
  temporaryDirectory,
} from '../exporters/logfire/support.ts';
import { type FakeLogfire, WRITE_TOKEN } from '../support/fake-logfire.ts';
import { fakeIo } from './fake-io.ts';

afterEach(() => diag.disable());

const run = async (io: Io & ReturnType<typeof fakeIo>, ...args: readonly string[]) => {
  const code = await main(['monitor', '--measure-power-secs', '0.1', ...args], io);
  return { code, out: io.out(), err: io.err() };
};

describe('the output logfire', () => {
  let fake: FakeLogfire;
  let directory: string;
  beforeEach(async () => {
    fake = await fakeLogfire();
    fake.userTokens.clear();
    fake.answerLogin('approve');
    directory = temporaryDirectory();
    setEnvironment({
      HOME: directory,
      LOGFIRE_BASE_URL: fake.url,
      LOGFIRE_CREDENTIALS_DIR: join(directory, '.logfire'),
    });
  });
  /** A command that leaves a trace. */
  const command = () => [
    '--',
    process.execPath,
    '-e',
    `require('node:fs').writeFileSync(${JSON.stringify(join(directory, 'ran'))}, '')`,
  ];
  const hasRun = (): boolean => existsSync(join(directory, 'ran'));
  const at = (answers?: readonly string[]) => ({
    ...fakeIo(),
    ask: answers === undefined ? undefined : person(...answers).ask,
  });

  it('without a token and without a terminal is wrong usage, and nothing is started', async () => {
    const { code, err } = await run(at(), '--output-methods', 'logfire', ...command());
    expect(code).toBe(2);
    expect(err).toMatch(/^error: .*set LOGFIRE_TOKEN.*\n$/);
    expect(hasRun()).toBe(false);
  });

  it('asks for a log-in before the command starts, and sends what it used', async () => {
    const { code } = await run(at(['', '1']), '--outputs', 'logfire', ...command());
    expect([code, hasRun()]).toEqual([0, true]);
    expect(fake.points.map(({ name }) => name)).toContain('codecarbon_energy_consumed');
    expect(fake.problems).toEqual([]);
  });

  it.each([
    ['a question that is left', [], 'approve', 130, 'cancelled'],
    ['"no"', ['n'], 'approve', 2, 'LOGFIRE_TOKEN'],
    ['a refusal', ['y'], 'deny', 1, 'error: Logfire refuses the log-in'],
  ] as const)('after %s no command is started', async (_what, answers, browser, code, words) => {
    fake.answerLogin(browser);
    const told = await run(at(answers), '--output-methods', 'logfire', ...command());
    expect(told.code).toBe(code);
    expect(told.err).toContain(words);
    expect(hasRun()).toBe(false);
  });

  it('tells in the summary that it was not written to', async () => {
    setEnvironment({ LOGFIRE_TOKEN: WRITE_TOKEN });
    fake.writeTokens.clear();
    const { code, out, err } = await run(at(), '--outputs', 'logfire', '--duration', '0.1');
    expect(code).toBe(1);
    expect(out).toMatch(/not written +logfire: .*401/);
    expect(err).toMatch(/^error: logfire: .*401/m);
    expect(out + err).not.toContain(WRITE_TOKEN);
  });
});

it('the output logger writes to stderr: the record stays the last line of stdout', async () => {
  const flags = ['--duration', '0.1', '--json', '--outputs', 'logger', '--logger-format', 'object'];
  const { code, out, err } = await run(fakeIo(), ...flags);
  expect(code).toBe(0);
  expect(out.trim().split('\n')).toHaveLength(1);
  const record = JSON.parse(out);
  const line = err.split('\n').find((text) => text.startsWith('{"message"'));
  expect(JSON.parse(line ?? '')).toMatchObject(record);
});

it('a row that is lost is told in the summary, also when the error was said before', async () => {
  const flags = ['--duration', '0.3', '--output-dir', '/nowhere/at/all'];
  const { code, out, err } = await run(fakeIo(), ...flags);
  expect(code).toBe(1);
  expect(out).toMatch(/^not written +csv: cannot write .*emissions\.csv: ENOENT/m);
  expect(out).not.toContain('written to');
  expect(out + err).not.toContain('next export');
  expect(err.match(/cannot write/g)).toHaveLength(1);
});

it.each([
  ['http', ['--emissions-endpoint', 'http://127.0.0.1:1/x']],
  ['api', ['--api-endpoint', 'http://127.0.0.1:1', '--experiment-id', 'e', '--api-key', 'k']],
])(
  '%s, which fails only at the end, is told in the summary and by the exit code',
  async (output, flags) => {
    const { code, out } = await run(fakeIo(), '--duration', '0.1', '--outputs', output, ...flags);
    expect(code).toBe(1);
    expect(out).toMatch(/^not written +(http|codecarbon-api): .*ECONNREFUSED/m);
  },
);
