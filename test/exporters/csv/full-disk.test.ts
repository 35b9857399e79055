import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CsvMetricExporter } from '../../../src/exporters/csv/index.ts';
import { type FileStore, nodeStore } from '../../../src/exporters/csv/store.ts';
import { RUN_ID, steadyRun } from '../run-metrics.ts';
import { exportTo, readRows, useFolder } from './support.ts';

const folder = useFolder();

const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: injected`), { code });

interface Disk {
  /** Bytes that can still be written; writes beyond them are cut short, then refused. */
  free: number;
  /** What opening for writing answers. */
  refuses?: string | undefined;
}

/** The real file system, on a disk that can be full or read-only. */
function storeOn(disk: Disk): FileStore {
  return {
    ...nodeStore,
    open: async (path, flags, mode) => {
      if (disk.refuses !== undefined) throw systemError(disk.refuses);
      return limited(await nodeStore.open(path, flags, mode), disk);
    },
  };
}

/** Overwriting takes no room; only bytes beyond the end of the file do. */
function limited(file: FileHandle, disk: Disk): FileHandle {
  const write = async (
    bytes: Buffer,
    offset = 0,
    length = bytes.length - offset,
    position?: number | null,
  ) => {
    const { size } = await file.stat();
    const end = (position ?? size) + length;
    const needed = Math.max(0, end - size);
    const allowed = length - Math.max(0, needed - disk.free);
    if (length > 0 && allowed <= 0) throw systemError('ENOSPC');
    disk.free -= Math.min(needed, disk.free);
    return file.write(bytes, offset, allowed, position);
  };
  const others: Record<PropertyKey, unknown> = {
    write,
    writeFile: async (text: string) => {
      const { bytesWritten } = await write(Buffer.from(text));
      if (bytesWritten < text.length) throw systemError('ENOSPC');
    },
  };
  return new Proxy(file, {
    get(target, key) {
      const own = others[key] ?? Reflect.get(target, key);
      return typeof own === 'function' && !(key in others) ? own.bind(target) : own;
    },
  });
}

const onDisk = (disk: Disk, onCsvWrite: 'update' | 'append' = 'update'): CsvMetricExporter =>
  new CsvMetricExporter({ outputDir: folder.path, onCsvWrite }, storeOn(disk));

/** A file with one foreign row. */
async function existingFile(): Promise<string> {
  await exportTo(onDisk({ free: 1e6 }), steadyRun(1, { runId: 'other' }));
  return readFileSync(folder.file, 'utf8');
}

describe('a disk that is full', () => {
  it.each([0, 1, 100, 300])(
    '(room for %d bytes) fails the export and leaves no torn row',
    async (free) => {
      const before = await existingFile();
      const disk = { free };
      const exporter = onDisk(disk);
      const { code, error } = await exportTo(exporter, steadyRun(1));
      expect([code, error?.message]).toEqual([
        1,
        expect.stringContaining(`${folder.file}: ENOSPC`),
      ]);
      expect(readFileSync(folder.file, 'utf8')).toBe(before);
      disk.free = 1e6;
      expect(await exportTo(exporter)).toEqual({ code: 0 });
      expect(readRows(folder.file).map(({ run_id }) => run_id)).toEqual(['other', RUN_ID]);
    },
  );

  it('does not keep a row that is there from being updated', async () => {
    const disk = { free: 1e6 };
    const exporter = onDisk(disk);
    await exportTo(exporter, steadyRun(1));
    disk.free = 0;
    expect(await exportTo(exporter, steadyRun(2))).toEqual({ code: 0 });
    expect(Number(readRows(folder.file)[0]?.duration)).toBe(2);
  });

  it('leaves a new file that is begun again when there is room', async () => {
    const disk = { free: 700 };
    const exporter = onDisk(disk);
    expect((await exportTo(exporter, steadyRun(1))).code).toBe(1);
    disk.free = 1e6;
    expect(await exportTo(exporter, steadyRun(2))).toEqual({ code: 0 });
    expect(readRows(folder.file)).toHaveLength(1);
    expect(readdirSync(folder.path)).toEqual(['emissions.csv']);
  });

  it('while a row must grow leaves the file as it was, and the row as it was', async () => {
    const disk = { free: 1e6 };
    const exporter = onDisk(disk);
    await exportTo(exporter, steadyRun(1));
    writeFileSync(folder.file, readFileSync(folder.file, 'utf8').replaceAll(/\.\d+/g, '.0'));
    const before = readFileSync(folder.file, 'utf8');
    disk.free = 0;
    const { error } = await exportTo(exporter, steadyRun(1 / 3));
    expect(error?.message).toContain('ENOSPC');
    expect(readFileSync(folder.file, 'utf8')).toBe(before);
    expect(readdirSync(folder.path)).toEqual(['emissions.csv']);
    disk.free = 1e6;
    expect(await exportTo(exporter, steadyRun(2 / 3))).toEqual({ code: 0 });
    expect(readRows(folder.file).map(({ duration }) => Number(duration))).toEqual([2 / 3]);
  });

  it('keeps rows that are appended one by one, and writes all of them later', async () => {
    const disk = { free: 0 };
    const exporter = onDisk(disk, 'append');
    for (const seconds of [1, 2, 3]) {
      await exportTo(exporter, steadyRun(seconds));
      await exporter.forceFlush();
    }
    disk.free = 1e6;
    await exporter.shutdown();
    expect(readRows(folder.file).map(({ duration }) => Number(duration))).toEqual([1, 2, 3]);
  });
});

describe('a file that one may not write', () => {
  it.each(['EACCES', 'EROFS', 'EPERM'])('fails the export: %s', async (errno) => {
    const before = await existingFile();
    const disk: Disk = { free: 1e6, refuses: errno };
    const exporter = onDisk(disk);
    const { code, error } = await exportTo(exporter, steadyRun(1));
    expect([code, error?.message]).toEqual([
      1,
      expect.stringContaining(`${folder.file}: ${errno}`),
    ]);
    expect(readFileSync(folder.file, 'utf8')).toBe(before);
    disk.refuses = undefined;
    expect(await exportTo(exporter)).toEqual({ code: 0 });
    expect(readRows(folder.file)).toHaveLength(2);
  });
});
