import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CsvMetricExporter } from '../../../src/exporters/csv/index.ts';
import { RECORD_FIELDS } from '../../../src/record/index.ts';
import { captureDiag } from '../../support/diag.ts';
import { RUN_ID, type RunGiven, steadyRun } from '../run-metrics.ts';
import { exportTo, readRows, useFolder } from './support.ts';

const HEADER = RECORD_FIELDS.join(',');
const OTHER_ID = 'b1b2c3d4-0000-4000-8000-000000000000';

const folder = useFolder();
let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
});
afterEach(() => logged.stop());

const csv = (onCsvWrite: 'update' | 'append' = 'update'): CsvMetricExporter =>
  new CsvMetricExporter({ outputDir: folder.path, onCsvWrite });

/** A row as CodeCarbon appends it, `fields` in the order of `header`. */
function foreignRow(runId: string, header: string = HEADER): string {
  const cells: Record<string, string> = { run_id: runId, project_name: 'python', duration: '7.5' };
  return `${header
    .split(',')
    .map((column) => cells[column] ?? '')
    .join(',')}\n`;
}

/** The durations in the file by run. */
const durations = (): Record<string, number> =>
  Object.fromEntries(readRows(folder.file).map((row) => [row.run_id, Number(row.duration)]));

const writeOnce = async (run: RunGiven = steadyRun(3)): Promise<void> => {
  const exporter = csv();
  expect(await exportTo(exporter, run)).toEqual({ code: 0 });
  await exporter.shutdown();
};

describe('a run', () => {
  it('has one row, kept up to date at every export', async () => {
    const exporter = csv();
    for (const seconds of [1, 2.5, 100_000]) {
      await exportTo(exporter, steadyRun(seconds));
      expect(durations()).toEqual({ [RUN_ID]: seconds });
    }
    const size = statSync(folder.file).size;
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(durations()).toEqual({ [RUN_ID]: 100_000 });
    expect(statSync(folder.file).size).toBe(size);
  });

  it('is written in CodeCarbon columns, texts quoted where they must be', async () => {
    await writeOnce(steadyRun(3, { projectName: 'a "b", c\nd' }));
    expect(readFileSync(folder.file, 'utf8').split('\n')[0]).toBe(HEADER);
    expect(readRows(folder.file)[0]?.project_name).toBe('a "b", c\nd');
  });

  it('has empty cells for what is unknown, and texts as they are', async () => {
    await writeOnce(steadyRun(3, { projectName: '=1+1', points: { emissions: [] } }));
    expect(readRows(folder.file)[0]).toMatchObject({
      project_name: '=1+1',
      emissions: '',
      emissions_rate: '',
      country_iso_code: '',
      gpu_energy: expect.stringMatching(/^0\.0+$/),
    });
  });

  it('stands beside the other runs of the same exporter', async () => {
    const exporter = csv();
    const runs = (seconds: number) => [
      steadyRun(seconds, { runId: 'a', projectName: 'one' }),
      steadyRun(seconds * 2, { runId: 'b', projectName: 'two' }),
    ];
    await exportTo(exporter, ...runs(1));
    await exportTo(exporter, ...runs(5));
    expect(durations()).toEqual({ a: 5, b: 10 });
  });

  it('that a second exporter writes too still has one row', async () => {
    const both = [csv(), csv()];
    for (const exporter of both) await exportTo(exporter, steadyRun(1));
    for (const exporter of both) await exportTo(exporter, steadyRun(2));
    expect(readRows(folder.file)).toHaveLength(1);
    expect(durations()).toEqual({ [RUN_ID]: 2 });
  });

  it('is found through a symbolic link, which stays one', async () => {
    const real = join(folder.path, 'real.csv');
    symlinkSync(real, folder.file);
    await writeOnce();
    await writeOnce(steadyRun(4));
    expect(readRows(real)).toHaveLength(1);
    expect(readdirSync(folder.path).sort()).toEqual(['emissions.csv', 'real.csv']);
  });
});

describe("with onCsvWrite 'append'", () => {
  it('a row is added per flush and one at the end, none per export', async () => {
    const exporter = csv('append');
    await exportTo(exporter, steadyRun(1));
    await exportTo(exporter, steadyRun(2));
    expect(existsSync(folder.file)).toBe(false);
    await exporter.forceFlush();
    await exporter.forceFlush();
    await exportTo(exporter, steadyRun(3));
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(readRows(folder.file).map(({ duration }) => Number(duration))).toEqual([2, 3]);
  });

  it('a row that could not be added is added at the next export', async () => {
    const exporter = csv('append');
    await exportTo(exporter, steadyRun(1));
    renameSync(folder.path, `${folder.path}.gone`);
    await exporter.forceFlush();
    expect(logged.messages('error')).toEqual([expect.stringMatching(/emissions\.csv: ENOENT/)]);
    await exportTo(exporter, steadyRun(2));
    renameSync(`${folder.path}.gone`, folder.path);
    expect(await exportTo(exporter, steadyRun(3))).toEqual({ code: 0 });
    expect(readRows(folder.file).map(({ duration }) => Number(duration))).toEqual([1]);
    await exporter.shutdown();
    expect(readRows(folder.file).map(({ duration }) => Number(duration))).toEqual([1, 3]);
  });
});

describe('an existing file', () => {
  it('keeps its own order of columns, and further columns stay empty', async () => {
    const header = [...RECORD_FIELDS].reverse().join(',').replace('pue,', 'pue,note,');
    writeFileSync(folder.file, `${header}\n${foreignRow(OTHER_ID, header)}`);
    await writeOnce();
    const [first, ...rows] = readFileSync(folder.file, 'utf8').split('\n');
    expect(first).toBe(header);
    expect(rows[0]).toBe(foreignRow(OTHER_ID, header).trim());
    expect(readRows(folder.file)[1]).toMatchObject({ run_id: RUN_ID, note: '', pue: '1' });
  });

  it('keeps what others wrote into further columns of our row', async () => {
    writeFileSync(folder.file, `${HEADER},note\n`);
    const exporter = csv();
    await exportTo(exporter, steadyRun(1));
    const text = readFileSync(folder.file, 'utf8');
    writeFileSync(folder.file, text.replace(/,\n$/, ',"checked, twice"\n'));
    await exportTo(exporter, steadyRun(2));
    await exportTo(exporter, steadyRun(3));
    expect(readRows(folder.file)).toEqual([
      expect.objectContaining({ note: 'checked, twice', run_id: RUN_ID }),
    ]);
    expect(durations()).toEqual({ [RUN_ID]: 3 });
  });

  it('that lacks columns is moved away, never over another file', async () => {
    const old = `${HEADER.replace(',pue,wue', '')}\n1,2,3\n`;
    for (const name of ['emissions.csv', 'emissions.csv.bak']) {
      writeFileSync(join(folder.path, name), name + old);
    }
    await writeOnce();
    expect(readdirSync(folder.path).sort()).toEqual([
      'emissions.csv',
      'emissions.csv.bak',
      'emissions.csv.bak.1',
    ]);
    expect(readFileSync(`${folder.file}.bak`, 'utf8')).toBe(`emissions.csv.bak${old}`);
    expect(readFileSync(`${folder.file}.bak.1`, 'utf8')).toBe(`emissions.csv${old}`);
    expect(durations()).toEqual({ [RUN_ID]: 3 });
    expect(logged.messages('warn')).toEqual([expect.stringContaining('emissions.csv.bak.1')]);
  });

  it.each([
    ['text of another kind', 'hello, world\n'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x22, 0x0a, 0x80])],
    ['one endless line', 'x'.repeat(3_000_000)],
    ['semicolons', `${HEADER.replaceAll(',', ';')}\n`],
  ])('with %s is moved away whole', async (_, content) => {
    writeFileSync(folder.file, content);
    await writeOnce();
    expect(readFileSync(`${folder.file}.bak`).equals(Buffer.from(content))).toBe(true);
    expect(durations()).toEqual({ [RUN_ID]: 3 });
  });

  it.each([
    ['nothing', ''],
    ['a byte order mark', '\uFEFF'],
    ['empty lines', '\n\r\n  \n'],
  ])('with %s in it gets a header', async (_, content) => {
    writeFileSync(folder.file, content);
    await writeOnce();
    expect(readFileSync(folder.file, 'utf8').startsWith(`${HEADER}\n`)).toBe(true);
    expect(durations()).toEqual({ [RUN_ID]: 3 });
    expect(readdirSync(folder.path)).toEqual(['emissions.csv']);
  });

  it.each([
    ['a byte order mark', `\uFEFF${HEADER}\n`],
    ['quoted names', `"${RECORD_FIELDS.join('","')}"\n`],
    ['no line break at its end', HEADER],
    ['empty lines before its header', `\n\n${HEADER}\n`],
  ])('with %s is continued', async (_, content) => {
    writeFileSync(folder.file, content);
    await writeOnce();
    await writeOnce(steadyRun(9, { runId: OTHER_ID }));
    const text = readFileSync(folder.file, 'utf8');
    expect(text.startsWith(content)).toBe(true);
    writeFileSync(folder.file, text.trimStart());
    expect(durations()).toEqual({ [RUN_ID]: 3, [OTHER_ID]: 9 });
  });

  it('with CRLF keeps its line ending', async () => {
    writeFileSync(folder.file, `${HEADER}\r\n${foreignRow(OTHER_ID).trim()}\r\n`);
    await writeOnce();
    await writeOnce(steadyRun(4));
    const text = readFileSync(folder.file, 'utf8');
    expect(text.match(/\r\n/g)).toHaveLength(3);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(durations()).toEqual({ [OTHER_ID]: 7.5, [RUN_ID]: 4 });
  });

  it.each([
    ['in the middle', '2026-01-01T00:00:00,half,b1b2c3d4-', { project_name: 'half' }],
    ['inside quotes', '2026-01-01T00:00:00,"half, wri', { project_name: 'half, wri' }],
    ['after a line break in quotes', '2026-01-01T00:00:00,"half\n', { project_name: 'half\n' }],
    ['before its line break only', foreignRow(OTHER_ID).trim(), { run_id: OTHER_ID }],
    ['within its line break', `${foreignRow(OTHER_ID).trim()}\r`, { run_id: OTHER_ID }],
  ])('whose last row was cut off %s loses nothing', async (_, torn, cells) => {
    const before = `${HEADER}\n${foreignRow('c')}${torn}`;
    writeFileSync(folder.file, before);
    await writeOnce();
    expect(readFileSync(folder.file, 'utf8').startsWith(before)).toBe(true);
    const rows = readRows(folder.file);
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject(cells);
    expect(rows[2]).toMatchObject({ run_id: RUN_ID });
  });
});

describe('another program', () => {
  it('that appends meanwhile keeps its rows, and ours stays where it is', async () => {
    const exporter = csv();
    await exportTo(exporter, steadyRun(1));
    appendFileSync(folder.file, foreignRow('x'));
    await exportTo(exporter, steadyRun(2));
    appendFileSync(folder.file, foreignRow('y'));
    await exportTo(exporter, steadyRun(3));
    expect(readRows(folder.file).map(({ run_id }) => run_id)).toEqual([RUN_ID, 'x', 'y']);
    expect(durations()[RUN_ID]).toBe(3);
  });

  it('that rewrites the file (as CodeCarbon updates it) does not make a second row of ours', async () => {
    const exporter = csv();
    await exportTo(exporter, steadyRun(1));
    const [header, own] = readFileSync(folder.file, 'utf8').split('\n');
    const trimmed = own?.replaceAll(/(\.\d+?)0+(?=[,e])/g, '$1');
    writeFileSync(folder.file, `${header}\n${foreignRow('x')}${trimmed}\n${foreignRow('y')}`);
    for (const seconds of [2, 1 / 3, 123_456.789]) {
      await exportTo(exporter, steadyRun(seconds));
      expect(readRows(folder.file).map(({ run_id }) => run_id)).toEqual(['x', RUN_ID, 'y']);
      expect(durations()[RUN_ID]).toBeCloseTo(seconds, 6);
    }
    await exporter.shutdown();
    expect(readdirSync(folder.path)).toEqual(['emissions.csv']);
  });

  it('that removes the file, or our row, gets it again at the next export', async () => {
    const exporter = csv();
    await exportTo(exporter, steadyRun(1));
    rmSync(folder.file);
    await exportTo(exporter, steadyRun(2));
    expect(durations()).toEqual({ [RUN_ID]: 2 });
    writeFileSync(folder.file, `${HEADER}\n${foreignRow('x')}`);
    await exportTo(exporter, steadyRun(3));
    expect(durations()).toEqual({ x: 7.5, [RUN_ID]: 3 });
  });
});

describe('what cannot be written', () => {
  it('is a failure with path and errno: a directory', async () => {
    mkdirSync(folder.file);
    const { code, error } = await exportTo(csv(), steadyRun(1));
    expect([code, error?.message]).toEqual([1, expect.stringContaining(`${folder.file}: EISDIR`)]);
  });

  it('is a failure with path and errno: a missing directory, until it is there', async () => {
    const missing = join(folder.path, 'later');
    const exporter = new CsvMetricExporter({ outputDir: missing });
    const { code, error } = await exportTo(exporter, steadyRun(1));
    expect([code, error?.message]).toEqual([
      1,
      expect.stringContaining(`${exporter.path}: ENOENT`),
    ]);
    mkdirSync(missing);
    expect(await exportTo(exporter)).toEqual({ code: 0 });
    expect(readRows(exporter.path)).toHaveLength(1);
  });

  it.runIf(existsSync('/dev/full'))('is a failure, and no hang: a device', async () => {
    const exporter = new CsvMetricExporter({ outputDir: '/dev', outputFile: 'full' });
    const { code, error } = await exportTo(exporter, steadyRun(1));
    expect([code, error?.message]).toEqual([1, expect.stringContaining('/dev/full: EINVAL')]);
  });

  it('is refused at construction: an option that is wrong', () => {
    expect(() => new CsvMetricExporter({ onCsvWrite: 'apend' as never })).toThrow(/append/);
    expect(() => new CsvMetricExporter({ outputdir: '.' } as never)).toThrow(/outputDir/);
  });
});
