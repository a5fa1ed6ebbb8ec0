// The plan of a change on a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanRow } from "../../../../src/ctl/answers.ts";
import { planItem } from "../../../../src/ctl/commands/apply.ts";

const row = (changes: PlanRow["changes"]): PlanRow => ({
  ...{ group: "web", name: "web", action: "restart", isWhole: false },
  changes,
});
const change = (option: string, before: string, after: string) => ({ option, before, after });

test("a change is one line if it fits", () => {
  const { line } = planItem(
    row([change("command", "a", "b"), change("umask", "", "022"), change("directory", "/", "")]),
    80,
  );
  assert.equal(line, "web: restart (command a -> b; umask 022; no directory)");
});

test("what does not fit has a line for each option, and long values lines of their own", () => {
  const long = "x".repeat(60);
  const { line } = planItem(row([change("umask", "022", "077"), change("command", long, "y")]), 60);
  const lines = ["web: restart", "  umask 022 -> 077", "  command", `    ${long}`, "    -> y"];
  assert.equal(line, lines.join("\n"));
});

test("a secret that changes is not shown", () => {
  const { line } = planItem(row([change("environment KEY", "<redacted>", "<redacted>")]), 80);
  assert.equal(line, "web: restart (environment KEY changed)");
});
