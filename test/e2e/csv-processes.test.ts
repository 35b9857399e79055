import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RECORD_FIELDS } from '../../src/record/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'csv-processes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (mode: string, name: string, ...counts: readonly number[]): ChildProcess =>
  spawn(process.execPath, ['test/e2e/csv-writer.mjs', mode, folder, name, ...counts.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const exitCode = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0];

const fileText = (): string => readFileSync(join(folder, 'emissions.csv'), 'utf8');

/** Duration of each row by run; the parser is strict about the number of cells. */
const durations = (): Map<string, number> => {
  const rows = parse(fileText(), { columns: true }) as Record<string, string>[];
  expect(new Set(rows.map(({ run_id }) => run_id)).size).toBe(rows.length);
  return new Map(rows.map(({ run_id = '', duration }) => [run_id, Number(duration)]));
};

describe('one file', () => {
  it('takes the rows of eight processes and of two foreign ones: none lost, none torn', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `writer${index}`);
    const codes = await Promise.all([
      ...names.map((name) => exitCode(start('runs', name, 15, 4))),
      ...['python1', 'python2'].map((name) => exitCode(start('foreign', name, 60))),
    ]);
    expect(codes).toEqual(codes.map(() => 0));
    const found = durations();
    for (const name of names) {
      for (let index = 0; index < 15; index += 1) expect(found.get(`${name}-${index}`)).toBe(4);
    }
    expect(found.size).toBe(8 * 15 + 2 * 60);
    expect(fileText().split('timestamp,')).toHaveLength(2);
    expect(fileText().startsWith(`${RECORD_FIELDS.join(',')}\n`)).toBe(true);
    expect(readdirSync(folder)).toEqual(['emissions.csv']);
  });

  it('misses one interval at most after a crash, and takes the next run', async () => {
    for (const name of ['first', 'second', 'third']) {
      const child = start('steady', name);
      let seen = '';
      child.stdout?.on('data', (chunk) => {
        seen += chunk;
        if (seen.split('\n').length > 20) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const [acknowledged = 0] = seen.trim().split('\n').map(Number).slice(-1);
      expect(acknowledged).toBeGreaterThanOrEqual(20);
      expect(durations().get(name)).toBeGreaterThanOrEqual(acknowledged);
    }
    expect(await exitCode(start('runs', 'last', 1, 1))).toBe(0);
    expect([...durations().keys()]).toEqual(['first', 'second', 'third', 'last-0']);
    expect(readdirSync(folder)).toEqual(['emissions.csv']);
  });
});
