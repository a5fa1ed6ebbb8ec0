// Runs the compiled tests of the named folders and files, for example `node test/run.mjs unit/core e2e/why`.
// Node 20 expands no globs, so the files are found here. What would pass without testing anything is an error: a folder or a
// file without tests, a compilation that failed, and tests that changed since.
// --jobs=N runs so many files at a time; --long lets a file take two hours. The last lines say which files failed, which took
// longest by the clock, and how long all of it took, by the clock and of the processors.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuMs } from "./run/cpu.mjs";
import { groupFiles } from "./run/group.mjs";
import { summary } from "./run/summary.mjs";

/** Longer than the longest file takes on a busy machine: Node counts a file's tests together. */
const TIMEOUT_MS = 15 * 60 * 1000;
/** Some unpack the systems they boot, or run everything through an emulator. */
const LONG_TIMEOUT_MS = 120 * 60 * 1000;
/** The answer of these depends on nothing but the code, and nothing that they do outlives them: they share processes. */
const PURE = /^build\/js\/test\/unit\//;
/** So that none of them works alone at the end. */
const GROUPS_PER_JOB = 4;

const root = fileURLToPath(new URL("../", import.meta.url));
const compiled = join(root, "build/js");

class Refusal extends Error {}

/** @param {string[]} args */
function parseArguments(args) {
  const options = { jobs: 2, timeoutMs: TIMEOUT_MS, folders: /** @type {string[]} */ ([]) };
  for (const arg of args) {
    const jobs = /^--jobs=([1-9]\d*)$/.exec(arg);
    if (jobs !== null) options.jobs = Number(jobs[1]);
    else if (arg === "--long") options.timeoutMs = LONG_TIMEOUT_MS;
    else if (arg.startsWith("--")) throw new Refusal(`there is no option ${arg}`);
    else options.folders.push(arg);
  }
  if (options.folders.length > 0) return options;
  throw new Refusal("usage: node test/run.mjs [--jobs=N] [--long] FOLDER|FILE…");
}

/**
 * @param {string} name
 * @returns the paths of the compiled tests of a folder, or of one file, seen from the root
 */
function testFiles(name) {
  const path = join(compiled, "test", name.replace(/\.test\.ts$/, ""));
  if (existsSync(`${path}.test.js`)) return [relative(root, `${path}.test.js`)];
  const names = existsSync(path) ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  const found = names.filter((each) => each.endsWith(".test.js")).sort();
  if (found.length === 0) throw new Refusal(`test/${name} has no tests; is it spelled right?`);
  return found.map((each) => relative(root, join(path, each)));
}

/**
 * The compiler writes what it can, even if it finds errors; only after a success make writes the stamp.
 * @param {string[]} files
 */
function refuseStale(files) {
  const stamp = join(compiled, ".stamp");
  if (!existsSync(stamp)) throw new Refusal("the tests did not compile: make build/js/.stamp");
  const compiledAt = statSync(stamp).mtimeMs;
  for (const file of files) {
    const source = relative(compiled, join(root, file)).replace(/\.js$/, ".ts");
    const changedAt = statSync(join(root, source), { throwIfNoEntry: false })?.mtimeMs;
    if (changedAt === undefined || changedAt > compiledAt) {
      throw new Refusal(`${source} is not what was compiled: make build/js/.stamp`);
    }
  }
}

/**
 * @param {string[]} files
 * @param {number} jobs
 * @returns what Node is given to run
 */
function processesFor(files, jobs) {
  const pure = files.filter((file) => PURE.test(file));
  const others = files.filter((file) => !PURE.test(file));
  return [...groupFiles(root, pure, jobs * GROUPS_PER_JOB), ...others];
}

/**
 * @param {string[]} files
 * @param {{ jobs: number, timeoutMs: number }} how
 * @returns the status of Node's test runner, what the reporter wrote, and how each file ended
 */
function run(files, { jobs, timeoutMs }) {
  // The tests see the same environment everywhere: no colours, no certificates, no options of the caller's Node.
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const directory = mkdtempSync(join(tmpdir(), "tsv-run-"));
  const [report, ends] = [join(directory, "report"), join(directory, "ends")];
  const options = [
    "--enable-source-maps",
    "--test",
    `--test-concurrency=${jobs}`,
    // A test that hangs is a failure with a name, not a run without an end.
    `--test-timeout=${timeoutMs}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${join(root, "test/run/files-reporter.mjs")}`,
    `--test-reporter-destination=${report}`,
    `--import=${join(root, "test/run/file-end.mjs")}`,
  ];
  try {
    const { error, status } = spawnSync(process.execPath, [...options, ...files], {
      cwd: root,
      env: { ...env, TSV_FILE_ENDS: ends },
      stdio: "inherit",
    });
    if (error !== undefined) throw error;
    return { status: status ?? 1, reports: jsonLines(report), ends: jsonLines(ends) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @param {string} path */
function jsonLines(path) {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

try {
  const options = parseArguments(process.argv.slice(2));
  const files = options.folders.flatMap(testFiles);
  refuseStale(files);
  const { status, reports, ends } = run(processesFor(files, options.jobs), options);
  const { text, ok } = summary({
    ...{ folders: options.folders, files, reports, ends },
    ...{ wallMs: performance.now(), cpuMs: cpuMs() },
  });
  process.stdout.write(text);
  process.exitCode = ok ? status : 1;
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`test/run.mjs: ${error.message}\n`);
  process.exitCode = 2;
}
