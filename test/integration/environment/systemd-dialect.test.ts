// Files of variables, read by tsv and by systemd's own library: what tsv accepts, systemd reads as the same variables.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { parseEnvFile } from "../../../src/core/environment/env-file.ts";
import { fc } from "../../property.ts";

const SCRIPT = new URL(
  import.meta.url.replace(
    /\/(?:build\/[^/]+\/)?test\/.*/,
    "/test/integration/environment/systemd.py",
  ),
).pathname;

/** @returns null where systemd's library is not installed */
function askSystemd(texts: readonly string[]): readonly (readonly string[] | null)[] | null {
  const input = JSON.stringify(texts.map((text) => Buffer.from(text).toString("base64")));
  const asked = spawnSync("/usr/bin/python3", [SCRIPT], { input, maxBuffer: 1 << 28 });
  if (asked.status !== 0) return null;
  const answers: (string[] | null)[] | null = JSON.parse(asked.stdout.toString());
  const decoded = (words: string[]): string[] =>
    words.map((word) => Buffer.from(word, "base64").toString());
  return answers?.map((words) => (words === null ? null : decoded(words))) ?? null;
}

/** As systemd has them: of a name that is set twice the last value counts, at the place of the first. */
function readByUs(text: string): readonly string[] | null {
  const parsed = parseEnvFile(text);
  if (!parsed.ok) return null;
  const values = new Map(parsed.value.map(({ name, value }) => [name, value]));
  return Array.from(values, ([name, value]) => `${name}=${value}`);
}

const PIECES = [
  ...["A", "B_1", "=", "=", "A=", "B=", "x", "yz", "'", '"', "\\", "\n", "\n", " ", "\t"],
  ...["#", ";", "$", "`", "é", "\r\n", "%", ","],
];

describe("files of variables", () => {
  it("mean what they mean to systemd", (t) => {
    if (askSystemd([""]) === null) return t.skip("systemd's library is not installed");
    const texts = fc.sample(
      fc
        .array(
          fc.tuple(
            fc.constantFrom("A=", "B =", " C= ", "export D=", "#", ""),
            fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }),
          ),
          { maxLength: 5 },
        )
        .map((lines) => lines.map(([start, pieces]) => `${start}${pieces.join("")}\n`).join("")),
      20_000,
    );
    const known = [
      ...["A='x\ny'\nB=1\n", 'A="a\\$b\\n\\\nc" \n', "A= x \\\n  y \nB=\\ z\n", "A=x\\ \n"],
      ...["A=\"1\"'2'3\n", "A=it's\n", "\r\nA=1\r\n\r\nB='2'\r\n"],
    ];
    // Our additions are CRLF after a backslash, and export. Before systemd 254 a backslash continued a comment.
    const all = [...known, ...texts].filter((text) => !/\\\r|export|[#;][^\n]*\\/.test(text));
    const answers = askSystemd(all) ?? [];
    let compared = 0;
    for (const [index, text] of all.entries()) {
      const ours = readByUs(text);
      if (ours === null) continue;
      if (ours.length > 0) compared += 1;
      assert.deepEqual(new Set(answers[index]), new Set(ours), JSON.stringify(text));
    }
    assert.ok(compared > 500, `only ${compared} texts have variables`);
  });
});
