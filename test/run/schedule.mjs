// Runs processes of test files: so many at a time, the longest first.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canIsolate, isolated } from "./isolation.mjs";

/** After SIGTERM a process has so long for what it does at its exit. */
const GRACE_MS = 10_000;
/** These start daemons and services, which use fixed paths below /run, /tmp and /dev/shm. */
const ISOLATED = /^build\/js\/test\/(?:e2e|integration)\//;

/**
 * @typedef {import("./group.mjs").Unit} Unit
 * @typedef {{ file?: string, test?: string, ms?: number, skip?: string | boolean, reason?: string, end?: true }} Report
 * @typedef {{ unit: Unit, ok: boolean, how: string, output: string, reports: Report[], ms: number, cpuMs: number }} Ended
 *   a process that has ended: `how` is its status, signal or limit
 * @typedef {{ root: string, jobs: number, timeoutMs: number, isStreamed: boolean }} Options
 */

/**
 * @param {Unit[]} units in the order in which they are started
 * @param {Options} options
 * @param {(ended: Ended) => void} onEnd called for each as soon as it has ended
 */
export async function runAll(units, options, onEnd) {
  const waiting = [...units];
  const worker = async () => {
    for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
      onEnd(await runOne(unit, options));
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
}

/**
 * @param {Unit} unit
 * @param {Options} options
 * @returns {Promise<Ended>}
 */
async function runOne(unit, { root, timeoutMs, isStreamed }) {
  const directory = mkdtempSync(join(existsSync("/var/tmp") ? "/var/tmp" : tmpdir(), "tsv-run-"));
  const [report, end] = [join(directory, "report"), join(directory, "end")];
  const argv = [
    process.execPath,
    "--enable-source-maps",
    `--import=${join(root, "test/run/file-end.mjs")}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${join(root, "test/run/reporter.mjs")}`,
    `--test-reporter-destination=${report}`,
    unit.module,
  ];
  const view = ISOLATED.test(unit.module) && canIsolate(root) ? isolated(argv) : null;
  const start = performance.now();
  try {
    const { status, output } = await execute(view?.argv ?? argv, {
      root,
      end,
      timeoutMs,
      isStreamed,
    });
    const reports = jsonLines(report);
    return {
      unit,
      ok: status === 0 && reports.some((each) => each.end === true),
      how: status === 0 ? "before its tests did" : `with ${status}`,
      output,
      reports,
      ms: performance.now() - start,
      cpuMs: existsSync(end) ? Number(readFileSync(end, "utf8")) : 0,
    };
  } finally {
    view?.remove();
    rmSync(directory, { recursive: true });
  }
}

/**
 * @param {readonly string[]} argv
 * @param {{ root: string, end: string, timeoutMs: number, isStreamed: boolean }} how
 * @returns {Promise<{ status: number | string, output: string }>}
 */
function execute([file = "", ...args], { root, end, timeoutMs, isStreamed }) {
  // The tests see the same environment everywhere: no colours, no certificates, no options of the caller's Node.
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, NODE_TEST_CONTEXT, ...env } = process.env;
  const child = spawn(file, args, {
    cwd: root,
    env: { ...env, TSV_FILE_END: end },
    stdio: ["ignore", "pipe", "pipe"],
  });
  /** @type {Buffer[]} */
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => (isStreamed ? process.stdout.write(chunk) : chunks.push(chunk)));
  }
  return new Promise((resolve, reject) => {
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
    }, timeoutMs);
    const stop = () => child.kill("SIGTERM");
    process.once("exit", stop);
    child.on("error", reject);
    // "exit" and not "close": a daemon that a test has left may hold the pipes.
    child.on("exit", (status, signal) => {
      clearTimeout(limit);
      process.off("exit", stop);
      const why = isLate ? `its limit of ${timeoutMs / 60_000} minutes` : (status ?? signal ?? "?");
      // What it printed last is still in the pipes, and is read in this turn.
      setImmediate(() =>
        setImmediate(() => {
          child.stdout.destroy();
          child.stderr.destroy();
          resolve({ status: why, output: Buffer.concat(chunks).toString() });
        }),
      );
    });
  });
}

/**
 * @param {string} path
 * @returns {Report[]}
 */
function jsonLines(path) {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  // A process that was killed may have written a part of a line.
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}
