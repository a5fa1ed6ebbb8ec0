// Runs the compiled tests of the named folders, for example `node test/run.mjs unit sim`.
// Node 20 expands no globs, so the files are found here. A folder without tests passes, and says so.
// --serial runs one file at a time, for measurements.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Longer than the longest file takes on a busy machine: Node counts a file's tests together. */
const TIMEOUT_MS = 15 * 60 * 1000;
/** Of those that run alone, some unpack the systems they boot, or run everything through an emulator. */
const SERIAL_TIMEOUT_MS = 120 * 60 * 1000;

const root = fileURLToPath(new URL("../", import.meta.url));
const args = process.argv.slice(2);
const serial = args.includes("--serial");
const folders = args.filter((arg) => !arg.startsWith("--"));

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
  if (found.length === 0) process.stdout.write(`test/${folder}: no tests yet\n`);
  return found;
});

if (files.length > 0) {
  // The tests see the same environment everywhere: no colours, no certificates, no options of the caller's Node.
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const concurrency = serial ? 1 : 2;
  const options = [
    "--enable-source-maps",
    "--test",
    `--test-concurrency=${concurrency}`,
    // A test that hangs is a failure with a name, not a run without an end.
    `--test-timeout=${serial ? SERIAL_TIMEOUT_MS : TIMEOUT_MS}`,
  ];
  const run = spawnSync(process.execPath, [...options, ...files], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  if (run.error !== undefined) throw run.error;
  process.exitCode = run.status ?? 1;
}
