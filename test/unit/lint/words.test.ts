// The check of names against the glossary's right column.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../../../../test/lint/words.mjs", import.meta.url));

const GLOSSARY = `
| word | means | not |
| --- | --- | --- |
| error | the result of an operation that failed | trouble, obstacle |
| restore | continue from a snapshot | take over (of a state), carry on |

| no | row | mood |
`;

const ROWS: readonly (readonly [file: string, text: string, names: number])[] = [
  ["a.ts", "const logTrouble = 1;", 1],
  ["a.ts", "const OBSTACLES = this.#carryOn(obstacle);", 3],
  ["a.ts", "const value = `${trouble}`;", 1],
  ["log-trouble.ts", "const value = 1;", 1],
  ["a.ts", "const takeOver = mood;", 0],
  ["a.ts", "const troubleshooting = carry.on;", 0],
  ["a.ts", '// trouble\n/* obstacle */ const error = "trouble";', 0],
];

for (const [file, text, names] of ROWS) {
  test(`${file}: ${text}: ${names} names`, (t) => {
    const root = mkdtempSync(join(tmpdir(), "tsv-words-"));
    t.after(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, "src"));
    writeFileSync(join(root, "CONTRIBUTING.md"), GLOSSARY);
    writeFileSync(join(root, "src", file), `${text}\n`);
    const { status, stdout } = spawnSync(process.execPath, [SCRIPT, root], { encoding: "utf8" });
    assert.match(stdout, new RegExp(`, ${names} names with other words$`, "m"));
    assert.equal(status, names === 0 ? 0 : 1);
  });
}
