// Oldest complaints about CodeCarbon's CSV: mlco2/codecarbon#43, #334, #364, #987, #1304, #1367.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CsvMetricExporter } from '../../src/exporters/csv/index.ts';
import { type FileStore, nodeStore } from '../../src/exporters/csv/store.ts';
import { RECORD_FIELDS } from '../../src/record/index.ts';
import { exportTo, readRows, useFolder } from '../exporters/csv/support.ts';
import { RUN_ID, type RunGiven, steadyRun } from '../exporters/run-metrics.ts';

const folder = useFolder();

async function write(run: RunGiven): Promise<void> {
  const exporter = new CsvMetricExporter({ outputDir: folder.path });
  expect(await exportTo(exporter, run)).toEqual({ code: 0 });
  await exporter.shutdown();
}

const header = (): string | undefined => readFileSync(folder.file, 'utf8').split('\n')[0];

describe('emissions.csv', () => {
  it('has every column, also those that are empty in every row', async () => {
    await write({ info: {}, points: { duration: [[1]] } });
    expect(header()).toBe(RECORD_FIELDS.join(','));
    expect(Object.keys(readRows(folder.file)[0] ?? {})).toEqual([...RECORD_FIELDS]);
  });

  it('has the same columns on a machine with a GPU and on one without', async () => {
    await write(steadyRun(1));
    const without = header();
    await write(
      steadyRun(1, {
        runId: 'gpu',
        info: { gpu_count: 1, gpu_model: '1 x T4' },
        points: { gpuEnergy: [[1, { gpu: '0' }]] },
      }),
    );
    expect(header()).toBe(without);
    expect(readRows(folder.file)).toHaveLength(2);
    expect(readdirSync(folder.path)).toEqual(['emissions.csv']);
  });

  it('does not shift the cells behind an unknown one', async () => {
    await write(steadyRun(2, { points: { cpuEnergy: [] } }));
    expect(readRows(folder.file)[0]).toMatchObject({
      cpu_energy: '',
      cpu_power: '',
      ram_power: expect.stringMatching(/^10\.0+$/),
    });
  });

  it('makes one .bak, not one per run', async () => {
    writeFileSync(folder.file, 'timestamp,project_name\n1,2\n');
    for (const runId of ['a', 'b', 'c']) await write(steadyRun(1, { runId }));
    expect(readdirSync(folder.path).sort()).toEqual(['emissions.csv', 'emissions.csv.bak']);
    expect(readRows(folder.file)).toHaveLength(3);
  });

  it('does not glue a row to a last line without line break', async () => {
    await write(steadyRun(1, { runId: 'a' }));
    writeFileSync(folder.file, readFileSync(folder.file, 'utf8').trimEnd());
    await write(steadyRun(1, { runId: 'b' }));
    expect(readRows(folder.file).map(({ run_id }) => run_id)).toEqual(['a', 'b']);
  });

  it('loses no row of writers that write at the same moment', async () => {
    const runIds = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    await Promise.all(runIds.map((runId) => write(steadyRun(1, { runId }))));
    expect(new Set(readRows(folder.file).map(({ run_id }) => run_id))).toEqual(new Set(runIds));
  });

  it('shows the mean power of the run: 6 s at 80 W are 80 W', async () => {
    await write(steadyRun(6, { points: { cpuEnergy: [[480 / 3.6e6]] } }));
    expect(Number(readRows(folder.file)[0]?.cpu_power)).toBeCloseTo(80, 9);
  });
});

describe('an update of one row', () => {
  it('costs the same in a large file as in a small one', async () => {
    const moved = { read: 0, written: 0 };
    const exporter = new CsvMetricExporter({ outputDir: folder.path }, countingStore(moved));
    await exportTo(exporter, steadyRun(1));
    const row = readFileSync(folder.file, 'utf8').split('\n')[1]?.length ?? 0;
    appendFileSync(folder.file, `${','.repeat(RECORD_FIELDS.length - 1)}\n`.repeat(50_000));
    Object.assign(moved, { read: 0, written: 0 });
    await exportTo(exporter, steadyRun(2));
    expect(moved).toEqual({ read: row + 1, written: row + 1 });
    expect(Number(readRows(folder.file).find(({ run_id }) => run_id === RUN_ID)?.duration)).toBe(2);
  });
});

/** The real file system, counting the bytes of the CSV file. */
function countingStore(moved: { read: number; written: number }): FileStore {
  return {
    ...nodeStore,
    open: async (path, flags, mode) => {
      const file = await nodeStore.open(path, flags, mode);
      if (!String(path).endsWith('.csv')) return file;
      const { read, write: writeBytes } = file;
      Object.assign(file, {
        read: async (...given: Parameters<typeof read>) => {
          const result = await read.apply(file, given);
          moved.read += result.bytesRead;
          return result;
        },
        write: async (...given: Parameters<typeof writeBytes>) => {
          const result = await writeBytes.apply(file, given);
          moved.written += result.bytesWritten;
          return result;
        },
      });
      return file;
    },
  };
}
