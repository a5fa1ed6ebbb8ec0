// Which compiled test files a run consists of.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** A run that cannot begin. */
export class UsageError extends Error {}

const TEST = ".test.js";
/** Tests that take long, and guard what seldom breaks: `make test-slow`. */
const SLOW = /\.slow\.test\.js$/;

/**
 * @param {string} root
 * @param {string} name a folder of test/, or a file there with or without `.test.ts`
 * @param {"quick" | "slow" | "all"} tier which files of a folder; a file that is named is meant
 * @returns {string[]} paths of compiled tests below `root`
 */
export function testFiles(root, name, tier) {
  const path = join(root, "build/js/test", name.replace(/^test\//, "").replace(/\.test\.ts$/, ""));
  if (existsSync(path + TEST)) return [relative(root, path + TEST)];
  const names = existsSync(path) ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  const all = names.filter((each) => each.endsWith(TEST));
  if (all.length === 0) throw new UsageError(`test/${name} has no tests; is it spelled right?`);
  return all
    .filter((each) => tier === "all" || SLOW.test(each) === (tier === "slow"))
    .map((each) => relative(root, join(path, each)))
    .sort();
}

/**
 * The compiler writes what it can, even if it finds errors; only after a success make writes the stamp.
 * @param {string} root
 * @param {string[]} files
 * @throws {UsageError} when something else was compiled than there is now
 */
export function refuseStale(root, files) {
  const stamp = join(root, "build/js/.stamp");
  if (!existsSync(stamp)) throw new UsageError("the tests did not compile: make build/js/.stamp");
  const compiledAt = statSync(stamp).mtimeMs;
  for (const file of files) {
    const source = sourceOf(file);
    const changedAt = statSync(join(root, source), { throwIfNoEntry: false })?.mtimeMs;
    if (changedAt === undefined || changedAt > compiledAt) {
      throw new UsageError(`${source} is not what was compiled: make build/js/.stamp`);
    }
  }
}

/**
 * @param {string} path of a compiled test
 * @returns the path of its source
 */
export function sourceOf(path) {
  return path.replace(/^.*build\/js\//, "").replace(/\.js$/, ".ts");
}
