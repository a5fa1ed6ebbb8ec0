// Makes what a package of one architecture holds that depends on the machine, as it will lie on the host, and the facts
// that recipes of packages need:
//
//   node packaging/dist/stage.mjs ARCH
//
// writes build/dist/ARCH/root/ (usr/bin/tsv, usr/lib/tsv) and build/dist/ARCH/facts.json.

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { basePackage } from "../standalone/base.mjs";
import { buildExecutable } from "../standalone/executable.mjs";
import { buildHosted } from "../standalone/hosted.mjs";
import { sourceDateEpoch, VERSION } from "./release.mjs";
import { ARCHITECTURES, targetOf } from "./targets.mjs";

const ADDONS = ["posix.node", "pty.node"];

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));

const { positionals } = parseArgs({ allowPositionals: true });

try {
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) {
    throw new Error(`usage: stage.mjs ${ARCHITECTURES.join("|")}`);
  }
  await stage(targetOf(name));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** @param {import("./targets.mjs").Target} target */
async function stage(target) {
  const directory = join("build/dist", target.name);
  const root = join(directory, "root");
  rmSync(root, { recursive: true, force: true });
  buildAddons(target, directory);
  makeDirectories(root, ["", "usr", "usr/bin"]);
  const wanted = {
    target,
    addons: directory,
    out: join(root, "usr/bin/tsv"),
    work: join(directory, "work"),
  };
  if (target.carriesNode) await buildExecutable(wanted);
  else await buildHosted(wanted);
  chmodSync(wanted.out, 0o755);
  putCompanions(directory, root);
  writeFileSync(join(directory, "facts.json"), `${JSON.stringify(factsOf(target), null, 2)}\n`);
  const megabytes = (statSync(wanted.out).size / 1e6).toFixed(1);
  process.stdout.write(`staged ${root} (${megabytes} MB)\n`);
}

/**
 * By the Makefile's own rules. A package without terminals would not be what users expect: node-pty is a must here.
 * @param {import("./targets.mjs").Target} target
 * @param {string} directory
 */
function buildAddons({ name, cc, cxx }, directory) {
  const addons = ADDONS.map((file) => join(directory, file));
  for (const addon of addons) rmSync(addon, { force: true });
  const words = ["--no-print-directory", "-s", `ADDONS=${directory}`, `CC=${cc}`, `CXX=${cxx}`];
  const { MAKEFLAGS, CFLAGS, CXXFLAGS, ...env } = process.env;
  const made = spawnSync("make", [...words, ...addons], { env, encoding: "utf8" });
  const absent = addons.filter((addon) => statSync(addon, { throwIfNoEntry: false }) === undefined);
  if (made.status === 0 && absent.length === 0) return;
  const output = made.error?.message ?? `${made.stdout}${made.stderr}`;
  throw new Error(
    `${absent.join(", ") || "the addons"} cannot be compiled for ${name} with ${cc} and ${cxx}; ` +
      `on Debian, sh packaging/dist/setup.sh ${name} installs them: ${output}`,
  );
}

/**
 * The executable contains them; as files they serve where it can write to no directory, in a container for example.
 * @param {string} directory
 * @param {string} root
 */
function putCompanions(directory, root) {
  makeDirectories(root, ["usr/lib", "usr/lib/tsv"]);
  for (const addon of ADDONS) {
    copyFileSync(join(directory, addon), join(root, "usr/lib/tsv", addon));
    chmodSync(join(root, "usr/lib/tsv", addon), 0o644);
  }
}

/**
 * With the modes that directories have on a host, whatever the umask here.
 * @param {string} root
 * @param {string[]} names
 */
function makeDirectories(root, names) {
  for (const name of names) {
    mkdirSync(join(root, name), { recursive: true });
    chmodSync(join(root, name), 0o755);
  }
}

/** @param {import("./targets.mjs").Target} target */
function factsOf({ name, arch, rpm, debDepends, rpmRequires }) {
  return {
    arch: name,
    debArch: name,
    rpmArch: rpm,
    debDepends,
    rpmRequires,
    // What the executable carries, whose licences go with it; null where it rests on the host's Node.
    runtime: basePackage(arch),
    version: VERSION,
    sourceDateEpoch: sourceDateEpoch(),
  };
}
