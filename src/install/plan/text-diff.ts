// The differences between two texts, line by line, as in `diff -u`. For files of some hundred lines.

import { wrapWords } from "../../core/base/printable.ts";

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const CONTEXT = 3;
const CONTINUED = "    ";
/** For longer texts, the table of all pairs of lines would be too large; such files are not unit files. */
const MOST_LINES = 2000;

/** Lines that begin with `-` (only in the old), `+` (only in the new) or a space; empty if the texts are equal. */
export function textDiff(old: string, next: string): readonly string[] {
  if (old === next) return [];
  const [left, right] = [linesOf(old), linesOf(next)];
  if (left.length > MOST_LINES || right.length > MOST_LINES) {
    return [`-${left.length} lines`, `+${right.length} lines`];
  }
  return withContext(align(left, right));
}

/** A line of a diff for a terminal. Its continuations are indented further than its text; a long word stays whole. */
export function wrapDiffLine(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line];
  const [lead = ""] = /^.?[ \t]*/.exec(line) ?? [];
  const indent = " ".repeat(lead.length);
  const words = wrapWords(line.slice(lead.length), columns - lead.length, CONTINUED);
  return words.map((each, index) => (index === 0 ? lead : indent) + each);
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** By the longest common subsequence. */
function align(left: readonly string[], right: readonly string[]): readonly Line[] {
  const lengths = commonLengths(left, right);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [before, after] = [left[i], right[j]];
    if (before !== undefined && before === after) {
      lines.push({ sign: " ", text: before });
      i += 1;
      j += 1;
    } else if (before !== undefined && at(lengths, i + 1, j) >= at(lengths, i, j + 1)) {
      lines.push({ sign: "-", text: before });
      i += 1;
    } else {
      lines.push({ sign: "+", text: after ?? "" });
      j += 1;
    }
  }
  return lines;
}

function at(lengths: readonly Uint16Array[], i: number, j: number): number {
  return lengths[i]?.[j] ?? -1;
}

/** `lengths[i][j]`: length of the longest common subsequence of the lines from i on the left and from j on the right. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    const [row, below] = [lengths[i], lengths[i + 1]];
    if (row === undefined || below === undefined) continue;
    for (let j = right.length - 1; j >= 0; j -= 1) {
      row[j] =
        left[i] === right[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

/** Equal lines far from any change are replaced by dots. */
function withContext(lines: readonly Line[]): readonly string[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " "),
  );
  return lines.flatMap(({ sign, text }, index) => {
    if (isNear[index] === true) return [`${sign}${text}`];
    return index > 0 && isNear[index - 1] === true ? [" ..."] : [];
  });
}
