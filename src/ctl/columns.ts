// Lays out names in columns, read downwards, in as few lines as a width allows.

const GAP = 2;

/** The lines of a column layout of at most `width` characters; one column when nothing else fits. */
export function fitColumns(names: readonly string[], width: number): readonly string[] {
  for (let rows = 1; rows < names.length; rows += 1) {
    const columns = Math.ceil(names.length / rows);
    const widths = Array.from({ length: columns }, (_, column) =>
      Math.max(...names.slice(column * rows, (column + 1) * rows).map((name) => name.length)),
    );
    const total = widths.reduce((sum, one) => sum + one + GAP, -GAP);
    if (total <= width) {
      return Array.from({ length: rows }, (_, row) => rowText(names, { row, rows, widths }));
    }
  }
  return names;
}

function rowText(
  names: readonly string[],
  layout: { readonly row: number; readonly rows: number; readonly widths: readonly number[] },
): string {
  const cells = layout.widths.map((width, column) => ({
    width,
    name: names[column * layout.rows + layout.row] ?? "",
  }));
  while (cells.at(-1)?.name === "") cells.pop();
  return cells.map(({ name, width }) => name.padEnd(width)).join(" ".repeat(GAP));
}
