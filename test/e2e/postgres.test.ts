import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmissionsExporter, EmissionsRecord } from '../../src/index.ts';
import { exportTo } from '../exporters/export-to.ts';
import { RUN_ID, steadyRun } from '../exporters/run-metrics.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

interface Client {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

let server: PostgresServer;
let PostgresExporter: new (client: Client) => EmissionsExporter;
beforeAll(async () => {
  server = await startPostgres();
  ({ PostgresExporter } = await import(
    new URL('../../examples/postgres.mjs', import.meta.url).href
  ));
});
afterAll(() => server.stop());
beforeEach(async () => void (await server.database.exec('DROP TABLE IF EXISTS runs')));

const rows = async (): Promise<{ run_id: string; record: EmissionsRecord }[]> =>
  (await server.database.query<{ run_id: string; record: EmissionsRecord }>('SELECT * FROM runs'))
    .rows;

describe('examples/postgres.mjs', () => {
  it('is an output in less than 40 lines', () => {
    const lines = readFileSync('examples/postgres.mjs', 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThan(40);
  });

  it('writes a run through a real client of PostgreSQL', async () => {
    const env = { ...process.env, DATABASE_URL: server.url };
    const example = spawn(process.execPath, ['examples/postgres.mjs'], { env, stdio: 'inherit' });
    expect(await once(example, 'exit')).toEqual([0, null]);
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row?.record).toMatchObject({ project_name: 'nightly', country_iso_code: 'FRA' });
    expect(row?.run_id).toBe(row?.record.run_id);
    expect(row?.record.duration).toBeGreaterThan(0);
  });

  it.each([
    ['a pool of pg', async () => new pg.Pool({ connectionString: server.url, max: 1 })],
    ['PGlite itself', async () => server.database],
  ])('keeps one row per run_id through %s, however often it writes', async (_, connect) => {
    const client = await connect();
    const exporter = new PostgresExporter(client);
    for (const seconds of [1, 2, 3]) {
      expect(await exportTo(exporter, steadyRun(seconds))).toEqual({ code: 0 });
    }
    await exporter.forceFlush();
    await exporter.shutdown();
    // The same run again, as after a crash between a write and its answer.
    const again = new PostgresExporter(client);
    await exportTo(again, steadyRun(3), steadyRun(5, { runId: 'other', projectName: 'q' }));
    await again.shutdown();
    const found = (await rows()).map(({ run_id, record }) => [run_id, record.duration]);
    expect(found.sort()).toEqual([
      [RUN_ID, 3],
      ['other', 5],
    ]);
    if (client instanceof pg.Pool) await client.end();
  });

  it('loses nothing when the database was away', async () => {
    let isAway = true;
    const client: Client = {
      query: async (text, values) => {
        if (isAway) throw new Error('connection refused');
        return server.database.query(text, values);
      },
    };
    const exporter = new PostgresExporter(client);
    const { error } = await exportTo(exporter, steadyRun(1));
    expect(error?.message).toBe('postgres: connection refused');
    isAway = false;
    await exporter.shutdown();
    expect((await rows()).map(({ record }) => record.duration)).toEqual([1]);
  });
});
