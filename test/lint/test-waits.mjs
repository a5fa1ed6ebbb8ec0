// Waits in tests with processes: each has a limit of 30 s and says what it waited for, as those of test/rig/wait.ts do, and none
// has a limit that a busy machine reaches. `node test/lint/test-waits.mjs` finds what does not keep to that.
//
//   node test/lint/test-waits.mjs [DIRECTORY OF THE CHECKOUT]

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(process.argv[2] ?? fileURLToPath(new URL("../../", import.meta.url)));
const FOLDERS = ["test/e2e", "test/integration", "test/browser"];
const LEAST_MS = 5000;

const SLEEP = "a sleep: wait for the event with test/rig/wait.ts (event, until, within)";
const ENDLESS = "a wait without a limit: `event` of test/rig/wait.ts has one";
const SHORT = `a limit below ${LEAST_MS / 1000} s: a busy machine reaches it`;

/** @type {readonly { pattern: RegExp, problem: string, only?: string }[]} */
const RULES = [
  { pattern: /\bawait (?:setTimeout|sleep|delay)\(/g, problem: SLEEP },
  { pattern: /\bnew Promise(?:<\w+>)?\(\(\w+\) => (?:void )?setTimeout\(/g, problem: SLEEP },
  {
    pattern: /\bimport \{[^}]*\bsetTimeout\b[^}]*\} from "node:timers\/promises"/g,
    problem: SLEEP,
  },
  { pattern: /\bawait once\(/g, problem: ENDLESS, only: "test/e2e" },
  {
    pattern: /\bawait new Promise(?:<\w+>)?\(\(?\w+\)? => [\w.#]+\.(?:on|once)\(/g,
    problem: ENDLESS,
    only: "test/e2e",
  },
];
/** A time that was measured, compared with a number. */
const MEASURED = /\.now\(\) - \w+ <=? ([\d_]+)/g;
const LIMIT =
  /\b(?:timeoutMs: |\w*(?:TIMEOUT|DEADLINE|PATIENCE)_MS = |AbortSignal\.timeout\()([\d_]+)/g;

/** Where a time is what the test is about. */
const EXCEPTIONS = [
  // It asks the code under test, not a process, for a time that has not passed.
  "test/integration/host/system/host-facts.test.ts",
];

/**
 * @param {string} text
 * @param {string} file
 */
function* problemsIn(text, file) {
  for (const { pattern, problem, only } of RULES) {
    if (only !== undefined && !file.startsWith(`${only}/`)) continue;
    for (const { index } of text.matchAll(pattern)) yield { index, problem };
  }
  for (const { index, 1: limit = "" } of [...text.matchAll(LIMIT), ...text.matchAll(MEASURED)]) {
    if (Number(limit.replaceAll("_", "")) < LEAST_MS) yield { index, problem: SHORT };
  }
}

let count = 0;
for (const folder of FOLDERS.filter((each) => existsSync(join(root, each)))) {
  for (const name of readdirSync(join(root, folder), {
    recursive: true,
    encoding: "utf8",
  }).sort()) {
    const file = `${folder}/${name}`;
    if (!file.endsWith(".ts") || EXCEPTIONS.includes(file)) continue;
    const text = readFileSync(join(root, file), "utf8");
    for (const { index, problem } of problemsIn(text, file)) {
      count += 1;
      process.stdout.write(`${file}:${text.slice(0, index).split("\n").length}: ${problem}\n`);
    }
  }
}
process.exitCode = count === 0 ? 0 : 1;
