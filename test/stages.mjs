// Runs targets of the Makefile one after the other, and continues when one fails: `node test/stages.mjs types lint unit`.
// The end names the time of each, all that failed, and last the tests that are flaky. A stage may run this script itself.

import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closingText, minutes } from "./run/summary.mjs";

/** @typedef {import("./run/summary.mjs").Sums} Sums */

const outer = process.env["TSV_STAGES"];
const directory = mkdtempSync(join(tmpdir(), "tsv-stages-"));
const path = join(directory, "sums");
const failed = [];
const times = [];
try {
  for (const stage of process.argv.slice(2)) {
    const start = performance.now();
    const { status, signal } = spawnSync("make", ["--no-print-directory", stage], {
      stdio: "inherit",
      env: { ...process.env, TSV_STAGES: path },
    });
    // Ctrl+C ends the run, not only the stage.
    if (signal === "SIGINT" || status === 130) process.exit(130);
    if (status !== 0) failed.push(stage);
    const took = minutes(performance.now() - start);
    times.push(`# make ${stage}: ${took}${status === 0 ? "" : ", FAILED"}`);
    process.stdout.write(`${times.at(-1)}\n`);
  }
  const lines = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (outer !== undefined) appendFileSync(outer, lines);
  const sums = add(
    lines
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
  const names = sums.failed.map((name) => `# failed: ${name}`);
  const stages = failed.length === 0 ? [] : [`# failed stages: ${failed.join(", ")}`];
  process.stdout.write([...times, ...names, ...stages, closingText(sums)].join("\n"));
} finally {
  rmSync(directory, { recursive: true });
}
process.exitCode = failed.length === 0 ? 0 : 1;

/**
 * @param {Sums[]} all of the runs of tests
 * @returns {Sums}
 */
function add(all) {
  return {
    passed: all.reduce((sum, each) => sum + each.passed, 0),
    failed: all.flatMap((each) => each.failed),
    skipped: all.reduce((sum, each) => sum + each.skipped, 0),
    flaky: all.flatMap((each) => each.flaky),
  };
}
