// Subjects of commits have at most 72 characters: a log shows each in one line. `node test/lint/subjects.mjs` lists longer ones
// since the rule; merges are exempt. Of a shallow clone it reads the last commit, of sources without a history none.

import { spawnSync } from "node:child_process";

/** The last commit before the rule. */
const BEFORE = "3b06bee2";
const LONGEST = 72;

/** @param {readonly string[]} words */
function git(...words) {
  return spawnSync("git", words, { encoding: "utf8" });
}

const isWhole = git("merge-base", "--is-ancestor", BEFORE, "HEAD").status === 0;
const range = isWhole ? [`${BEFORE}..HEAD`] : ["-1", "HEAD"];
const log = git("log", "--no-merges", "--format=%h %s", ...range).stdout ?? "";
const long = log.split("\n").filter((line) => line.length - line.indexOf(" ") - 1 > LONGEST);
for (const line of long) {
  process.stdout.write(`${line}: the subject has more than ${LONGEST} characters\n`);
}
process.exitCode = long.length === 0 ? 0 : 1;
