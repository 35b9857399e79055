import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CsvMetricExporter } from '../../../src/exporters/csv/index.ts';
import { type FileStore, nodeStore } from '../../../src/exporters/csv/store.ts';
import { RECORD_FIELDS } from '../../../src/record/index.ts';
import { RUN_ID, steadyRun } from '../run-metrics.ts';
import { exportTo, readRows, useFolder } from './support.ts';

const folder = useFolder();
const HEADER = RECORD_FIELDS.join(',');

const foreignRow = (runId: string): string =>
  `${RECORD_FIELDS.map((field) => (field === 'run_id' ? runId : '')).join(',')}\n`;

/** Rewrites the file as a spreadsheet would: our row's figures cut to integers, so that its slot is too small. */
function shorten(): void {
  const text = readFileSync(folder.file, 'utf8');
  writeFileSync(folder.file, `${text.replaceAll(/(\d)\.\d+(e-\d+)?/g, '$1')}${foreignRow('y')}`);
}

const runIds = (): readonly (string | undefined)[] =>
  readRows(folder.file).map(({ run_id }) => run_id);

describe('a row whose slot is too small', () => {
  it('grows, and every other row stays as it is', async () => {
    const exporter = new CsvMetricExporter({ outputDir: folder.path });
    writeFileSync(folder.file, `${HEADER}\n${foreignRow('x')}`, { mode: 0o640 });
    await exportTo(exporter, steadyRun(1));
    shorten();
    expect(await exportTo(exporter, steadyRun(1 / 3))).toEqual({ code: 0 });
    expect(runIds()).toEqual(['x', RUN_ID, 'y']);
    expect(Number(readRows(folder.file)[1]?.duration)).toBe(1 / 3);
    expect(statSync(folder.file).mode & 0o777).toBe(0o640);
    await exportTo(exporter, steadyRun(2 / 3));
    expect(Number(readRows(folder.file)[1]?.duration)).toBe(2 / 3);
    await exporter.shutdown();
    expect(readdirSync(folder.path)).toEqual(['emissions.csv']);
  });

  it.each(['before', 'after'] as const)(
    'loses no row of a program that had the file open and appends %s the rename',
    async (when) => {
      const descriptor: { open?: number } = {};
      const append = (runId: string): void => {
        if (descriptor.open !== undefined) writeSync(descriptor.open, foreignRow(runId));
      };
      const store: FileStore = {
        ...nodeStore,
        rename: async (from, to) => {
          if (when === 'before') append('late');
          await nodeStore.rename(from, to);
        },
      };
      const exporter = new CsvMetricExporter({ outputDir: folder.path }, store);
      await exportTo(exporter, steadyRun(1));
      shorten();
      descriptor.open = openSync(folder.file, 'a');
      await exportTo(exporter, steadyRun(1 / 3));
      if (when === 'after') append('late');
      closeSync(descriptor.open);
      appendFileSync(folder.file, foreignRow('z'));
      await exporter.shutdown();
      expect([...runIds()].sort()).toEqual([RUN_ID, 'late', 'y', 'z'].sort());
    },
  );
});
