// tsv on the host's own Node, for architectures that Node makes no supported builds for: one file too, launcher and bundle.
// It has no code cache: that belongs to one version of V8, and the host's changes with every security update of nodejs.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { bundle, parts, wrapped } from "./bundle.mjs";

const HERE = "packaging/standalone";

/** Flags that every Node from 18 on knows as its own; the start script sets those of V8. */
const NODE_FLAGS = ["--v8-pool-size=1", "--max-semi-space-size=4", "--no-warnings"];

/**
 * What the launcher has Node run. The launcher's own words stand first: the executable, and where in which descriptor the
 * bundle is. Only in the syntax of Node 12, so that an old Node reports that it is too old.
 */
const START = `"use strict";
{
  const [executable, fd, offset, length] = process.argv.splice(1, 4);
  if (parseInt(process.versions.node, 10) < 18) {
    const found = process.execPath + " is " + process.versions.node;
    process.stderr.write("Error: tsv needs Node.js 18 or newer, and " + found + "\\n");
    process.exit(1);
  }
  const { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } = require("fs");

  // Everything as in the executable that carries its runtime.
  process.execPath = executable;
  process.argv.splice(0, 1, executable, executable);
  for (const name of ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"]) {
    const kept = "TSV_KEPT_" + name;
    if (process.env[kept] !== undefined) process.env[name] = process.env[kept];
    delete process.env[kept];
  }

  // These belong to V8, and another version may not know them: as words for Node they would end it then.
  for (const flag of ["--no-concurrent-recompilation", "--no-memory-reducer"]) {
    require("v8").setFlagsFromString(flag);
  }

  // In lists of processes it has the words and the name of the other executable: init scripts, doctor, pgrep and people look
  // for these. The kernel shows what stands where our arguments were, which nobody reads any more.
  try {
    const words = Buffer.from([process.argv0].concat(process.argv.slice(2), "").join("\\0"));
    const stat = readFileSync("/proc/self/stat", "latin1");
    const [from, to] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(46, 48).map(Number);
    const memory = openSync("/proc/self/mem", "r+");
    if (from > 0 && to - from >= words.length) {
      writeSync(memory, Buffer.alloc(to - from), 0, to - from, from);
      writeSync(memory, words, 0, words.length, from);
    }
    closeSync(memory);
    writeFileSync("/proc/self/comm", require("path").basename(process.argv0));
  } catch (_) {
    // A matter of looks.
  }

  const text = Buffer.alloc(Number(length));
  for (let at = 0; at < text.length; ) {
    const count = readSync(Number(fd), text, at, text.length - at, Number(offset) + at);
    if (count === 0) throw new Error(executable + " is shorter than it was when it started");
    at += count;
  }
  closeSync(Number(fd));
  const script = new (require("vm").Script)(text.latin1Slice(), { filename: "tsv" });
  // Modules of users may be ECMAScript's, which require() of Node 18 does not take.
  module.importModule = (url) => import(url);
  script.runInThisContext()(exports, require, module);
}
`;

/**
 * Builds the executable.
 * `target` has `cc`, the compiler for its architecture; `addons` is the directory of the addons for it, `work` that of what
 * is made on the way.
 * @returns what it runs on, for people
 * @throws Error where the launcher cannot be compiled
 * @param {{ target: { cc: string }, addons: string, out: string, work: string }} wanted
 */
export async function buildHosted({ target, addons, out, work }) {
  if (process.platform !== "linux") throw new Error(`tsv cannot be built on ${process.platform}`);
  mkdirSync(work, { recursive: true });
  const bundled = join(work, "tsv.cjs");
  const [start, code] = [join(work, "start.js"), join(work, "code.js")];
  const define = { TSV_IMPORT: "module.importModule" };
  await bundle({ main: "src/main.ts", outfile: bundled, define });
  writeFileSync(code, withParts(wrapped(readFileSync(bundled, "latin1")), parts(addons)));
  const settings = { minify: true, target: "node12", supported: { "dynamic-import": true } };
  writeFileSync(start, (await transform(START, settings)).code);
  compileLauncher({ cc: target.cc, start, code, out });
  return "on the host's Node";
}

/**
 * A function like that of `code`, which takes what is embedded out of itself.
 * @param {string} code
 * @param {Record<string, Buffer>} embedded
 */
function withParts(code, embedded) {
  const bytes = Object.entries(embedded).map(([name, each]) => [name, each.toString("base64")]);
  const held = JSON.stringify(Object.fromEntries(bytes));
  const found = `(name) => (name in held ? Buffer.from(held[name], "base64") : null)`;
  return `((held) => (exports, require, module) => ${code}(exports, require, module, ${found}))(${held})`;
}

/**
 * Compiles the launcher with both texts in it.
 * @throws Error with the output of the compiler
 * @param {{ cc: string, start: string, code: string, out: string }} wanted
 */
export function compileLauncher({ cc, start, code, out }) {
  const fresh = `${out}.new`;
  const defines = {
    START: JSON.stringify(start),
    BUNDLE: JSON.stringify(code),
    NODE_FLAGS: NODE_FLAGS.map((flag) => JSON.stringify(flag)).join(", "),
  };
  const words = [
    ...["-std=gnu11", "-O2", ...hardening(cc), "-Wall", "-Wextra", "-Werror"],
    ...["-fPIE", "-pie", "-Wl,-s", "-Wl,-z,relro,-z,now"],
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    ...["-o", fresh, join(HERE, "launcher.c")],
  ];
  const made = spawnSync(cc, words, { encoding: "utf8" });
  if (made.status !== 0) {
    throw new Error(`${cc} cannot compile the launcher: ${made.error?.message ?? made.stderr}`);
  }
  renameSync(fresh, out);
}

/**
 * The compiler's options against memory errors.
 * @param {string} cc
 */
function hardening(cc) {
  const { status, stdout, stderr } = spawnSync("sh", [join(HERE, "hardening.sh"), cc], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`hardening.sh failed: ${stderr}`);
  return stdout.trim().split(/\s+/);
}
