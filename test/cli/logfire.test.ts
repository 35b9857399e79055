import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/program.ts';
import { fakeLogfire, person, temporaryDirectory } from '../exporters/logfire/support.ts';
import type { FakeLogfire } from '../support/fake-logfire.ts';
import { fakeIo } from './fake-io.ts';

let fake: FakeLogfire;
let home: string;
let directory: string;
beforeEach(async () => {
  fake = await fakeLogfire();
  fake.userTokens.clear();
  fake.answerLogin('approve');
  home = temporaryDirectory();
  directory = temporaryDirectory();
});

/** Without a terminal, unless somebody answers. */
function open(answers?: readonly string[], env: Record<string, string> = {}) {
  const io = fakeIo({ directory, env: { LOGFIRE_BASE_URL: fake.url, ...env } });
  const surroundings = { ...io.surroundings, home };
  const ask = answers === undefined ? undefined : person(...answers).ask;
  return { ...io, surroundings, ask } satisfies Io;
}

const login = (io: Io, ...flags: readonly string[]) => main(['logfire', 'login', ...flags], io);
const credentials = () =>
  JSON.parse(readFileSync(join(directory, '.logfire', 'logfire_credentials.json'), 'utf8'));

describe('codecarbon-otel logfire login', () => {
  it('logs in without a terminal, by flags', async () => {
    const io = open();
    expect(await login(io, '--project', 'nightly', '--organization', 'acme')).toBe(0);
    expect(credentials()).toMatchObject({ project_name: 'nightly', logfire_api_url: fake.url });
    expect(io.err()).toContain(`${fake.url}/auth/device/`);
    expect(io.out()).toContain(`Sending to the project nightly (${fake.url}/acme/nightly)`);
  });

  it('asks at a terminal', async () => {
    expect(await login(open(['1']))).toBe(0);
    expect(credentials().project_name).toBe('shop');
  });

  it('says so when the directory sends already, and lets a flag change it', async () => {
    await login(open(), '--project', 'shop');
    const again = open();
    expect(await login(again)).toBe(0);
    expect(again.out()).toMatch(/sends to the project shop .* already/);
    await login(open(), '--project', 'other');
    expect(credentials().project_name).toBe('other');
  });

  it('logs in anew when the write token was revoked', async () => {
    await login(open(), '--project', 'shop');
    fake.writeTokens.clear();
    expect(await login(open(['1']))).toBe(0);
    expect([...fake.writeTokens.keys()]).toEqual([credentials().token]);
  });

  it('warns of a variable that counts before the file', async () => {
    const io = open(undefined, { LOGFIRE_TOKEN: 'SECRET' });
    await login(io, '--project', 'shop');
    expect(io.err()).toContain('LOGFIRE_TOKEN is set');
    expect(io.err() + io.out()).not.toContain('SECRET');
  });

  it('ends on Ctrl-C while it waits, with 130 and without a trace', async () => {
    fake.answerLogin('nothing');
    const io = open();
    const ended = login(io, '--project', 'shop');
    await expect.poll(() => io.err()).toContain('Waiting');
    io.send('SIGINT');
    expect(await ended).toBe(130);
    expect(io.err()).toMatch(/The log-in was cancelled\.\n$/);
    expect(io.err()).not.toMatch(/ at /);
    fake.answerLogin('deny');
  });

  it('ends with 130 when a question is left', async () => {
    const io = open([]);
    expect(await login(io)).toBe(130);
    expect(io.err()).toContain('cancelled');
  });

  it.each([
    ['what is missing', [], /^error: Name the project with --project/m],
    ['a refusal', ['--project', 'shop'], /^error: Logfire refuses the log-in/m],
  ])('fails with 1 and one line for %s', async (_what, flags, words) => {
    fake.answerLogin(flags.length === 0 ? 'approve' : 'deny');
    const io = open();
    expect(await login(io, ...flags)).toBe(1);
    expect(io.err()).toMatch(words);
    expect(io.err()).not.toMatch(/ at .*\.ts/);
  });

  it.each([
    [['--region', 'uss'], /--region: "uss" is not valid; allowed: us, eu. Did you mean us\?/],
    [['--regon', 'us'], /Did you mean --region/],
  ])('%j is wrong usage', async (flags, words) => {
    const io = open();
    expect(await login(io, ...flags)).toBe(2);
    expect(io.err()).toMatch(words);
  });
});
