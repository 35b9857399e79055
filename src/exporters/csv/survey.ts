import type { FileHandle } from 'node:fs/promises';
import { RECORD_FIELDS } from '../../record/index.ts';
import { type ParsedRow, parseRow, rowEnd } from './parse.ts';
import type { Layout } from './serialize.ts';
import { readPart } from './store.ts';

const CHUNK = 64 * 1024;

/** Nothing that we can read has longer rows; beyond it, a quote that nobody closed no longer counts. */
const LONGEST_ROW = 1024 * 1024;

/** What stands in a file. */
export interface Survey extends Layout {
  readonly size: number;
  /** Nothing but white space, or a byte order mark. */
  readonly blank: boolean;
  /** All of our columns are there. */
  readonly complete: boolean;
  /** The last row of the run that was looked for. */
  readonly own?: FoundRow;
  /** The last row, where no line ending closes it: its writer was interrupted. */
  readonly cutOff?: ParsedRow;
}

export interface FoundRow {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly cells: readonly string[];
}

/**
 * Reads a file's header and its end, and looks for a run's row. The whole file is read for `runId`, or
 * when its last row is cut off, which only the count of all quotes before can tell.
 */
export async function surveyFile(file: FileHandle, runId?: string): Promise<Survey> {
  const { size } = await file.stat();
  const wanted = runId === undefined ? undefined : Buffer.from(runId);
  const whole = wanted !== undefined || !(await endsInNewline(file, size));
  let layout: Layout | undefined;
  let own: FoundRow | undefined;
  let cutOff: ParsedRow | undefined;
  await eachRow(file, size, (bytes, offset, ended) => {
    if (!ended) cutOff = parseRow(bytes.toString());
    if (layout === undefined) {
      if (!isBlank(bytes)) layout = readHeader(bytes);
    } else if (runId !== undefined && wanted !== undefined && bytes.includes(wanted)) {
      const { cells } = parseRow(bytes.toString());
      if (cells[layout.header.indexOf('run_id')] === runId) {
        own = { offset, bytes: Buffer.from(bytes), cells };
      }
    }
    return layout === undefined || (whole && isComplete(layout));
  });
  const { header, eol }: Layout = layout ?? { header: [], eol: '\n' };
  return {
    size,
    header,
    eol,
    blank: layout === undefined,
    complete: isComplete({ header, eol }),
    ...(own && { own }),
    ...(cutOff && { cutOff }),
  };
}

/**
 * What closes a row that was cut off, so that the next one stands on its own and every reader finds as
 * many cells as columns: the quote, the commas and the line ending that are missing.
 */
export function closingOf({ cutOff, header, eol }: Survey): string {
  if (cutOff === undefined) return '';
  const missing = Math.max(0, header.length - cutOff.cells.length);
  return (cutOff.open ? '"' : '') + ','.repeat(missing) + eol;
}

async function endsInNewline(file: FileHandle, size: number): Promise<boolean> {
  return size > 0 && (await readPart(file, size - 1, 1)).toString() === '\n';
}

/** Visits every row until `visit` answers false. `ended` is false for a last row without line ending. */
async function eachRow(
  file: FileHandle,
  size: number,
  visit: (bytes: Buffer, offset: number, ended: boolean) => boolean,
): Promise<void> {
  let rest = Buffer.alloc(0);
  let offset = 0;
  while (offset + rest.length < size) {
    const from = offset + rest.length;
    const chunk = await readPart(file, from, Math.min(CHUNK, size - from));
    if (chunk.length === 0) break;
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (;;) {
      const end = endOfRow(bytes, start);
      if (end < 0) break;
      if (!visit(bytes.subarray(start, end), offset + start, true)) return;
      start = end;
    }
    rest = bytes.subarray(start);
    offset += start;
  }
  if (rest.length > 0) visit(rest, offset, false);
}

function endOfRow(bytes: Buffer, start: number): number {
  const end = rowEnd(bytes, start);
  if (end >= 0 || bytes.length - start <= LONGEST_ROW) return end;
  return bytes.indexOf('\n', start) + 1 || bytes.length;
}

const isComplete = ({ header }: Layout): boolean =>
  RECORD_FIELDS.every((field) => header.includes(field));

const isBlank = (bytes: Buffer): boolean => withoutMark(bytes.toString()).trim() === '';

function readHeader(bytes: Buffer): Layout {
  const text = withoutMark(bytes.toString());
  return { header: parseRow(text).cells, eol: text.endsWith('\r\n') ? '\r\n' : '\n' };
}

const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '');
