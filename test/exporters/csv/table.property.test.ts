import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeStore } from '../../../src/exporters/csv/store.ts';
import { csvTable } from '../../../src/exporters/csv/table.ts';
import {
  type EmissionsRecord,
  MEASURED_FIELDS,
  RECORD_FIELDS,
  type RecordField,
} from '../../../src/record/index.ts';
import { readRows, recordOf } from './support.ts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((word) => Buffer.from(word).toString().replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '=', '@', ' ', '\uFEFF', '日', '🌱') }),
);
const NUMBERS: ReadonlySet<RecordField> = new Set([
  ...MEASURED_FIELDS,
  'cpu_count',
  'gpu_count',
  'longitude',
  'latitude',
  'ram_total_size',
  'pue',
  'wue',
] as const);

/** A run: what is fixed, and the numbers of each of its exports. Which numbers are known stays the same. */
const run = fc
  .record({
    facts: fc.record(
      Object.fromEntries(RECORD_FIELDS.map((field) => [field, NUMBERS.has(field) ? number : text])),
      { requiredKeys: [] },
    ),
    exports: fc.array(fc.array(number, { minLength: 15, maxLength: 15 }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ facts, exports }) =>
    exports.map((values) => {
      const known = MEASURED_FIELDS.filter((field) => facts[field] !== undefined);
      return {
        ...facts,
        ...Object.fromEntries(known.map((field, index) => [field, values[index]])),
      };
    }),
  );

/** Some runs, whose exports come in any order. */
const story = fc
  .array(run, { minLength: 1, maxLength: 3 })
  .map((runs) =>
    runs.map((exports, index) =>
      exports.map((given) => recordOf({ ...given, run_id: `run-${index}` })),
    ),
  )
  .chain((runs) =>
    fc
      .shuffledSubarray(
        runs.flatMap((exports, index) => exports.map(() => index)),
        { minLength: runs.flat().length },
      )
      .map((order) => {
        const next = runs.map((exports) => exports.values());
        return order
          .map((index) => next[index]?.next().value)
          .filter((record) => record !== undefined);
      }),
  );

const columns = fc.option(
  fc.uniqueArray(fc.constantFrom('note', 'my "column"', 'a,b'), { maxLength: 2 }).chain((extra) => {
    const all = [...RECORD_FIELDS, ...extra];
    return fc.shuffledSubarray(all, { minLength: all.length });
  }),
  { nil: undefined },
);

describe('whatever is written', () => {
  it('is read back equal, through any updates, in any order of columns', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        story,
        columns,
        fc.constantFrom('\n', '\r\n'),
        async (records, header, eol) => {
          const folder = mkdtempSync(join(tmpdir(), 'csv-property-'));
          const file = join(folder, 'emissions.csv');
          if (header !== undefined)
            writeFileSync(file, stringify([header], { record_delimiter: eol }));
          const table = csvTable(file, nodeStore);
          for (const record of records) await table.update(record);
          await table.close();
          expect(byRun(readRows(file).map(toRecord))).toEqual(byRun([...lastOfEach(records)]));
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is read back to twelve digits at least, where figures become known or unknown meanwhile', async () => {
    const moment = fc.record(Object.fromEntries(MEASURED_FIELDS.map((field) => [field, number])), {
      requiredKeys: [],
    });
    const moments = fc.array(moment, { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(moments, text, async (given, note) => {
        const folder = mkdtempSync(join(tmpdir(), 'csv-property-'));
        const file = join(folder, 'emissions.csv');
        const table = csvTable(file, nodeStore);
        await table.update(recordOf({ run_id: 'before', region: note }));
        for (const values of given) await table.update(recordOf({ ...values, run_id: 'mine' }));
        await table.update(recordOf({ run_id: 'after', region: note }));
        await table.close();
        const [before, mine, after] = readRows(file);
        expect([before?.region, after?.region]).toEqual([note, note]);
        for (const field of MEASURED_FIELDS) {
          const value = given.at(-1)?.[field];
          if (value === undefined) expect(mine?.[field]).toBe('');
          else
            expect(Math.abs(Number(mine?.[field]) - value)).toBeLessThanOrEqual(
              5e-12 * Math.abs(value),
            );
        }
        expect(readdirSync(folder)).toEqual(['emissions.csv']);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 30 },
    );
  });
});

const lastOfEach = (records: readonly EmissionsRecord[]): Iterable<object> =>
  new Map(records.map((record) => [record.run_id, tidy(record)])).values();

const byRun = (records: readonly object[]): readonly object[] =>
  [...records].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

/** What a reader can tell: an empty text from an unknown one, or 0 from -0, it cannot. */
const tidy = (record: EmissionsRecord): object =>
  Object.fromEntries(
    RECORD_FIELDS.map((field) => [field, record[field]])
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([field, value]) => [field, typeof value === 'number' ? value + 0 : value]),
  );

const toRecord = (row: Readonly<Record<string, string>>): object =>
  Object.fromEntries(
    RECORD_FIELDS.map((field) => [field, row[field]] as const)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([field, value]) => [field, NUMBERS.has(field) ? Number(value) + 0 : value]),
  );
