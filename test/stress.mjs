// Runs test files ten times each on about a quarter of a processor, and names each test that failed, and how often:
//
//   node test/stress.mjs e2e/why integration/rpc      or: make stress FILES="e2e/why integration/rpc"
//
// This process and what it starts are bound to one processor, beside three loops that do nothing: it works without privileges.

import { spawn, spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { refuseStale, sourceOf, testFiles, UsageError } from "./run/files.mjs";
import { resultsOf } from "./run/results.mjs";
import { runAll } from "./run/schedule.mjs";
import { closingText, seconds } from "./run/summary.mjs";

const TIMES = 10;
const LOOPS = 3;
const TIMEOUT_MS = 30 * 60 * 1000;
/** Each second it looks whether it is left alone. */
const LOOP =
  "const p = process.ppid; while (process.ppid === p) for (const t = Date.now() + 1000; Date.now() < t; );";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Binds this process and its children to one processor, which three others keep busy. */
function slowDown() {
  const cpu = String(cpus().length - 1);
  const { status } = spawnSync("taskset", ["-pc", cpu, String(process.pid)]);
  if (status !== 0) throw new UsageError("cannot bind this process to a processor with taskset");
  for (let n = 0; n < LOOPS; n += 1) {
    // Each in a session of its own, as the daemons of the tests are: the kernel may share time between sessions.
    const loop = spawn(process.execPath, ["-e", LOOP], { detached: true, stdio: "ignore" });
    loop.unref();
    process.once("exit", () => loop.kill("SIGKILL"));
  }
}

/** @param {string[]} names */
async function main(names) {
  if (names.length === 0) throw new UsageError("usage: node test/stress.mjs FOLDER|FILE…");
  const files = [...new Set(names.flatMap((name) => testFiles(root, name, "all")))];
  refuseStale(root, files);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));
  slowDown();

  const units = Array.from({ length: TIMES }, () => files).flatMap((all) =>
    all.map((path) => ({ name: sourceOf(path), module: path, files: [path] })),
  );
  const sums = { passed: 0, skipped: 0 };
  /** @type {Map<string, { times: number, reason: string }>} by file and test */
  const failures = new Map();
  await runAll(units, { root, jobs: 1, timeoutMs: TIMEOUT_MS, isStreamed: false }, (ended) => {
    const results = resultsOf(ended);
    const failed = results.flatMap((each) => each.failures);
    if (failed.length > 0) process.stdout.write(`${ended.output.trimEnd()}\n`);
    for (const { file, test, reason } of failed) {
      const before = failures.get(`${file}: ${test}`);
      failures.set(`${file}: ${test}`, { times: (before?.times ?? 0) + 1, reason });
    }
    for (const each of results) {
      sums.passed += each.passed;
      sums.skipped += each.skipped.length;
    }
    process.stdout.write(
      `${failed.length > 0 ? "✖" : "✔"} ${seconds(ended.ms)}  ${ended.unit.name}\n`,
    );
  });
  for (const [name, { times, reason }] of failures) {
    process.stdout.write(
      `# failed ${times} of ${TIMES} times: ${name}: ${reason.split("\n")[0]}\n`,
    );
  }
  process.stdout.write(closingText({ ...sums, failed: [...failures.keys()], flaky: [] }));
  // A loop that is to be ended must not keep this process.
  process.exit(failures.size === 0 && sums.passed + sums.skipped > 0 ? 0 : 1);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`test/stress.mjs: ${error.message}\n`);
  process.exitCode = 2;
}
