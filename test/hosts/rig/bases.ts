// The cached bases: one for each kind and set of packages, built on first use and again when the recipe changes.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import type { Kind } from "./kinds.ts";
import { mountsBelow } from "./mounts.ts";
import { BASES, script } from "./places.ts";
import { atEnd } from "./runs.ts";

const RECIPE = [
  "build-base.sh",
  "../../rig/debian-root.sh",
  "finish-root.sh",
  "s6/init",
  "s6/shutdown",
  "s6/finish",
];

const UNUSED_DAYS = 14;

/** The mirror does not serve a suite: it is down, or in the middle of an update of its own. Says nothing about tsv. */
export class MirrorFailure extends Error {}

/** The base of a kind with more packages; builds it when there is none. */
export async function baseOf(kind: Kind, packages: readonly string[]): Promise<string> {
  const wanted = [...kind.packages, ...packages].join(",");
  const path = join(BASES, `${kind.name}-${recipeHash(kind, wanted)}`);
  if (!existsSync(path)) {
    mkdirSync(BASES, { recursive: true });
    removeUnused();
    const { name, suite, architecture } = kind;
    await build([script("build-base.sh"), name, suite, architecture ?? "native", wanted, path]);
  }
  utimesSync(`${path}.lock`, new Date(), new Date());
  return path;
}

function recipeHash(kind: Kind, packages: string): string {
  const hash = createHash("sha256").update(`${kind.name}\n${kind.suite}\n${packages}\n`);
  for (const name of RECIPE) hash.update(readFileSync(script(name)));
  return hash.digest("hex").slice(0, 10);
}

/** Bases of older recipes that no test has used for two weeks. The lock file carries the time of the last use. */
function removeUnused(): void {
  const oldest = Date.now() - UNUSED_DAYS * 86_400_000;
  for (const name of readdirSync(BASES)) {
    if (!name.endsWith(".lock")) continue;
    const lock = join(BASES, name);
    const base = lock.slice(0, -".lock".length);
    if (statSync(lock).mtimeMs > oldest || mountsBelow(base).length > 0) continue;
    for (const path of [base, `${base}.new`, `${base}.apt`, `${base}.log`, lock])
      rmSync(path, { recursive: true, force: true });
  }
}

function build(argv: readonly string[]): Promise<void> {
  // It ends with this process, however that ends. A group of its own, so that it can be ended with all that it started.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "sh", ...argv], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const forget = atEnd(() => endBuild(child));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      forget();
      if (status === 0) resolve();
      else reject(failureOf(Buffer.concat(said).toString()));
    });
  });
}

function failureOf(said: string): Error {
  return /apt-get update .* failed/.test(said) ? new MirrorFailure(said) : new Error(said);
}

function endBuild(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}
