// The code caches of the bundle, one taken after a run of `status`, one after the life of a daemon: a function that has run
// is in it compiled. The cache that Node makes by itself holds only what is compiled at loading; compiling the rest took a
// tenth of the time of ctl, and a third of that in which a daemon starts. One cache for both would slow down ctl.

import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * What the executable starts: the bundle out of the blob's assets, together with the cache that suits the words it was called
 * with; the other one is right too. A cache that does not fit the runtime is ignored by V8, which compiles then.
 */
export const LOADER = `"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");
const code = Buffer.from(getRawAsset("code")).latin1Slice();
const isDaemon = process.argv[2] === "daemon" || process.argv0.endsWith("supervisord");
const cachedData = Buffer.from(getRawAsset(isDaemon ? "daemonCache" : "ctlCache"));
new Script(code, { filename: "tsv", cachedData }).runInThisContext()(exports, require, module);
`;

/**
 * Starts the bundle as the loader does, and writes the cache when it has done its work. Functions that a collection has aged,
 * or that are machine code by then, leave their marks in the cache: both are switched off for the run. At the end flags are
 * as they were, because a cache is bound to them.
 */
const MAKER = `"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");
const [code, cache] = process.argv.splice(2, 2);
const quiet = ["concurrent-sparkplug", "sparkplug", "flush-bytecode"];
process.umask(0o22);
for (const flag of quiet) setFlagsFromString("--no-" + flag);
const script = new Script(readFileSync(code, "latin1"), { filename: "tsv" });
process.on("exit", () => {
  for (const flag of quiet) setFlagsFromString("--" + flag);
  writeFileSync(cache, script.createCachedData());
});
script.runInThisContext()(exports, require, module);
`;

/**
 * Strings in a cache lie in the order of their hashes, whose seed is random. With this one a second build makes the same
 * bytes; V8 leaves it out when it asks whether a cache was made with the flags that it runs with.
 */
const REPEATABLE = "--random-seed=1";

// Logs are only what is open already: an emulator with a root of its own finds no others by the way that root's daemon goes.
const CONFIG = `[unix_http_server]
file=%(here)s/sock
[supervisord]
nodaemon=true
logfile=/dev/stdout
logfile_maxbytes=0
pidfile=%(here)s/pid
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/sock
[program:one]
command=sleep 100
startsecs=0
autorestart=false
stdout_logfile=NONE
stderr_logfile=NONE
`;

/**
 * What a daemon compiles depends a little on what else the machine does. Fifteen of sixteen lives leave the same cache on a
 * busy one, all of them on an idle one: the cache is one that three agree on. Through an emulator they differ more often, and
 * no build would be repeatable: there the daemon starts from the cache of ctl.
 */
const AGREED = 3;
const MOST_LIVES = 20;

/**
 * Runs a daemon and `status` against it, both of this bundle.
 * @param runtime the words that run the base runtime here: its path, after an emulator's where it is another machine's
 * @param code file with the wrapped bundle
 * @param ctlCache @param daemonCache files to write
 */
export async function makeCodeCaches({ runtime, flags, code, ctlCache, daemonCache }) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-build-"));
  const config = join(directory, "tsv.conf");
  const maker = join(directory, "maker.cjs");
  writeFileSync(config, CONFIG);
  writeFileSync(maker, MAKER);
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...caller } = process.env;
  const env = { ...caller, TZ: "UTC", LC_ALL: "C" };
  const [command, ...words] = runtime;
  const making = (cache) => [...words, ...flags, REPEATABLE, maker, code, cache];
  /** The cache after a life of the daemon, in which `meanwhile` happens when its program is up. */
  const live = async (meanwhile) => {
    const daemon = spawn(command, [...making(daemonCache), "daemon", "-n", "-c", config], {
      env,
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
    return readFileSync(daemonCache);
  };
  try {
    await live(() => {
      const args = [...making(ctlCache), "ctl", "-c", config, "status"];
      const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8" });
      if (status !== 0)
        throw new Error(`status, run for its code cache, failed: ${stdout}${stderr}`);
    });
    if (words.length > 0) {
      copyFileSync(ctlCache, daemonCache);
      return;
    }
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

/** Settles when the program of the daemon is up and the daemon has nothing more to do; it logs to its stdout. */
async function isSettled(daemon, directory) {
  const hasRecord = () => existsSync(join(directory, "pid.programs"));
  const watcher = watch(directory);
  const recorded = new Promise((resolve) => watcher.on("change", () => hasRecord() && resolve()));
  try {
    await isRunning(daemon);
    if (!hasRecord()) await recorded;
  } finally {
    watcher.close();
  }
}

async function isRunning(daemon) {
  let said = "";
  daemon.stderr.on("data", (text) => {
    said += text;
  });
  for await (const line of createInterface(daemon.stdout)) {
    said += `${line}\n`;
    if (line.includes("entered RUNNING state")) return;
  }
  throw new Error(`the daemon, run for the code cache, did not start: ${said}`);
}
