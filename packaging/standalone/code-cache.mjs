// The code caches of the bundles, taken after the life of a daemon, and runs of everyday verbs, `check` and `why`: a function that has
// run is in it compiled. The cache that Node makes by itself holds only what is compiled at loading; compiling the rest took
// a tenth of the time of ctl, and a third of that in which a daemon starts.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** The functions of node:fs that bundles read paths with. */
const READERS = /^(?:access|exists|l?stat|open|readdir|readFile|readlink|realpath|statfs)Sync$/;

/**
 * Starts the bundle as the loader does, and writes the cache when it has done its work. Functions that a collection has aged,
 * or that are machine code by then, leave their marks in the cache: both are switched off for the run. At the end flags are
 * as they were, because a cache is bound to them: those that the daemon sets are not set.
 */
const MAKER = `"use strict";
const fs = require("node:fs");
const { existsSync, readFileSync, writeFileSync } = fs;
const { dirname, join } = require("node:path");
const v8 = require("node:v8");
const { setFlagsFromString } = v8;
const { Script } = require("node:vm");
const [work, name, before] = process.argv.splice(2, 3);
const quiet = ["concurrent-sparkplug", "sparkplug", "flush-bytecode"];
process.umask(0o22);
const cache = join(work, name + ".cache");
const cachedData = before === "more" ? readFileSync(cache) : undefined;
const script = new Script(readFileSync(join(work, name + ".js"), "latin1"), { filename: "tsv", cachedData });
if (script.cachedDataRejected) throw new Error("the cache to which this run should add was rejected");
for (const flag of quiet) setFlagsFromString("--no-" + flag);
v8.setFlagsFromString = () => {};
const embedded = (part) => (existsSync(join(work, part)) ? readFileSync(join(work, part)) : null);
process.on("exit", () => {
  for (const flag of quiet) setFlagsFromString("--" + flag);
  writeFileSync(cache, script.createCachedData());
});
if (process.argv[2] === "why") hideHost(dirname(process.argv[4]));
script.runInThisContext()(exports, require, module, embedded);

// What why finds on this host must not decide what is compiled: it sees the files of the daemon, and no others.
function hideHost(directory) {
  const seen = [work, directory, process.execPath, "/dev", "/proc/net/", "/proc/self/fd/"];
  const isSeen = (path) => seen.some((one) => path.startsWith(one)) || /^\\/proc\\/\\d/.test(path);
  for (const name of Object.keys(fs).filter((name) => ${READERS}.test(name))) {
    const real = fs[name];
    fs[name] = (path, ...more) => {
      if (typeof path !== "string" || isSeen(path)) return real(path, ...more);
      if (name === "existsSync") return false;
      if (more[0]?.throwIfNoEntry === false) return undefined;
      throw Object.assign(new Error("ENOENT: " + path), { code: "ENOENT" });
    };
  }
}
`;

/**
 * Strings in a cache lie in the order of their hashes, whose seed is random. With this one a second build makes the same
 * bytes; V8 leaves it out when it asks whether a cache was made with the flags that it runs with.
 */
const REPEATABLE = "--random-seed=1";

/**
 * Through an emulator, logs are only what is open already: one with a root of its own finds no others by the way that root's
 * daemon goes.
 * @param {boolean} isEmulated
 */
const config = (isEmulated) => `[unix_http_server]
file=%(here)s/sock
[supervisord]
nodaemon=true
logfile=/dev/stdout
logfile_maxbytes=0
pidfile=%(here)s/pid
childlogdir=%(here)s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/sock
[program:one]
command=sleep 100
startsecs=0
autorestart=false
${isEmulated ? "stdout_logfile=NONE\nstderr_logfile=NONE\n" : ""}`;

/** Each adds to the cache what it runs of ctl; the program is up before, and after. Only one is repeatable through an emulator. */
const VERBS = ["status", "stop", "start", "pid"];

/**
 * What a daemon compiles depends a little on what else the machine does. On an idle machine all lives leave the same cache, on a
 * busy one four of five: the cache is one that six agree on, so that a rare one is never chosen. Through an emulator they differ
 * more often, and no build would be repeatable: there the daemon starts from a cache of what is compiled at loading.
 */
const AGREED = 6;
const MOST_LIVES = 40;

/**
 * Runs a daemon, verbs that ask it, and `check`, and writes NAME.cache for each NAME.js.
 * `runtime` are the words that run the base runtime here: its path, after an emulator's where it is another machine's;
 * `work` is the directory of the wrapped bundles and of their parts.
 * @param {{ runtime: readonly string[], flags: readonly string[], work: string }} wanted
 */
export async function makeCodeCaches({ runtime, flags, work }) {
  const [command = "", ...words] = runtime;
  const isEmulated = words.length > 0;
  const directory = mkdtempSync(join(tmpdir(), "tsv-build-"));
  const file = join(directory, "tsv.conf");
  const maker = join(directory, "maker.cjs");
  writeFileSync(file, config(isEmulated));
  writeFileSync(maker, MAKER);
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...caller } = process.env;
  const env = { ...caller, TZ: "UTC", LC_ALL: "C" };
  /**
   * @param {string} name
   * @param {"new" | "more"} [before] `more` adds to the cache that there is
   */
  const making = (name, before = "new") => {
    return [...words, ...flags, REPEATABLE, maker, resolve(work), name, before];
  };
  /**
   * @param {string} name
   * @param {string[]} args
   * @param {"new" | "more"} [before]
   */
  const run = (name, args, before) => {
    const made = spawnSync(command, [...making(name, before), ...args], { env, encoding: "utf8" });
    if (made.status === 0) return;
    const output = `${made.stdout}${made.stderr}`;
    throw new Error(`tsv ${args.join(" ")}, run for its code cache, failed: ${output}`);
  };
  /**
   * The cache after a life of the daemon, in which `meanwhile` happens when its program is up.
   * @param {() => void} meanwhile
   */
  const live = async (meanwhile) => {
    const daemon = spawn(command, [...making("daemon"), "daemon", "-n", "-c", file], {
      // A keeper would execute another process, without the words for the cache.
      env: { ...env, TSV_KEEPER: "off" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    try {
      await isSettled(daemon, directory);
      meanwhile();
    } finally {
      daemon.kill("SIGTERM");
    }
    const status = await ended;
    if (status !== 0) throw new Error(`the daemon, run for its code cache, ended with ${status}`);
    return readFileSync(join(work, "daemon.cache"));
  };
  try {
    run("tsv", ["check", file]);
    run("help", []);
    run("mcp", ["mcp", "--help"]);
    run("fleet", ["fleet", "--help"]);
    await live(() => {
      run("ctl", ["ctl", "-c", file, "status"]);
      if (isEmulated) return;
      for (const verb of VERBS) run("ctl", [verb, "-c", file, "one"], "more");
      run("tsv", ["why", "-c", file, "one"], "more");
    });
    if (isEmulated) {
      run("daemon", ["daemon", "--version"]);
      return;
    }
    /** @type {Buffer[]} */
    const made = [];
    while (made.length < MOST_LIVES) {
      const cache = await live(() => {});
      made.push(cache);
      if (made.filter((other) => other.equals(cache)).length === AGREED) return;
    }
    throw new Error(`no ${AGREED} of ${MOST_LIVES} code caches of the daemon are alike`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @typedef {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, import("node:stream").Readable>} Daemon */

/**
 * Settles when the program of the daemon is up and the daemon has nothing more to do; it logs to its stdout.
 * @param {Daemon} daemon
 * @param {string} directory
 */
async function isSettled(daemon, directory) {
  const hasRecord = () => existsSync(join(directory, "pid.programs"));
  const watcher = watch(directory);
  /** @type {Promise<void>} */
  const recorded = new Promise((resolve) => watcher.on("change", () => hasRecord() && resolve()));
  try {
    await isRunning(daemon);
    if (!hasRecord()) await recorded;
  } finally {
    watcher.close();
  }
}

/** @param {Daemon} daemon */
async function isRunning(daemon) {
  let output = "";
  daemon.stderr.on("data", (text) => {
    output += text;
  });
  for await (const line of createInterface(daemon.stdout)) {
    output += `${line}\n`;
    if (line.includes("entered RUNNING state")) return;
  }
  throw new Error(`the daemon, run for the code cache, did not start: ${output}`);
}
