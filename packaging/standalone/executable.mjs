// One executable that carries its runtime: bundle, code cache, injection into the base. Paths are relative to the checkout,
// and none of them gets into the result: the same sources make the same bytes wherever they lie.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
// @ts-expect-error It brings no types.
import { inject } from "postject";
import { baseRuntime } from "./base.mjs";
import { BUNDLES, bundle, parts, wrapped } from "./bundle.mjs";
import { makeCodeCaches } from "./code-cache.mjs";
import { NODE_FLAGS } from "./flags.mjs";

/** Where Node looks whether something was injected; part of every Node binary. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** @typedef {import("../dist/targets.mjs").Target} Target */

/**
 * Builds the executable.
 * `target` is the architecture in Node's words, `strip` for it, and `emulator`, the words that run its programs here
 * `addons` is the directory of the addons for it
 * `work` that of what is made on the way: they stay there.
 * @returns what it runs on, for people
 * @param {{ target: Pick<Target, "arch" | "strip" | "emulator">, addons: string, out: string, work: string }} wanted
 */
export async function buildExecutable({ target, addons, out, work }) {
  const base = baseRuntime(target.arch, target.strip);
  const runtime = [...target.emulator, base.original];
  mkdirSync(work, { recursive: true });
  const embedded = parts(addons);
  for (const [name, bytes] of Object.entries(embedded)) writeFileSync(join(work, name), bytes);
  for (const [name, folders] of Object.entries(BUNDLES)) {
    const bundled = join(work, `${name}.cjs`);
    await bundle({ main: "src/main.ts", outfile: bundled, folders });
    writeFileSync(join(work, `${name}.js`), wrapped(readFileSync(bundled, "latin1")));
  }
  await makeCodeCaches({ runtime, flags: NODE_FLAGS, work });
  await bundle({ main: "packaging/standalone/loader.mjs", outfile: join(work, "loader.cjs") });
  makeBlob(runtime, work, Object.keys(embedded));
  await injectBlob(base, join(work, "tsv.blob"), out);
  return `Node ${base.version}`;
}

/**
 * The base runtime itself makes the blob: its layout belongs to a version and an architecture.
 * @param {string[]} runtime
 * @param {string} work
 * @param {string[]} embedded
 */
function makeBlob(runtime, work, embedded) {
  const codes = Object.keys(BUNDLES).flatMap((name) => [`${name}.js`, `${name}.cache`]);
  const config = {
    // Names without a path: they become a part of the blob.
    main: "loader.cjs",
    output: "tsv.blob",
    assets: Object.fromEntries([...codes, ...embedded].map((name) => [name, name])),
    disableExperimentalSEAWarning: true,
    execArgv: NODE_FLAGS,
    // Without "none" a NODE_OPTIONS in the caller's environment would reach tsv.
    execArgvExtension: "none",
  };
  writeFileSync(join(work, "sea.json"), JSON.stringify(config));
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const [command = "", ...words] = [...runtime, "--experimental-sea-config", "sea.json"];
  const made = spawnSync(command, words, { cwd: work, env, encoding: "utf8" });
  if (made.status === 0) return;
  const why = made.error?.message ?? `${made.stdout}${made.stderr}`;
  throw new Error(`${[command, ...words].join(" ")} failed in ${work}: ${why}`);
}

/**
 * Injects into a copy and renames it into place: an executable that runs may not be written to.
 * @param {{ stripped: string }} base
 * @param {string} blob
 * @param {string} out
 */
async function injectBlob(base, blob, out) {
  const fresh = `${out}.new`;
  rmSync(fresh, { force: true });
  copyFileSync(base.stripped, fresh);
  chmodSync(fresh, 0o755);
  const silence = console.warn;
  console.warn = () => {}; // about section names that a stripped binary no longer has; harmless
  await inject(fresh, "NODE_SEA_BLOB", readFileSync(blob), { sentinelFuse: FUSE });
  console.warn = silence;
  renameSync(fresh, out);
}
