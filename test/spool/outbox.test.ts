import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeliveryError } from '../../src/http.ts';
import { makeDirectory } from '../../src/spool/directory.ts';
import { type Outbox, openOutbox } from '../../src/spool.ts';

interface Entry {
  readonly n: number;
}

let root: string;
let now: number;
let warnings: string[];
let calls: number[];
let fails: (n: number) => DeliveryError | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'outbox-'));
  now = 1_750_000_000_000;
  warnings = [];
  calls = [];
  fails = () => undefined;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (directory: string | undefined = root): Outbox<Entry> =>
  openOutbox<Entry>({
    directory,
    exporter: 'http',
    url: 'http://localhost/x',
    timeoutMillis: 1000,
    now: () => now,
    read: (content) => content as Entry,
    warn: (_, message) => warnings.push(message),
    async send({ n }) {
      calls.push(n);
      const error = fails(n);
      if (error !== undefined) throw error;
    },
  });

const failure = (status: number, retryAfterMillis?: number): DeliveryError =>
  new DeliveryError(`status ${status}`, { status, retryable: status >= 500, retryAfterMillis });
const messageOf = (act: Promise<void>): Promise<string | undefined> =>
  act.then(
    () => undefined,
    (error: Error) => error.message,
  );

it('says that an entry is kept when it is', async () => {
  fails = () => failure(503);
  expect(await messageOf(open().deliver('a', { n: 1 }, 'interval'))).toMatch(
    /^status 503; it is kept in .*outbox-.* and sent at the next chance$/,
  );
});

it('does not say so of an entry that the server refuses', async () => {
  fails = () => failure(422);
  expect(await messageOf(open().deliver('a', { n: 1 }, 'interval'))).toBe('status 422');
  expect(warnings).toEqual([expect.stringContaining('.refused')]);
});

it('says it of the others when only this one is refused', async () => {
  fails = (n) => failure(n === 1 ? 403 : 422);
  const outbox = open();
  await messageOf(outbox.deliver('a', { n: 1 }, 'interval'));
  expect(await messageOf(outbox.deliver('b', { n: 2 }, 'interval'))).toMatch(
    /; what else waits is kept in .* and sent at the next chance$/,
  );
});

it.each<readonly [what: string, directory: () => string, errno: string]>([
  ['a file', () => join(root, 'file'), 'ENOTDIR'],
  ['below a file', () => join(root, 'file', 'x', 'y'), 'ENOTDIR'],
  // Only there is a directory in which none can be made, whoever asks.
  ...(process.platform === 'linux' ? [['below /proc', () => '/proc/nope', 'ENOENT'] as const] : []),
])('a directory that is %s: says so, and sends without it', async (_, directory, errno) => {
  writeFileSync(join(root, 'file'), '');
  const warning = expect.stringMatching(
    new RegExp(`^cannot keep anything in .*/http-.* \\(${errno}\\); it is sent at once or lost$`),
  );
  const outbox = open(directory());
  await outbox.flush('interval');
  await outbox.deliver('a', { n: 1 }, 'interval');
  expect(calls).toEqual([1]);
  expect(new Set(warnings)).toEqual(new Set([warning]));
  fails = () => failure(503);
  expect(await messageOf(outbox.deliver('a', { n: 2 }, 'interval'))).toBe('status 503');
});

it('sends what it kept in a directory that cannot be read any more', async () => {
  fails = () => failure(503);
  const outbox = open(join(root, 'spool'));
  const entry = { n: 1 };
  await messageOf(outbox.deliver('a', entry, 'interval'));
  rmSync(join(root, 'spool'), { recursive: true });
  writeFileSync(join(root, 'spool'), '');
  fails = () => undefined;
  await outbox.deliver('a', entry, 'interval');
  expect(calls).toEqual([1, 1]);
  expect(new Set(warnings).size).toBe(1);
  fails = () => failure(503);
  expect(await messageOf(outbox.deliver('a', { n: 2 }, 'interval'))).toBe('status 503');
});

it.each([
  [60_000, 60_000],
  [86_400_000, 600_000],
])('leaves a server alone that asks for %i ms for %i ms', async (asked, kept) => {
  fails = () => failure(503, asked);
  const outbox = open();
  await messageOf(outbox.deliver('a', { n: 1 }, 'interval'));
  now += kept - 1;
  await messageOf(outbox.flush('interval'));
  expect(calls).toEqual([1]);
  now += 1;
  fails = () => undefined;
  await outbox.flush('interval');
  expect(calls).toEqual([1, 1]);
});

it('makes the directories that are missing, and ends where none can be made', async () => {
  await makeDirectory(join(root, 'a', 'b', 'c'));
  mkdirSync(join(root, 'a', 'd'));
  await makeDirectory(join(root, 'a', 'd'));
  expect(readdirSync(join(root, 'a'))).toEqual(['b', 'd']);
  writeFileSync(join(root, 'file'), '');
  await expect(makeDirectory(join(root, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
