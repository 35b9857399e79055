import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LoginIo } from '../../../src/exporters/logfire/ask.ts';
import { ensureLogfireCredentials } from '../../../src/exporters/logfire/index.ts';
import { type LoginOptions, logInToLogfire } from '../../../src/exporters/logfire/login.ts';
import { keepUserToken } from '../../../src/exporters/logfire/user-tokens.ts';
import { type FakeLogfire, USER_TOKEN } from '../../support/fake-logfire.ts';
import { fakeLogfire, nobody, person, temporaryDirectory } from './support.ts';

const PATIENCE = { pollMillis: 300, pauseMillis: 5, longestMillis: 500 };
const DAY = 24 * 3600_000;

let fake: FakeLogfire;
let home: string;
let directory: string;
beforeEach(async () => {
  fake = await fakeLogfire();
  fake.userTokens.clear();
  fake.answerLogin('approve');
  home = temporaryDirectory();
  directory = join(temporaryDirectory(), 'My Shop!');
  mkdirSync(directory);
});

const options = (io: LoginIo, more: Partial<LoginOptions> = {}): LoginOptions => ({
  options: { logfireBaseUrl: fake.url },
  surroundings: { env: {}, directory },
  home,
  io,
  patience: PATIENCE,
  ...more,
});

const logIn = (io: LoginIo, more: Partial<LoginOptions> = {}) => logInToLogfire(options(io, more));
const credentials = () =>
  JSON.parse(readFileSync(join(directory, '.logfire', 'logfire_credentials.json'), 'utf8'));
const tokensFile = () => join(home, '.logfire', 'default.toml');
const asked = (path: RegExp) => fake.requests.filter((request) => path.test(request.path)).length;

describe('a log-in', () => {
  it('shows the page, waits, and keeps the user token as Logfire does', async () => {
    fake.answerLogin('nothing');
    const io = nobody();
    const done = logIn(io, { project: 'shop' });
    await expect.poll(() => asked(/wait/)).toBeGreaterThan(2);
    fake.answerLogin('approve');
    await done;
    expect(io.screen()).toContain(`${fake.url}/auth/device/device-1`);
    const { tokens } = parse(readFileSync(tokensFile(), 'utf8'));
    expect(tokens).toEqual({ [fake.url]: { token: USER_TOKEN, expiration: fake.expiration } });
    expect(statSync(tokensFile()).mode & 0o777).toBe(0o600);
  });

  it('writes the credentials file and keeps it out of git', async () => {
    const made = await logIn(nobody(), { project: 'shop' });
    const [token] = [...fake.writeTokens.keys()].slice(-1);
    expect(credentials()).toEqual({
      token,
      project_name: 'shop',
      project_url: `${fake.url}/acme/shop`,
      logfire_api_url: fake.url,
    });
    expect(made).toMatchObject({ projectName: 'shop', projectUrl: `${fake.url}/acme/shop` });
    expect(statSync(made.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(directory, '.logfire', '.gitignore'), 'utf8')).toBe('*');
  });

  it('puts no token on the screen', async () => {
    const io = person('1');
    await logIn(io);
    expect(io.screen()).not.toContain(USER_TOKEN);
    for (const token of fake.writeTokens.keys()) expect(io.screen()).not.toContain(token);
  });

  it('is not asked for again while it is valid', async () => {
    await logIn(nobody(), { project: 'shop' });
    await logIn(nobody(), { project: 'shop' });
    expect(asked(/device-auth\/new/)).toBe(1);
  });

  it.each([
    ['has expired', -DAY],
    ['was revoked', DAY],
  ])('that %s is made again', async (_what, left) => {
    const expiration = new Date(Date.now() + left).toISOString().replace('Z', '');
    await keepUserToken(home, fake.url, { token: 'pylf_v1_us_old', expiration });
    const io = nobody();
    await logIn(io, { project: 'shop' });
    expect(io.screen()).toContain('expired');
    expect(asked(/device-auth\/new/)).toBe(1);
    expect(credentials().project_name).toBe('shop');
  });

  it('keeps the other log-ins of the file', async () => {
    mkdirSync(join(home, '.logfire'));
    const other = '[tokens."https://logfire-eu.pydantic.dev"]\ntoken = "t"\nexpiration = "e"\n';
    writeFileSync(tokensFile(), `# mine\nextra = 1\n${other}`);
    await logIn(nobody(), { project: 'shop' });
    expect(parse(readFileSync(tokensFile(), 'utf8'))).toEqual({
      extra: 1,
      tokens: {
        'https://logfire-eu.pydantic.dev': { token: 't', expiration: 'e' },
        [fake.url]: { token: USER_TOKEN, expiration: fake.expiration },
      },
    });
  });

  it('leaves a file that it cannot read as it is', async () => {
    mkdirSync(join(home, '.logfire'));
    writeFileSync(tokensFile(), '[tokens\ntoken = "SECRET"');
    const error: Error = await logIn(nobody(), { project: 'shop' }).catch((e) => e);
    expect(error.message).toMatch(/default\.toml is not valid TOML; mend or remove it/);
    expect(error.message).not.toContain('SECRET');
    expect(readFileSync(tokensFile(), 'utf8')).toContain('SECRET');
  });
});

describe('a log-in that fails', () => {
  const failure = (more: Partial<LoginOptions> = {}): Promise<Error> =>
    logIn(nobody(), { project: 'shop', ...more }).then(
      () => expect.fail('it succeeded'),
      (error) => error,
    );

  it('because it was refused in the browser', async () => {
    fake.answerLogin('deny');
    expect((await failure()).message).toMatch(/refuses the log-in/);
  });

  it('because its code has expired', async () => {
    fake.misbehave(/wait/, { status: 404 });
    expect((await failure()).message).toMatch(/has expired/);
  });

  it('because nobody agrees', async () => {
    fake.answerLogin('nothing');
    expect((await failure()).message).toMatch(/Nobody agreed/);
  });

  it.each(['hang', 'reset', { status: 503 }] as const)(
    'because the server goes away while it waits: %o',
    async (how) => {
      fake.misbehave(/wait/, how);
      const longer = { ...PATIENCE, pollMillis: 50, longestMillis: 5000 };
      const { message } = await failure({ patience: longer });
      expect(message).toContain(fake.url);
      expect(message).not.toContain('device-1');
      // One more where a kept connection was found closed.
      expect([4, 5]).toContain(asked(/wait/));
    },
  );

  it('not because of one answer that is lost', async () => {
    fake.misbehave(/wait/, 'reset', 1);
    await logIn(nobody(), { project: 'shop' });
    expect(credentials().project_name).toBe('shop');
  });

  it.each([
    'null',
    '[]',
    'hello',
    '{"device_code":"x"}',
    '{"device_code":"x","frontend_auth_url":"javascript:1"}',
  ])('because what answers is no Logfire: %s', async (body) => {
    fake.misbehave(/device-auth/, { status: 200, body });
    expect((await failure()).message).toMatch(/does not speak Logfire's protocol/);
  });

  it.each(['flood', { status: 500 }] as const)(
    'because projects cannot be listed: %o',
    { timeout: 20_000 },
    async (how) => {
      fake.misbehave(/writable-projects/, how);
      expect((await failure()).message).toContain(`${fake.url}/v1/writable-projects/`);
    },
  );

  it('and writes nothing then', async () => {
    fake.misbehave(/write-tokens/, { status: 403 });
    await failure();
    expect(() => credentials()).toThrow('ENOENT');
  });
});

describe('the project', () => {
  it('is one of the existing, by number', async () => {
    fake.projects.push({ organization_name: 'acme', project_name: 'tools' });
    await logIn(person('2'));
    expect(credentials().project_name).toBe('tools');
  });

  it('is the first one for whoever presses Enter, and is asked for again after nonsense', async () => {
    await logIn(person('9', 'x', '0', ''));
    expect(credentials().project_name).toBe('shop');
  });

  it('is a new one, called like the directory', async () => {
    await logIn(person('2', ''));
    expect(credentials().project_name).toBe('my-shop');
    expect(fake.projects.at(-1)).toEqual({ organization_name: 'acme', project_name: 'my-shop' });
  });

  it('is asked for again when its name is taken or not allowed', async () => {
    const io = person('2', 'shop', 'Not Allowed', 'fresh');
    await logIn(io);
    expect(io.screen()).toMatch(/has a project shop already/);
    expect(io.screen()).toMatch(/Not Allowed is no name for a project: Value error, the name may/);
    expect(credentials().project_name).toBe('fresh');
  });

  it('is made in the organization of one’s choice', async () => {
    fake.organizations.push('beta');
    await logIn(person('2', '2', 'fresh'));
    expect(fake.projects.at(-1)).toEqual({ organization_name: 'beta', project_name: 'fresh' });
  });

  it('comes from a flag, and is made when it does not exist', async () => {
    await logIn(nobody(), { project: 'nightly' });
    expect(fake.projects.at(-1)?.project_name).toBe('nightly');
    await logIn(nobody(), { project: 'nightly' });
    expect(fake.projects.filter(({ project_name }) => project_name === 'nightly')).toHaveLength(1);
  });

  it.each([
    ['no flag', {}, /--project.*acme\/shop/],
    ['an unknown organization', { project: 'x', organization: 'nobody' }, /--organization.*acme/],
    ['a name that is not allowed', { project: 'No!' }, /no name for a project.*another --project/],
  ])('without a terminal and with %s: says which flag', async (_what, flags, words) => {
    await expect(logIn(nobody(), flags)).rejects.toThrow(words);
  });

  it('in several organizations: without a terminal the flag decides', async () => {
    fake.organizations.push('beta');
    fake.projects.push({ organization_name: 'beta', project_name: 'shop' });
    await expect(logIn(nobody(), { project: 'shop' })).rejects.toThrow(
      /--organization: acme, beta/,
    );
    await logIn(nobody(), { project: 'shop', organization: 'beta' });
    expect(credentials().project_url).toBe(`${fake.url}/beta/shop`);
  });

  it('cannot be made where there is no organization', async () => {
    fake.organizations.splice(0);
    await expect(logIn(nobody(), { project: 'x' })).rejects.toThrow(/in any organization/);
  });

  it('with the control characters of a server does not move the cursor', async () => {
    fake.projects[0] = { organization_name: 'ac\u001b[2Jme', project_name: 'shop' };
    const io = person();
    await logIn(io).catch(() => {});
    expect(io.screen()).not.toContain('\u001b');
  });
});

describe('the region', () => {
  it('without a terminal is asked for by flag', async () => {
    await expect(logIn(nobody(), { options: {}, project: 'x' })).rejects.toThrow(
      /--region us or --region eu/,
    );
  });

  it('is that of the only log-in there is', async () => {
    fake.userTokens.add(USER_TOKEN);
    await keepUserToken(home, fake.url, { token: USER_TOKEN, expiration: '2099-01-01T00:00:00' });
    await logIn(nobody(), { options: {}, project: 'shop' });
    expect(credentials().logfire_api_url).toBe(fake.url);
  });
});

describe('a tracker that sends to Logfire', () => {
  it('asks nobody when there is a token', async () => {
    const io = person();
    const surroundings = { env: { LOGFIRE_TOKEN: 't' }, directory };
    expect(await ensureLogfireCredentials(options(io, { surroundings }))).toBe(true);
    expect(io.screen()).toBe('');
  });

  it('asks to log in the first time, and not the second', async () => {
    const io = person('', '1');
    expect(await ensureLogfireCredentials(options(io))).toBe(true);
    expect(io.screen()).toMatch(/Log in now\? \[Y\/n\]/);
    expect(credentials().project_name).toBe('shop');
    const second = person();
    expect(await ensureLogfireCredentials(options(second))).toBe(true);
    expect(second.screen()).toBe('');
  });

  it.each([
    ['without a terminal', nobody],
    ['from one who says no', () => person('n')],
  ])('%s: an error says which variable to set', async (_what, io) => {
    await expect(ensureLogfireCredentials(options(io()))).rejects.toThrow(
      /set LOGFIRE_TOKEN, or run `codecarbon-otel logfire login`/,
    );
    expect(fake.requests).toEqual([]);
  });

  it('that may ask nobody asks nobody', async () => {
    const given = { ...options(person('y', '1')), interactive: false };
    await expect(ensureLogfireCredentials(given)).rejects.toThrow(/LOGFIRE_TOKEN/);
  });

  it('sends nothing when it is told so', async () => {
    const surroundings = { env: { LOGFIRE_SEND_TO_LOGFIRE: 'if-token-present' }, directory };
    expect(await ensureLogfireCredentials(options(nobody(), { surroundings }))).toBe(false);
  });
});
