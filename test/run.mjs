// Runs the compiled tests of the named folders and files, for example `node test/run.mjs unit/core e2e/why`.
//
// A file that fails runs once more, alone, after all others. If it passes then, it is flaky: the run passes and says so in its last
// lines. test/flaky.json lists tests that are known to be flaky, for a week each; they do not fail a run either.
//
// What would pass without testing anything is an error: a folder or a file without tests, a compilation that failed, and tests that
// changed since.
//
//   --jobs=N  run so many processes at a time (one per processor; two if all wait more than they compute)
//   --long    a process may take two hours, not a quarter of one
//   --slow    of folders, run the files *.slow.test.ts; without it, all others
//   --all     run both

import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuMs } from "./run/cpu.mjs";
import { refuseStale, sourceOf, testFiles, UsageError } from "./run/files.mjs";
import { entryFor, flakyProblems, isListed, readFlaky } from "./run/flaky.mjs";
import { groupFiles } from "./run/group.mjs";
import { processors } from "./run/processors.mjs";
import { resultsOf } from "./run/results.mjs";
import { runAll } from "./run/schedule.mjs";
import {
  closingText,
  failuresText,
  flakyLine,
  reportSums,
  seconds,
  timesText,
} from "./run/summary.mjs";

/** Longer than the longest file takes on a busy machine. */
const TIMEOUT_MS = 15 * 60 * 1000;
/** Some unpack the systems they boot, or run everything through an emulator. */
const LONG_TIMEOUT_MS = 120 * 60 * 1000;
/** The answer of these depends on nothing but the code, and nothing that they do outlives them: they share processes. */
const PURE = /^build\/js\/test\/unit\//;
/** Tests of these folders wait more than they compute, but for the slow ones. */
const WAITING = /^(?:e2e|integration|clients)(?:\/|$)/;
/** So that none of them works alone at the end. */
const GROUPS_PER_JOB = 4;
/** If more files fail, it is not by chance. */
const MOST_REPEATED = 10;

const root = fileURLToPath(new URL("../", import.meta.url));
/** How long each file took in the last runs here, in milliseconds by its path. */
const TIMES = join(root, "build/test/times.json");

/**
 * @typedef {import("./run/group.mjs").Unit} Unit
 * @typedef {import("./run/results.mjs").FileResult} FileResult
 * @typedef {{ jobs: number, timeoutMs: number, tier: "quick" | "slow" | "all", names: string[] }} Arguments
 */

/**
 * @param {string[]} args
 * @returns {Arguments}
 */
function parseArguments(args) {
  /** @type {Arguments} */
  const options = { jobs: 0, timeoutMs: TIMEOUT_MS, tier: "quick", names: [] };
  for (const arg of args) {
    const jobs = /^--jobs=([1-9]\d*)$/.exec(arg);
    if (jobs !== null) options.jobs = Number(jobs[1]);
    else if (arg === "--long") options.timeoutMs = LONG_TIMEOUT_MS;
    else if (arg === "--slow") options.tier = "slow";
    else if (arg === "--all") options.tier = "all";
    else if (arg.startsWith("--")) throw new UsageError(`there is no option ${arg}`);
    else options.names.push(arg);
  }
  if (options.names.length === 0)
    throw new UsageError(
      "usage: node test/run.mjs [--jobs=N] [--long] [--slow|--all] FOLDER|FILE…",
    );
  const isWaiting = options.tier !== "slow" && options.names.every((name) => WAITING.test(name));
  options.jobs ||= processors() * (isWaiting ? 2 : 1);
  return options;
}

/**
 * @param {string} path of a compiled file
 * @returns {Unit} a process for this file alone
 */
function alone(path) {
  return { name: sourceOf(path), module: path, files: [path] };
}

/** @returns {Record<string, number>} */
function readTimes() {
  try {
    return JSON.parse(readFileSync(TIMES, "utf8"));
  } catch {
    return {}; // The first run here.
  }
}

/**
 * @param {string[]} files
 * @param {number} jobs
 * @returns {Unit[]} the longest first
 */
function unitsOf(files, jobs) {
  const pure = files.filter((file) => PURE.test(file));
  const times = readTimes();
  // Of what never ran here the size must do: about a second for each kilobyte.
  const expected = (/** @type {Unit} */ { module }) =>
    times[module] ?? statSync(join(root, module)).size;
  return [
    ...groupFiles(root, pure, jobs * GROUPS_PER_JOB),
    ...files.filter((file) => !PURE.test(file)).map(alone),
  ].sort((a, b) => expected(b) - expected(a));
}

/** @param {ReadonlyMap<string, number>} measured */
function keepTimes(measured) {
  mkdirSync(dirname(TIMES), { recursive: true });
  writeFileSync(TIMES, JSON.stringify({ ...readTimes(), ...Object.fromEntries(measured) }));
}

/**
 * Runs processes, and prints a line for each; of one that fails also its output.
 * @param {Unit[]} units
 * @param {Arguments & { isStreamed: boolean }} options
 */
async function runUnits(units, { jobs, timeoutMs, isStreamed }) {
  /** @type {FileResult[]} */
  const results = [];
  /** @type {Map<string, number>} */
  const cpuOf = new Map();
  /** @type {Map<string, number>} */
  const wallOf = new Map();
  await runAll(units, { root, jobs, timeoutMs, isStreamed }, (ended) => {
    const found = resultsOf(ended);
    results.push(...found);
    cpuOf.set(ended.unit.module, ended.cpuMs);
    wallOf.set(ended.unit.module, Math.round(ended.ms));
    const passed = found.reduce((sum, each) => sum + each.passed, 0);
    const skipped = found.flatMap((each) => each.skipped);
    const isFailed = found.some(({ failures }) => failures.length > 0);
    const rest = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
    const lines = [
      ...(isFailed ? [ended.output.trimEnd()] : []),
      `${isFailed ? "✖" : "✔"} ${seconds(ended.ms)} ${seconds(ended.cpuMs)}  ${ended.unit.name}: ${passed} passed${rest}`,
      ...skipped.map(({ test, reason }) => `    skipped: ${test} # ${reason}`),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  });
  return { results, cpuOf, wallOf };
}

/** @param {FileResult[]} results */
function failuresOf(results) {
  return results.flatMap(({ failures }) => failures);
}

/**
 * Runs files that failed once more, one after the other.
 * @param {FileResult[]} failed
 * @param {Arguments} options
 */
async function repeat(failed, options) {
  if (failed.length === 0) return [];
  if (failed.length > MOST_REPEATED) {
    process.stdout.write(`# ${failed.length} files failed: too many to run them once more\n`);
    return failed;
  }
  process.stdout.write(
    `# once more, alone: ${failed.map(({ path }) => sourceOf(path)).join(", ")}\n`,
  );
  const units = failed.map(({ path }) => alone(path));
  return (await runUnits(units, { ...options, jobs: 1, isStreamed: false })).results;
}

/** @param {string[]} args */
async function main(args) {
  const options = parseArguments(args);
  const files = [...new Set(options.names.flatMap((name) => testFiles(root, name, options.tier)))];
  refuseStale(root, files);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));

  const units = unitsOf(files, options.jobs);
  const isStreamed = units.length === 1;
  const { results, cpuOf, wallOf } = await runUnits(units, { ...options, isStreamed });
  keepTimes(wallOf);
  const first = results.filter(({ failures }) => failures.length > 0);
  const second = await repeat(first, options);

  const now = new Date();
  const listed = readFlaky(root);
  const failures = failuresOf(second);
  const failed = failures.filter((failure) => !isListed(listed, failure));
  const known = failures.filter((failure) => isListed(listed, failure));
  const passedNow = failuresOf(first.filter(({ path }) => isPassed(second, path)));
  const unlisted = passedNow.filter((failure) => !isListed(listed, failure));
  const problems = flakyProblems(listed, now);

  const title = `test/${options.names.join(", test/")}`;
  const times = { title, results, cpuOf, wallMs: performance.now(), cpuMs: cpuMs() };
  process.stdout.write(timesText(times) + failuresText(failed));
  for (const problem of problems) process.stdout.write(`# failed: ${problem}\n`);
  for (const failure of unlisted) {
    const entry = JSON.stringify(entryFor(failure, now), null, 2);
    process.stdout.write(`# if it cannot be cured at once, add to test/flaky.json:\n${entry}\n`);
  }
  const sums = {
    passed: results.reduce((sum, each) => sum + each.passed, 0),
    failed: [...failed.map(({ file, test }) => `${file}: ${test}`), ...problems],
    skipped: results.reduce((sum, each) => sum + each.skipped.length, 0),
    flaky: [
      ...passedNow.map((failure) => flakyLine({ failure, note: "passed alone" })),
      ...known.map((failure) => flakyLine({ failure, note: "listed, failed twice" })),
    ],
  };
  reportSums(sums);
  process.stdout.write(closingText(sums));
  const ran = sums.passed + sums.skipped + sums.flaky.length;
  process.exitCode = sums.failed.length === 0 && ran > 0 ? 0 : 1;
}

/**
 * @param {FileResult[]} results
 * @param {string} path
 */
function isPassed(results, path) {
  return results.some((each) => each.path === path && each.failures.length === 0);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`test/run.mjs: ${error.message}\n`);
  process.exitCode = 2;
}
