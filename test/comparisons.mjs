// Adds up what all comparisons with Supervisor came to, in one table: node test/comparisons.mjs <file>
// Each line of the file is one comparison (test/rig/comparisons.ts). A row not equal is different on purpose, with
// its reason in docs/differences.md; the tests themselves fail on any other.

import { existsSync, readFileSync } from "node:fs";

const [file = ""] = process.argv.slice(2);
const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
/** @typedef {{ comparisons: number, compared: number, equal: number, deliberate: number }} Sums */
/** @type {Map<string, Sums>} */
const areas = new Map();
for (const line of lines.filter((each) => each !== "")) {
  const { area, compared, equal, deliberate } = JSON.parse(line);
  const sums = areas.get(area) ?? { comparisons: 0, compared: 0, equal: 0, deliberate: 0 };
  sums.comparisons += 1;
  sums.compared += compared;
  sums.equal += equal;
  sums.deliberate += deliberate;
  areas.set(area, sums);
}

const HEAD = [
  "compared with Supervisor",
  "comparisons",
  "rows",
  "equal",
  "on purpose",
  "unexplained",
];
const rows = [...areas]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([area, sums]) => cells(area, sums));
const total = { comparisons: 0, compared: 0, equal: 0, deliberate: 0 };
for (const sums of areas.values()) {
  for (const key of /** @type {(keyof Sums)[]} */ (Object.keys(total))) total[key] += sums[key];
}

/**
 * @param {string} area
 * @param {Sums} sums
 */
function cells(area, { comparisons, compared, equal, deliberate }) {
  return [area, comparisons, compared, equal, deliberate, compared - equal - deliberate].map(
    String,
  );
}

/** @param {string[]} row */
function shown(row) {
  return row.map((cell, at) => (at === 0 ? cell.padEnd(26) : cell.padStart(12))).join("");
}

if (areas.size === 0) {
  process.stdout.write("no comparison with Supervisor ran; the tests above say why\n");
} else {
  const table = [HEAD, ...rows, cells("all", total)].map(shown);
  process.stdout.write(`\n${table.join("\n")}\n`);
}
