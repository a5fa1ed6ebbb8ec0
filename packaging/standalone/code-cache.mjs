// The code cache of the bundle, taken after a run of `status`: a function that has run is in it compiled. The cache that
// Node makes by itself holds only what is compiled at loading, and ctl spent a tenth of its time compiling the rest.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * What the executable starts: the bundle out of the blob's assets, together with its cache. A cache that does not fit the
 * runtime is ignored by V8, which compiles then.
 */
export const LOADER = `"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");
const code = Buffer.from(getRawAsset("code")).latin1Slice();
const cachedData = Buffer.from(getRawAsset("cache"));
new Script(code, { filename: "tsv", cachedData }).runInThisContext()(exports, require, module);
`;

/**
 * Starts the bundle as the loader does, and writes the cache when it has done its work. A thread that compiles in between
 * leaves its mark in the cache: it is switched off for the run. At the end flags are as they were, because a cache is bound
 * to them.
 */
const MAKER = `"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");
const [code, cache] = process.argv.splice(2, 2);
setFlagsFromString("--no-concurrent-sparkplug");
const script = new Script(readFileSync(code, "latin1"), { filename: "tsv" });
process.on("exit", () => {
  setFlagsFromString("--concurrent-sparkplug");
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
 * Runs a daemon and `status` against it, both of this bundle.
 * @param runtime the words that run the base runtime here: its path, after an emulator's where it is another machine's
 * @param code file with the wrapped bundle
 * @param cache file to write
 */
export async function makeCodeCache({ runtime, flags, bundle, code, cache }) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-build-"));
  const config = join(directory, "tsv.conf");
  const maker = join(directory, "maker.cjs");
  writeFileSync(config, CONFIG);
  writeFileSync(maker, MAKER);
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const [command, ...words] = runtime;
  const daemon = spawn(command, [...words, bundle, "daemon", "-n", "-c", config], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    await isRunning(daemon);
    const args = [
      ...words,
      ...flags,
      REPEATABLE,
      maker,
      code,
      cache,
      "ctl",
      "-c",
      config,
      "status",
    ];
    const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8" });
    if (status !== 0) throw new Error(`status, run for its code cache, failed: ${stdout}${stderr}`);
  } finally {
    daemon.kill("SIGTERM");
    if (daemon.exitCode === null) await new Promise((resolve) => daemon.once("exit", resolve));
    rmSync(directory, { recursive: true });
  }
  return readFileSync(cache).length;
}

/** Settles when the program of the daemon is up; the daemon logs to its stdout. */
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
