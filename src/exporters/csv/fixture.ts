import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExporterFixture } from '../fixture.ts';
import { CsvMetricExporter } from './index.ts';
import { parseRow } from './parse.ts';

export const fixture: ExporterFixture = {
  open: async () => {
    const root = await mkdtemp(join(tmpdir(), 'csv-exporter-'));
    const directory = join(root, 'out');
    await rename(await mkdtemp(join(root, 'new-')), directory);
    const exporter = new CsvMetricExporter({ outputDir: directory });
    return {
      exporter,
      breakSink: () => rename(directory, `${directory}.gone`),
      repair: () => rename(`${directory}.gone`, directory),
      arrived: () => rowsOf(exporter.path),
      secrets: [],
      place: exporter.path,
      close: () => rm(root, { recursive: true }),
    };
  },
};

async function rowsOf(path: string): Promise<Record<string, string>[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [header, ...rows] = text.split('\n').filter((line) => line !== '');
  const columns = parseRow(header ?? '').cells;
  return rows.map((row) => {
    const { cells } = parseRow(row);
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  });
}
