/** Rows of cells in columns; the columns in `right` are aligned to the right. Empty trailing space is cut. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, column))
      .join('  ')
      .trimEnd(),
  );

  function pad(cell: string, column: number): string {
    const width = widths[column] ?? 0;
    return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
  }
}
