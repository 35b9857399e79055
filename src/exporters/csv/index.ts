import { join, resolve } from 'node:path';
import { type OptionsFor, settingsFor } from '../../options/index.ts';
import type { EmissionsRecord } from '../../record/index.ts';
import { EmissionsExporter, type WriteContext } from '../exporter.ts';
import { errnoOf, type FileStore, nodeStore, systemError } from './store.ts';
import { type CsvTable, csvTable } from './table.ts';

export type CsvMetricExporterOptions = OptionsFor<'csv'>;

/** Rows that may wait for a disk that is full. */
const LONGEST_WAIT = 1000;

/**
 * Writes `emissions.csv` as CodeCarbon does, in the columns of its version 3.3: one row per run, kept up
 * to date at every export, or with `onCsvWrite: 'append'` one row per flush and one at the end. Many
 * processes, and CodeCarbon itself, may write to the same file.
 */
export class CsvMetricExporter extends EmissionsExporter {
  /** The file, as an absolute path. */
  readonly path: string;
  readonly #appends: boolean;
  readonly #table: CsvTable;
  /** What each run's newest row was made of. */
  readonly #done = new Map<string, EmissionsRecord>();
  readonly #waiting: EmissionsRecord[] = [];

  /**
   * @param store where the file is; another file system in tests
   * @throws ConfigurationError for an unknown option or a value that is not allowed
   */
  constructor(options: CsvMetricExporterOptions = {}, store: FileStore = nodeStore) {
    super({ name: 'csv' });
    const { outputDir, outputFile, onCsvWrite } = settingsFor('csv', options);
    this.path = resolve(join(outputDir, outputFile));
    this.#appends = onCsvWrite === 'append';
    this.#table = csvTable(this.path, store);
  }

  protected override async write(record: EmissionsRecord, context: WriteContext): Promise<void> {
    const isNew = this.#done.get(record.run_id) !== record;
    if (!this.#appends) {
      if (isNew) await this.#attempt(() => this.#table.update(record));
      this.#done.set(record.run_id, record);
      return;
    }
    if (isNew && context.reason !== 'interval') {
      this.#waiting.push(record);
      this.#done.set(record.run_id, record);
    }
    await this.#attempt(() => this.#appendWaiting());
  }

  protected override close(): Promise<void> {
    return this.#attempt(() => this.#table.close());
  }

  async #appendWaiting(): Promise<void> {
    if (this.#waiting.length > LONGEST_WAIT) {
      this.#waiting.shift();
      throw systemError('ENOBUFS', `more than ${LONGEST_WAIT} rows wait; the oldest is given up`);
    }
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      await this.#table.append(next);
      this.#waiting.shift();
    }
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const errno = errnoOf(cause);
      const reason = why.startsWith(errno) ? why : `${errno}: ${why}`;
      const message = `cannot write ${this.path}: ${reason}`;
      throw Object.assign(new Error(message, { cause }), { code: errno });
    }
  }
}
