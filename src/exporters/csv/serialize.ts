import { type EmissionsRecord, MEASURED_FIELDS, RECORD_FIELDS } from '../../record/index.ts';
import { addZeros, formatNumber, NUMBER_WIDTH } from './number.ts';

/** What a file says about its rows. */
export interface Layout {
  readonly header: readonly string[];
  readonly eol: '\n' | '\r\n';
}

/** The layout of a file that we begin: CodeCarbon's columns. */
export const OWN_LAYOUT: Layout = { header: RECORD_FIELDS, eol: '\n' };

/** Turns records into rows; made by `loadRowMaker`, which loads `csv-stringify` when it is first needed. */
export interface RowMaker {
  header(layout: Layout): string;
  /**
   * A row with room to grow: every number that changes is as wide as the widest number, by zeros after
   * its last decimal. They change no value and every reader takes them.
   */
  roomy(cells: Cells, layout: Layout): Buffer;
  /**
   * The row in exactly `length` bytes: the zeros make up the difference. Where they cannot, digits after
   * the twelfth are given up, as in a slot that another program has written; undefined when that is not enough.
   */
  fitting(cells: Cells, layout: Layout, length: number): Buffer | undefined;
}

/** A row's cells: texts, and measured numbers that may be written longer or shorter. */
export type Cells = readonly (string | number)[];

const MEASURED: ReadonlySet<string> = new Set(MEASURED_FIELDS);
const KNOWN: ReadonlySet<string> = new Set(RECORD_FIELDS);

/** Fewer digits than these are not written: twelve is beyond any instrument. */
const DIGITS = [17, 16, 15, 14, 13, 12] as const;

/**
 * A record's cells in the order of a file's columns. Columns that are not ours (and the second of two
 * with one name) keep what the row had there before.
 */
export function toCells(
  record: EmissionsRecord,
  header: readonly string[],
  before: readonly string[] = [],
): Cells {
  return header.map((column, index) =>
    KNOWN.has(column) && header.indexOf(column) === index
      ? toCell(column, record[column as keyof EmissionsRecord])
      : (before[index] ?? ''),
  );
}

function toCell(column: string, value: string | number | undefined): string | number {
  if (value === undefined) return '';
  if (typeof value === 'string') return cleanText(value);
  if (!Number.isFinite(value)) return '';
  return MEASURED.has(column) ? value : String(value);
}

/** CSV readers stop at a NUL. All else is written as it is: a project may be called `=1+1` or `@scope/name`. */
export const cleanText = (text: string): string => text.replaceAll('\0', '\uFFFD');

/** Loads `csv-stringify`. */
export async function loadRowMaker(): Promise<RowMaker> {
  const { stringify } = await import('csv-stringify/sync');
  const toRow = (texts: readonly string[], eol: string): string =>
    // A lone CR or LF ends a row for many readers, whichever of them this file uses.
    stringify([texts], { record_delimiter: eol, quoted_match: /[\r\n]/ });
  return {
    header: ({ header, eol }) => toRow(header, eol),
    roomy: (cells, { eol }) => {
      const texts = cells.map((cell) =>
        typeof cell === 'number' ? widen(formatNumber(cell), NUMBER_WIDTH) : cell,
      );
      return Buffer.from(toRow(texts, eol));
    },
    fitting: (cells, { eol }, length) => {
      for (const digits of DIGITS) {
        const row = widenTo(cells, digits, (texts) => Buffer.from(toRow(texts, eol)), length);
        if (row !== undefined) return row;
      }
      return undefined;
    },
  };
}

const widen = (number: string, width: number): string =>
  addZeros(number, Math.max(0, width - number.length));

function widenTo(
  cells: Cells,
  digits: number,
  toRow: (texts: readonly string[]) => Buffer,
  length: number,
): Buffer | undefined {
  const texts = cells.map((cell) => (typeof cell === 'number' ? formatNumber(cell, digits) : cell));
  const row = toRow(texts);
  if (row.length === length) return row;
  const numbers = cells.flatMap((cell, index) => (typeof cell === 'number' ? [index] : []));
  if (row.length > length || numbers.length === 0) return undefined;
  const widths = level(
    numbers.map((index) => texts[index]?.length ?? 0),
    length - row.length,
  );
  numbers.forEach((index, nth) => {
    texts[index] = widen(texts[index] ?? '', widths[nth] ?? 0);
  });
  return toRow(texts);
}

/** Spreads `spare` over the widths so that the shortest grow first: the columns then look even. */
function level(widths: readonly number[], spare: number): readonly number[] {
  const cost = (height: number): number =>
    widths.reduce((sum, width) => sum + Math.max(0, height - width), 0);
  let height = Math.min(...widths);
  while (cost(height + 1) <= spare) height += 1;
  let left = spare - cost(height);
  return widths.map((width) => {
    if (width > height) return width;
    left -= 1;
    return left >= 0 ? height + 1 : height;
  });
}
