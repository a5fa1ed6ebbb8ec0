// What became of each test file, from the reports of the processes that ran them.

import { sourceOf } from "./files.mjs";

/** Of the output of a process that ended without a report. */
const LAST_LINES = 20;

/**
 * @typedef {import("./schedule.mjs").Ended} Ended
 * @typedef {import("./flaky.mjs").Failure} Failure
 * @typedef {{ path: string, passed: number, skipped: { test: string, reason: string }[], failures: Failure[], ms: number,
 *   tests: { test: string, ms: number }[] }} FileResult
 *   `path` is that of the compiled file
 */

/**
 * @param {Ended} ended
 * @returns {FileResult[]} one for each file of the process
 */
export function resultsOf(ended) {
  const { unit, ok, how, output, reports, ms } = ended;
  const isGroup = unit.files.length > 1 || unit.module !== unit.files[0];
  const results = unit.files.map((path) => {
    const own = reports.filter(
      (each) => each.end === undefined && (!isGroup || each.file === path),
    );
    return fileResult(path, own, isGroup ? null : ms);
  });
  const isExplained = ok || results.some(({ failures }) => failures.length > 0);
  for (const result of results) {
    const add = (/** @type {string} */ reason) =>
      result.failures.push({ file: sourceOf(result.path), test: "the file itself", reason });
    if (!isExplained) {
      add(
        `its process ended ${how}:\n${output.trimEnd().split("\n").slice(-LAST_LINES).join("\n")}`,
      );
    } else if (result.failures.length + result.passed + result.skipped.length === 0) {
      add("it has no tests");
    }
  }
  return results;
}

/**
 * @param {string} path
 * @param {import("./schedule.mjs").Report[]} reports
 * @param {number | null} ms null when a report of the whole file has it
 * @returns {FileResult}
 */
function fileResult(path, reports, ms) {
  /** @type {FileResult} */
  const result = { path, passed: 0, skipped: [], failures: [], ms: ms ?? 0, tests: [] };
  for (const { test = "", ms: took = 0, skip, reason } of reports) {
    if (reason !== undefined) {
      result.failures.push({ file: sourceOf(path), test: test || "the file itself", reason });
    } else if (test === "") {
      result.ms = took;
      continue;
    } else if (skip !== undefined && skip !== false) {
      result.skipped.push({ test, reason: skip === true ? "" : String(skip) });
    } else {
      result.passed += 1;
    }
    result.tests.push({ test, ms: took });
  }
  return result;
}
