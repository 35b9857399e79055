const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** Cells of one row, without its line ending. */
export interface ParsedRow {
  readonly cells: readonly string[];
  /** The row ends inside quotes: it was cut off. */
  readonly open: boolean;
}

/** Reads one row (RFC 4180, commas). */
export function parseRow(text: string): ParsedRow {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"' && quoted && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (letter === '"') quoted = !quoted;
    else if (quoted) cell += letter;
    else if (letter === ',') {
      cells.push(cell);
      cell = '';
    } else if (letter === '\n' || (letter === '\r' && /^\r\n?$/.test(text.slice(at)))) break;
    else cell += letter;
  }
  cells.push(cell);
  return { cells, open: quoted };
}

/** Position after the row that begins at `start`; -1 when it does not end in these bytes. */
export function rowEnd(bytes: Buffer, start: number): number {
  let quotes = 0;
  let from = start;
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, from);
    if (newline < 0) return -1;
    quotes += countQuotes(bytes, from, newline);
    if (quotes % 2 === 0) return newline + 1;
    from = newline + 1;
  }
}

function countQuotes(bytes: Buffer, from: number, to: number): number {
  const row = bytes.subarray(from, to);
  let count = 0;
  for (let at = row.indexOf(QUOTE); at >= 0; at = row.indexOf(QUOTE, at + 1)) count += 1;
  return count;
}
