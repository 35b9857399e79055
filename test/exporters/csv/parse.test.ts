import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRow, rowEnd } from '../../../src/exporters/csv/parse.ts';

/** Letters that matter in CSV, and some that do not. */
const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', ';', '=') });
const row = fc.array(cell, { minLength: 2, maxLength: 6 });
const eol = fc.constantFrom('\n', '\r\n');

const write = (rows: readonly (readonly string[])[], record_delimiter: string): string =>
  stringify(rows as string[][], { record_delimiter, quoted_match: /[\r\n]/ });

describe('a row', () => {
  it('is read as an independent parser reads it', () => {
    fc.assert(
      fc.property(row, eol, (cells, ending) => {
        const text = write([cells], ending);
        expect(parseRow(text)).toEqual({ cells, open: false });
        expect(parse(text)).toEqual([cells]);
      }),
    );
  });

  it('ends where the next one begins, line breaks in its cells or not', () => {
    fc.assert(
      fc.property(row, row, eol, (first, second, ending) => {
        const bytes = Buffer.from(write([first, second], ending));
        const end = rowEnd(bytes, 0);
        expect(parseRow(bytes.subarray(0, end).toString()).cells).toEqual(first);
        expect(rowEnd(bytes, end)).toBe(bytes.length);
      }),
    );
  });

  it('that was cut off inside quotes is open', () => {
    expect(parseRow('a,"b\nc')).toEqual({ cells: ['a', 'b\nc'], open: true });
    expect(rowEnd(Buffer.from('a,"b\nc'), 0)).toBe(-1);
  });
});
