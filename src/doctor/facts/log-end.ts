// The last lines of a program's log, safe for a terminal.

import { printable } from "../../core/base/printable.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import type { Probe } from "./probe.ts";

const MOST_BYTES = 16_384;
const LONGEST = 500;

/** At most `most` lines, oldest first; null if the log is missing or not readable. */
export function lastLines(path: string, most: number, probe: Probe): readonly string[] | null {
  const bytes = path === "" ? null : probe.readTail(path, MOST_BYTES);
  if (bytes === null) return null;
  const text = new TextDecoder().decode(bytes);
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  // The first line may be incomplete.
  if (bytes.length >= MOST_BYTES) lines.shift();
  return lines
    .filter((line) => line.trim() !== "")
    .slice(-most)
    .map(shown);
}

/** Removes colours and cursor movements, escapes other control characters and redacts secrets. */
function shown(line: string): string {
  const plain = line.replace(
    /\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g,
    "",
  );
  const spelt = redactPatterns(printable(plain.replaceAll("\t", "    ")));
  return spelt.length > LONGEST ? `${spelt.slice(0, LONGEST - 1)}…` : spelt;
}
