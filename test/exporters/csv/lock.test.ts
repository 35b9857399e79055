import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../src/exporters/csv/lock.ts';
import { nodeStore } from '../../../src/exporters/csv/store.ts';
import { useFolder } from './support.ts';

const folder = useFolder();
const lockFile = (): string => `${folder.file}.lock`;
const HURRY = { patience: 50, deadAfter: 2000, staleAfter: 30_000 };

/** A lock that `pid` took so many seconds ago. */
function leaveLock(pid: number | string, age: number): void {
  writeFileSync(lockFile(), `${pid} left behind\n`);
  const then = Date.now() / 1000 - age;
  utimesSync(lockFile(), then, then);
}

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

const attempt = (): Promise<string> =>
  withLock(nodeStore, folder.file, async () => 'done', HURRY).catch((error) => error.message);

describe('the lock', () => {
  it('is held by one at a time, and nothing of it stays', async () => {
    let holders = 0;
    let most = 0;
    const work = async () => {
      holders += 1;
      most = Math.max(most, holders);
      expect(readFileSync(lockFile(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
      await nodeStore.stat(folder.path);
      holders -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => withLock(nodeStore, folder.file, work)));
    expect(most).toBe(1);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    await expect(
      withLock(nodeStore, folder.file, async () => {
        throw new Error('mine');
      }),
    ).rejects.toThrow('mine');
    expect(existsSync(lockFile())).toBe(false);
  });

  it('of a living process is waited for, and named when that takes too long', async () => {
    leaveLock(process.pid, 5);
    expect(await attempt()).toBe(`EBUSY: another process holds ${lockFile()}`);
    expect(existsSync(lockFile())).toBe(true);
  });

  it('of a process that died is broken after two seconds', async () => {
    const pid = deadPid();
    leaveLock(pid, 1);
    expect(await attempt()).toContain('EBUSY');
    leaveLock(pid, 3);
    expect(await attempt()).toBe('done');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('of a process that died is broken when its time lies in the future, a living one’s is not', async () => {
    leaveLock(deadPid(), -3600);
    expect(await attempt()).toBe('done');
    leaveLock(process.pid, -3600);
    expect(await attempt()).toContain('EBUSY');
  });

  it.each([process.pid, ''])('of anybody (%s) is broken after half a minute', async (pid) => {
    leaveLock(pid, 31);
    expect(await attempt()).toBe('done');
  });

  it('that is broken by many at once is then held by one at a time', async () => {
    leaveLock(deadPid(), 60);
    let holders = 0;
    let most = 0;
    const work = async () => {
      holders += 1;
      most = Math.max(most, holders);
      await nodeStore.stat(folder.path);
      holders -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => withLock(nodeStore, folder.file, work)));
    expect(most).toBe(1);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('that cannot be made does not stop the work', async () => {
    const nowhere = `${folder.path}/missing/emissions.csv`;
    expect(await withLock(nodeStore, nowhere, async () => 'done')).toBe('done');
  });

  it('whose place is taken by a directory is reported', async () => {
    mkdirSync(lockFile());
    expect(await attempt()).toContain(lockFile());
  });
});
