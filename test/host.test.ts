import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { localHost } from '../src/host.ts';
import { seconds } from '../src/units.ts';

afterEach(() => vi.unstubAllEnvs());

describe('the local host', () => {
  it.runIf(process.platform === 'linux')(
    'reads a procfs file to its end, however it is cut',
    () => {
      const read = localHost().read('/proc/self/smaps');
      const whole = readFileSync('/proc/self/smaps', 'latin1');
      expect(read.ok && read.value.length).toBeGreaterThan(whole.length / 2);
      expect(read.ok && read.value.endsWith('\n')).toBe(true);
    },
  );

  it('reads a file that is larger than its buffer', () => {
    const directory = mkdtempSync(join(tmpdir(), 'host-'));
    const path = join(directory, 'large');
    const text = 'line of text\n'.repeat(20_000);
    writeFileSync(path, text);
    expect(localHost().read(path)).toEqual({ ok: true, value: text });
    rmSync(directory, { recursive: true });
  });

  it('reads the start of a file that stays open, as a text or as bytes', () => {
    const directory = mkdtempSync(join(tmpdir(), 'host-'));
    const path = join(directory, 'counter');
    writeFileSync(path, '12345\n');
    const opened = localHost().open(path, 4);
    if (!opened.ok) throw new Error(opened.errno);
    const file = opened.value;
    const bytes = Buffer.alloc(8, '.');
    expect(file.read()).toEqual({ ok: true, value: '1234' });
    expect(file.copy(bytes, 2)).toBe(4);
    expect(bytes.toString()).toBe('..1234..');
    writeFileSync(path, '9');
    expect(file.read()).toEqual({ ok: true, value: '9' });
    expect(file.copy(bytes, 0)).toBe(1);
    file.close();
    expect(file.read()).toEqual({ ok: false, errno: 'EBADF' });
    expect(file.copy(bytes, 0)).toBe(-1);
    rmSync(directory, { recursive: true });
  });

  it.runIf(process.platform === 'linux')('does not wait for what is no file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'host-'));
    const path = join(directory, 'fifo');
    execFileSync('mkfifo', [path]);
    const host = localHost();
    expect(host.read(path)).toEqual({ ok: false, errno: 'ESPIPE' });
    const opened = host.open(path, 10);
    expect(opened.ok && opened.value.read()).toEqual({ ok: false, errno: 'ESPIPE' });
    expect(opened.ok && opened.value.copy(Buffer.alloc(10), 0)).toBe(-1);
    if (opened.ok) opened.value.close();
    expect(host.inspect(path)).toBe('other');
    expect(host.read('/dev/null')).toEqual({ ok: false, errno: 'EINVAL' });
    expect(host.read('/dev/zero')).toEqual({ ok: false, errno: 'EINVAL' });
    rmSync(directory, { recursive: true });
  });

  it('calls what is to happen soon in turns of their own, unless it is taken back, whatever it throws', async () => {
    const { soon } = localHost();
    const happened: string[] = [];
    soon(() => {
      happened.push('first');
      throw new Error('a fault');
    });
    const takeBack = soon(() => happened.push('second'));
    soon(() => happened.push('third'));
    takeBack();
    takeBack();
    expect(happened).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(happened).toEqual(['first']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(happened).toEqual(['first', 'third']);
    soon(() => happened.push('fourth'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(happened).toHaveLength(3);
  });

  it('keeps to one act a turn after one was taken back', async () => {
    const { soon } = localHost();
    const happened: string[] = [];
    soon(() => happened.push('first'))();
    soon(() => happened.push('second'));
    soon(() => happened.push('third'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(happened).toEqual(['second']);
  });

  it('needs no global timers, which some test environments take away', async () => {
    for (const name of ['setImmediate', 'setInterval', 'clearInterval'])
      vi.stubGlobal(name, undefined);
    const { soon, every } = localHost();
    const stop = every(seconds(1), () => undefined);
    await new Promise<void>((resolve) => soon(resolve));
    stop();
    vi.unstubAllGlobals();
  });

  it('takes an empty variable for none', () => {
    vi.stubEnv('HOST_PROC', '');
    vi.stubEnv('HOST_SYS', '');
    expect(localHost().proc('stat')).toBe('/proc/stat');
    expect(localHost().sys('class')).toBe('/sys/class');
  });

  it('says what is wrong instead of throwing', () => {
    const host = localHost();
    expect(host.read('/nowhere/at/all')).toEqual({ ok: false, errno: 'ENOENT' });
    expect(host.read(tmpdir())).toEqual({ ok: false, errno: 'EISDIR' });
    expect(host.list('/nowhere/at/all')).toEqual({ ok: false, errno: 'ENOENT' });
    expect(host.inspect('/nowhere/at/all')).toBe('missing');
  });
});
