// Plans as people read them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { planTable } from "../../../src/install/cli/present.ts";
import { documentsFor } from "../../../src/install/plan/default-files.ts";
import { wrapDiffLine } from "../../../src/install/plan/text-diff.ts";
import { MemoryHost } from "../../fakes/install-host.ts";
import { DEBIAN, LAYOUT, planFor } from "../../fakes/install-plan.ts";

const documents = documentsFor(
  LAYOUT.shareDirectory,
  (name) => name,
  () => false,
);

test("a plan is a table where it fits, and a list where it does not", () => {
  const plan = planFor(new MemoryHost(DEBIAN), { documents });
  assert.match(planTable(plan, 200), /^ +now +will be\n {2}\/var\/lib\/tsv +missing +directory, /);
  const list = planTable(plan, 60).split("\n");
  assert.deepEqual(list.slice(0, 2), [
    "  /var/lib/tsv",
    "      missing -> directory, root:root 0755",
  ]);
  for (const line of list) assert.ok(line.length <= 60, line);
});

test("a command that is wider than the terminal continues as in a shell", () => {
  const argv = ["dpkg-divert", "--quiet", "--divert", `/etc/${"x".repeat(40)}`, "--add", "/etc/x"];
  const step = { kind: "command", argv, undo: null, what: "keep it" } as const;
  const planned = { step, now: "", will: "keep it", edited: null, mayFail: false };
  const lines = planTable({ steps: [planned], remarks: [] }, 60).split("\n");
  assert.deepEqual(lines.at(-1), "      keep it");
  for (const line of lines) assert.ok(line.length <= 60, line);
  const command = lines
    .slice(0, -1)
    .join("\n")
    .replaceAll(/\s+\\\n\s+/g, " ");
  assert.equal(command.trim(), argv.join(" "));
});

test("manual pages and completions are one line of a plan", () => {
  const text = planTable(planFor(new MemoryHost(DEBIAN), { documents }), 200);
  const lines = text.split("\n").filter((line) => line.includes("/share/") || /share /.test(line));
  assert.equal(lines.filter((line) => line.includes("manual pages and completions")).length, 1);
  assert.doesNotMatch(text, /tsv\.1|_tsv/);
});

test("a long line of a diff continues below its text, and a path stays whole", () => {
  assert.deepEqual(wrapDiffLine("+a=b", 10), ["+a=b"]);
  assert.deepEqual(wrapDiffLine("-  one two three four", 14), [
    "-  one two",
    "       three",
    "       four",
  ]);
  const path = `+logfile=/${"x".repeat(30)}`;
  assert.deepEqual(wrapDiffLine(path, 20), [path]);
});
