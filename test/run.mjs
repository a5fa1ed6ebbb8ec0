// Runs the compiled tests of the named folders, for example `node test/run.mjs unit sim`.
// Node 20 expands no globs, so the files are found here. A folder without tests is an error: its name is mistyped.
// --serial runs one file at a time, for measurements; --long lets a file take two hours. A last line says how long it took.
//
// Tests with real processes are at the mercy of the machine. When one or two files of them fail, they run once more, alone;
// what passes then is named in the last lines, its failure stands above them, and it is to be mended. Pure tests and
// simulations have no such excuse.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Longer than the longest file takes on a busy machine: Node counts a file's tests together. */
const TIMEOUT_MS = 15 * 60 * 1000;
/** Some unpack the systems they boot, or run everything through an emulator. */
const LONG_TIMEOUT_MS = 120 * 60 * 1000;
/** Their answer depends on nothing but the code. */
const PURE = ["unit", "sim"];
/** More than this is no accident. */
const MAX_REPEATED_FILES = 2;

const root = fileURLToPath(new URL("../", import.meta.url));
const args = process.argv.slice(2);
const serial = args.includes("--serial");
const long = serial || args.includes("--long");
const folders = args.filter((arg) => !arg.startsWith("--"));

/** @param {string} folder */
function testFiles(folder) {
  const directory = join(root, "build/js/test", folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => relative(root, join(directory, name)))
    .sort();
}

const files = folders.flatMap((folder) => {
  const found = testFiles(folder);
  if (found.length === 0) {
    process.stderr.write(
      `test/run.mjs: test/${folder} has no tests; is it compiled and spelled right?\n`,
    );
    process.exitCode = 2;
  }
  return found;
});
if (folders.length === 0) {
  process.stderr.write("usage: node test/run.mjs [--serial] [--long] FOLDER…\n");
  process.exitCode = 2;
}

/**
 * @returns the status of Node's test runner, and the files with a test that failed
 * @param {string[]} chosen
 * @param {{ concurrency: number, timeoutMs: number }} how
 */
function run(chosen, { concurrency, timeoutMs }) {
  // The tests see the same environment everywhere: no colours, no certificates, no options of the caller's Node.
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const directory = mkdtempSync(join(tmpdir(), "tsv-run-"));
  const failures = join(directory, "failures");
  const options = [
    "--enable-source-maps",
    "--test",
    `--test-concurrency=${concurrency}`,
    // A test that hangs is a failure with a name, not a run without an end.
    `--test-timeout=${timeoutMs}`,
    `--import=${join(root, "test/failed-file.mjs")}`,
  ];
  try {
    const { error, status } = spawnSync(process.execPath, [...options, ...chosen], {
      cwd: root,
      env: { ...env, TSV_FAILED_FILES: failures },
      stdio: "inherit",
    });
    if (error !== undefined) throw error;
    const failed = existsSync(failures) ? readFileSync(failures, "utf8") : "";
    const paths = failed.split("\n").filter(Boolean);
    return { status: status ?? 1, failed: paths.map((path) => relative(root, path)) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @param {string} folder */
function isPure(folder) {
  return PURE.includes(folder.split("/")[0] ?? "");
}

if (process.exitCode === undefined) {
  const timeoutMs = long ? LONG_TIMEOUT_MS : TIMEOUT_MS;
  const { status, failed } = run(files, { concurrency: serial ? 1 : 2, timeoutMs });
  const mayRepeat = !folders.some(isPure) && failed.length <= MAX_REPEATED_FILES;
  if (status === 0 || !mayRepeat || failed.length === 0) process.exitCode = status;
  else {
    const names = failed.join(" ");
    process.stdout.write(`# once more, alone, since it failed above: ${names}\n`);
    delete process.env["TSV_COMPARISONS"]; // What was compared is counted once, with what was unexplained then.
    process.exitCode = run(failed, { concurrency: 1, timeoutMs }).status;
    const outcome =
      process.exitCode === 0 ? "FLAKY, failed above and passed alone" : "failed twice";
    process.stdout.write(`# ${outcome}: ${names}\n`);
  }
}

if (folders.length > 0) {
  const seconds = Math.round(performance.now() / 1000);
  const took = `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  process.stdout.write(`# test/${folders.join(", test/")}: ${took}\n`);
}
