import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/http.ts';
import { claimedName, parseName } from '../../src/spool/names.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';

interface Entry {
  readonly n: number;
}

let directory: string;
let warnings: string[];
let now: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-'));
  warnings = [];
  now = 1_750_000_000_000;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (limit = 1000, url = 'http://localhost/x'): Spool<Entry> =>
  openSpool<Entry>({
    directory,
    exporter: 'http',
    url,
    limit,
    now: () => now,
    read: (content) =>
      typeof (content as Entry | undefined)?.n === 'number' ? (content as Entry) : undefined,
    warn: (_, message) => warnings.push(message),
  });

const always = (): boolean => true;

/** Delivers what waits and returns it; `failing` entries fail. */
async function drain(
  spool: Spool<Entry>,
  failing: (n: number) => unknown = () => undefined,
): Promise<{ delivered: number[]; error: unknown }> {
  const delivered: number[] = [];
  const deliver = async ({ n }: Entry): Promise<void> => {
    const error = failing(n);
    if (error !== undefined) throw error;
    delivered.push(n);
  };
  const error = await spool.drain(deliver, 1000, always).then(
    () => undefined,
    (why: unknown) => why,
  );
  return { delivered, error };
}

const failure = (status: number, retryable = false): DeliveryError =>
  new DeliveryError(`status ${status}`, { status, retryable });
const files = (spool: Spool<Entry>): string[] => readdirSync(spool.path).sort();
const fill = async (
  spool: Spool<Entry>,
  ...entries: [stream: string, n: number][]
): Promise<void> => {
  for (const [stream, n] of entries) await spool.put(stream, { n });
};

describe('a spool', () => {
  it('makes no directory before something is kept', async () => {
    const spool = open();
    expect(await drain(spool)).toEqual({ delivered: [], error: undefined });
    expect(existsSync(spool.path)).toBe(false);
  });

  it('delivers in order, once, also what another process left', async () => {
    await fill(open(), ['a', 1], ['b', 2], ['a', 3]);
    const spool = open();
    expect((await drain(spool)).delivered).toEqual([1, 2, 3]);
    expect((await drain(spool)).delivered).toEqual([]);
    expect(files(spool)).toEqual([]);
    expect(spool.size).toBe(0);
  });

  it('keeps the order when the clock is set back', async () => {
    const spool = open();
    for (const n of [1, 2, 3]) {
      now -= 3600_000;
      await spool.put('a', { n });
    }
    expect((await drain(spool)).delivered).toEqual([1, 2, 3]);
  });

  it('has another folder for another destination', async () => {
    await fill(open(), ['a', 1]);
    expect((await drain(open(1000, 'http://localhost/y'))).delivered).toEqual([]);
    expect((await drain(open(1000, 'http://me:other@localhost/x?key=k'))).delivered).toEqual([1]);
  });

  it('stops at a failure that passes, and keeps all of it', async () => {
    const spool = open();
    await fill(spool, ['a', 1], ['b', 2]);
    const error = failure(503, true);
    expect(await drain(spool, () => error)).toEqual({ delivered: [], error });
    expect(spool.size).toBe(2);
    expect((await drain(spool)).delivered).toEqual([1, 2]);
  });

  it('goes on with other streams when one is not allowed, three times', async () => {
    const spool = open();
    await fill(spool, ['a', 1], ['a', 2], ['b', 3], ['c', 4], ['d', 5], ['e', 6]);
    const first = await drain(spool, (n) => (n === 1 ? failure(403) : undefined));
    expect(first.delivered).toEqual([3, 4, 5, 6]);
    await fill(spool, ['b', 7], ['c', 8], ['d', 9]);
    let tries = 0;
    await drain(spool, () => {
      tries += 1;
      return failure(403);
    });
    expect(tries).toBe(3);
  });

  it.each([400, 413, 422])('sets aside what is refused with %i, and goes on', async (status) => {
    const spool = open();
    await fill(spool, ['a', 1], ['a', 2]);
    const error = failure(status);
    expect(await drain(spool, (n) => (n === 1 ? error : undefined))).toEqual({
      delivered: [2],
      error,
    });
    expect(files(spool)).toEqual([expect.stringMatching(/\.json\.refused$/)]);
    expect(warnings).toEqual([expect.stringContaining(files(spool)[0] ?? '-')]);
    expect((await drain(spool)).error).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['half', '{"n":'],
    ['something else', '{"m":1}'],
    ['null', 'null'],
  ])('sets aside a file that holds %s, and goes on', async (_, text) => {
    const spool = open();
    await fill(spool, ['a', 1], ['a', 2]);
    writeFileSync(join(spool.path, files(spool)[0] ?? ''), text);
    expect(await drain(spool)).toEqual({ delivered: [2], error: undefined });
    const [kept = ''] = files(spool);
    expect(kept).toMatch(/\.json\.corrupt$/);
    expect(readFileSync(join(spool.path, kept), 'utf8')).toBe(text);
    expect(warnings).toHaveLength(1);
  });

  it('leaves files alone that are none of its own', async () => {
    const spool = open();
    await fill(spool, ['a', 1]);
    mkdirSync(join(spool.path, 'folder'));
    writeFileSync(join(spool.path, 'README'), 'mine');
    expect((await drain(spool)).delivered).toEqual([1]);
    expect(files(spool)).toEqual(['README', 'folder']);
  });

  it('is bounded: what was set aside goes first, then the oldest', async () => {
    const spool = open(3);
    await fill(spool, ['a', 1], ['a', 2]);
    await drain(spool, (n) => (n === 1 ? failure(422) : failure(503, true)));
    await fill(spool, ['a', 3], ['a', 4]);
    expect(files(spool)).toHaveLength(3);
    expect(warnings.filter((text) => text.includes('given up'))).toEqual([]);
    await fill(spool, ['a', 5]);
    expect(warnings.at(-1)).toMatch(/^more than 3 deliveries wait in .*; the oldest are given up$/);
    expect((await drain(spool)).delivered).toEqual([3, 4, 5]);
  });

  it('stops when there is no more time', async () => {
    const spool = open();
    await fill(spool, ['a', 1], ['a', 2]);
    const delivered: number[] = [];
    await spool.drain(
      async ({ n }) => void delivered.push(n),
      1000,
      () => delivered.length < 1,
    );
    expect(delivered).toEqual([1]);
    expect(spool.size).toBe(1);
  });

  it('removes what a process began to write an hour ago and never finished', async () => {
    const spool = open();
    await fill(spool, ['a', 1]);
    const [old, young] = ['old.tmp', 'young.tmp'].map((name) => join(spool.path, name));
    for (const path of [old, young]) writeFileSync(path ?? '', '{"n":');
    utimesSync(old ?? '', now / 1000 - 7200, now / 1000 - 7200);
    utimesSync(young ?? '', now / 1000, now / 1000);
    expect((await drain(spool)).delivered).toEqual([1]);
    expect(files(spool)).toEqual(['young.tmp']);
    expect(warnings).toEqual([]);
  });
});

describe('several processes', () => {
  it('do not deliver the same entry, and keep the order of a stream', async () => {
    const entries = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(entries, async (streams) => {
        const spools = [open(), open(), open()];
        const [first = open()] = spools;
        await fill(first, ...streams.map((stream, n): [string, number] => [stream, n + 1]));
        const delivered: number[] = [];
        const deliver = async (entry: Entry): Promise<void> => {
          await new Promise((resolve) => setImmediate(resolve));
          delivered.push(entry.n);
        };
        // A round that meets somebody else's work leaves it: two more rounds meet nobody.
        for (let round = 0; round < 3; round += 1) {
          await Promise.all(spools.map((spool) => spool.drain(deliver, 1000, always)));
        }
        expect([...delivered].sort((a, b) => a - b)).toEqual(streams.map((_, index) => index + 1));
        for (const stream of ['a', 'b', 'c']) {
          const own = delivered.filter((one) => streams[one - 1] === stream);
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
      }),
      { numRuns: 30 },
    );
  });

  const claimed = async (change: (name: string) => string): Promise<Spool<Entry>> => {
    const spool = open();
    await fill(spool, ['a', 1], ['a', 2], ['b', 3]);
    const [name = ''] = files(spool);
    renameSync(join(spool.path, name), join(spool.path, change(claimedName(name, now + 60_000))));
    return spool;
  };
  /** A process that lives and is not this one. */
  const others = (name: string): string => name.replace(`-${process.pid}-`, `-${process.ppid}-`);

  it('leave alone what another delivers, and what comes after it', async () => {
    const spool = await claimed(others);
    expect((await drain(spool)).delivered).toEqual([3]);
    expect(spool.size).toBe(2);
  });

  it('take over when its time is up', async () => {
    const spool = await claimed(others);
    now += 61_000;
    expect((await drain(spool)).delivered).toEqual([1, 2, 3]);
  });

  it('take over at once from a process that is gone', async () => {
    const spool = await claimed((name) => name.replace(`-${process.pid}-`, '-4194305-'));
    expect((await drain(spool)).delivered).toEqual([1, 2, 3]);
  });

  it('take over at once from a process before with the same number, as in a container', async () => {
    const spool = await claimed((name) => name);
    expect((await drain(spool)).delivered).toEqual([1, 2, 3]);
  });

  it('on other machines may live, whatever their number', async () => {
    const spool = await claimed((name) =>
      name.replace(`-${process.pid}-`, '-4194305-').replace(/.{8}-(.{8})$/, '00000000-$1'),
    );
    expect((await drain(spool)).delivered).toEqual([3]);
  });

  it('are told by the name of the file', () => {
    const name = '001750000000000-000001-0123456789abcdef.json';
    expect(parseName(name)).toEqual({ file: name, name, stream: '0123456789abcdef' });
    expect(parseName(claimedName(name, 5))?.claim).toMatchObject({ until: 5, pid: process.pid });
    for (const other of ['x.json', `${name}.refused`, `${name}.claim-5`, `${name}~`]) {
      expect(parseName(other)).toBeUndefined();
    }
  });
});
