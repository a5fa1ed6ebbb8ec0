// What all parts of a release agree on: its version, and the one time that everything in it bears.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** tsv's version. */
export const VERSION = JSON.parse(readFileSync("package.json", "utf8")).version;

/**
 * Seconds since 1970: SOURCE_DATE_EPOCH where it is set, as everywhere where builds are to be repeated, and the time of the
 * last commit otherwise.
 */
export function sourceDateEpoch() {
  const { SOURCE_DATE_EPOCH: set } = process.env;
  if (set !== undefined && /^\d+$/.test(set)) return Number(set);
  const { status, stdout, error } = spawnSync("git", ["log", "-1", "--format=%ct"], {
    encoding: "utf8",
  });
  if (status === 0 && /^\d+\n$/.test(stdout)) return Number(stdout);
  throw new Error(
    `the time of the release is unknown: no commit can be asked (${error?.message ?? "git failed"}); set SOURCE_DATE_EPOCH`,
  );
}
