// The choices shown by a second Tab: in columns, ordered downwards, and never more than fit in the window.

import { displayWidth, padRight } from "../../core/base/display-width.ts";

const GAP = 2;
/** The prompt, the line before it and the last line of the list stay visible. */
const ROWS_KEPT = 3;
const FEWEST_ROWS = 2;

/** The lines of the list; the last one says how many words it leaves out. Pure. */
export function completionList(
  words: readonly string[],
  window: { readonly columns: number; readonly rows: number },
): readonly string[] {
  const sorted = [...words].sort();
  const width = Math.max(...sorted.map(displayWidth)) + GAP;
  const columns = Math.max(1, Math.floor((window.columns - 1 + GAP) / width));
  const rowsNeeded = Math.ceil(sorted.length / columns);
  const most = Math.max(FEWEST_ROWS, window.rows - ROWS_KEPT);
  const rows = Math.min(rowsNeeded, most);
  const shown = sorted.slice(0, rows * columns);
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => shown[column * rows + row] ?? "")
      .map((word) => padRight(word, width, displayWidth))
      .join("")
      .trimEnd(),
  );
  const left = sorted.length - shown.length;
  return left === 0 ? lines : [...lines, `... and ${left} more: type some letters, then Tab`];
}
