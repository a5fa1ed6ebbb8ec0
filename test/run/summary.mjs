// The last lines of a run.

import { appendFileSync } from "node:fs";
import { sourceOf } from "./files.mjs";

const SHOWN_FILES = 10;
const SHOWN_TESTS = 15;
/** Failed tests whose reason is repeated: who sees only the end of a long run needs the reasons. */
const SHOWN_FAILURES = 10;
/** Of the reason of a failed test, which may contain logs: its beginning says what, its end where. */
const SHOWN_LINES = { first: 4, last: 20 };

/**
 * @typedef {import("./results.mjs").FileResult} FileResult
 * @typedef {import("./flaky.mjs").Failure} Failure
 * @typedef {{ failure: Failure, note: string }} Flake a failed test that does not fail the run, and why
 * @typedef {{ passed: number, failed: string[], skipped: number, flaky: string[] }} Sums
 */

/**
 * @param {{ title: string, results: FileResult[], cpuOf: ReadonlyMap<string, number>, wallMs: number, cpuMs: number }} run
 *   `cpuOf` has the processor time of files that ran in processes of their own, in milliseconds
 */
export function timesText({ title, results, cpuOf, wallMs, cpuMs }) {
  const slowest = [...results].sort((a, b) => b.ms - a.ms).slice(0, SHOWN_FILES);
  const tests = results
    .flatMap(({ path, tests }) => tests.map((each) => ({ path, ...each })))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SHOWN_TESTS);
  const lines = [
    "# slowest files, by the clock and of the processor:",
    ...slowest.map(({ path, ms }) => {
      const cpu = cpuOf.get(path);
      return `#  ${seconds(ms)} ${cpu === undefined ? "-".padStart(9) : seconds(cpu)}  ${sourceOf(path)}`;
    }),
    "# slowest tests, by the clock:",
    ...tests.map(({ path, test, ms }) => `#  ${seconds(ms)}  ${sourceOf(path)}: ${test}`),
    `# ${title}: ${results.length} files, ${minutes(wallMs)}, ${minutes(cpuMs)} of processors`,
  ];
  return `${lines.join("\n")}\n`;
}

/** @param {Failure[]} failures */
export function failuresText(failures) {
  const lines = failures.slice(0, SHOWN_FAILURES).flatMap(failureLines);
  if (failures.length > SHOWN_FAILURES) {
    lines.push(`# failed: ${failures.length - SHOWN_FAILURES} more tests`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** @param {Failure} failure */
function failureLines({ file, test, reason }) {
  const { first, last } = SHOWN_LINES;
  const lines = reason.split("\n").map((each) => `#   ${each}`);
  if (lines.length > first + last + 1) {
    const hidden = lines.length - first - last;
    lines.splice(first, hidden, `#   (${hidden} more lines)`);
  }
  return [`# failed: ${file}: ${test}`, ...lines];
}

/** @param {Flake} flake */
export function flakyLine({ failure: { file, test, reason }, note }) {
  return `FLAKY ${file}: ${test}: ${reason.split("\n")[0]?.trim()} (${note})`;
}

/** @param {Sums} sums */
export function closingText({ passed, failed, skipped, flaky }) {
  const lines = [`${passed} passed, ${failed.length} failed, ${skipped} skipped`, ...flaky];
  return lines.map((line) => `${line}\n`).join("");
}

/**
 * Reports the sums to stages.mjs, if that runs the tests.
 * @param {Sums} sums
 */
export function reportSums(sums) {
  const path = process.env["TSV_STAGES"];
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(sums)}\n`);
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`.padStart(9);
}

/** @param {number} ms */
export function minutes(ms) {
  const all = Math.round(ms / 1000);
  return `${Math.floor(all / 60)} min ${all % 60} s`;
}
