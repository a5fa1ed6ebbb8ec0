// Small C programs of the tests, compiled when first used and kept in build/test under a digest of their sources.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from: string): string {
  return existsSync(join(from, "Makefile")) ? from : findRoot(dirname(from));
}

/**
 * Compiles a program.
 * @param source below the checkout, such as `test/rig/stalling-fs.c`
 * @returns the path of the program
 * @throws where there is no compiler
 */
export function compiled(source: string): string {
  const from = join(ROOT, source);
  const digest = createHash("sha256").update(sourcesOf(from)).digest("hex").slice(0, 16);
  const path = join(ROOT, "build/test", `${basename(source, ".c")}-${digest}`);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const flags = ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-pthread"];
  const { error, status, stderr } = spawnSync("cc", [...flags, "-o", unfinished, from]);
  if (error !== undefined) throw new Error(`no cc to compile ${source}: ${error.message}`);
  if (status !== 0) throw new Error(`cc cannot compile ${source}: ${stderr.toString()}`);
  renameSync(unfinished, path); // Several test processes may compile it at once.
  return path;
}

/** A source with the headers that it includes. */
function sourcesOf(path: string): string {
  const text = readFileSync(path, "utf8");
  const headers = Array.from(text.matchAll(/^#include "(.*)"/gm), ([, name = ""]) =>
    sourcesOf(join(dirname(path), name)),
  );
  return [text, ...headers].join("");
}
