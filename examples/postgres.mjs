/**
 * An output of one's own: runs in a table of PostgreSQL, a row per run_id that later figures replace.
 *
 *   DATABASE_URL=postgres://user@localhost/energy node examples/postgres.mjs
 *   SELECT sum((record->>'energy_consumed')::float8) FROM runs WHERE record->>'project_name' = 'nightly';
 */
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import * as codecarbon from 'opentelemetry-instrumentation-codecarbon';
import pg from 'pg';

const TABLE = 'CREATE TABLE IF NOT EXISTS runs (run_id text PRIMARY KEY, record jsonb NOT NULL)';
const UPSERT = `INSERT INTO runs VALUES ($1, $2)
  ON CONFLICT (run_id) DO UPDATE SET record = excluded.record`;

export class PostgresExporter extends codecarbon.EmissionsExporter {
  /** @param client a pool or client of `pg`, or what else has its `query(text, values)` */
  constructor(client) {
    super({ name: 'postgres' });
    this.client = client;
  }
  async write(record) {
    this.table ??= await this.client.query(TABLE);
    await this.client.query(UPSERT, [record.run_id, JSON.stringify(record)]);
  }
}

if (process.env.DATABASE_URL) {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
  const exporter = new PostgresExporter(pool);
  const reader = new codecarbon.EmissionsMetricReader({ exporter, countryIsoCode: 'FRA' });
  const provider = new MeterProvider({ readers: [reader] });
  const instrumentation = new codecarbon.CodeCarbonInstrumentation({ projectName: 'nightly' });
  instrumentation.setMeterProvider(provider);
  // … the work …
  await provider.shutdown();
  await pool.end();
}
