// The plan of a change on a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanRow } from "../../../../src/ctl/answers.ts";
import { planItem, planItems } from "../../../../src/ctl/commands/apply.ts";

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

test("a problem is below the first process of its group, within the columns", () => {
  const problem = `Could not create socket tcp://127.0.0.1:80: process 7 (nginx) is already listening on 127.0.0.1:80. ${"Stop it. ".repeat(3).trim()}`;
  const rows = ["web0", "web1"].map((name) => ({
    ...{ ...row([]), name, problems: [problem], untried: ["unix:///run/web"] },
  }));
  const [first, second] = planItems(rows, 80);
  assert.deepEqual(first?.line.split("\n"), [
    "web:web0: restart",
    "  cannot be applied now: Could not create socket tcp://127.0.0.1:80: process 7",
    "    (nginx) is already listening on 127.0.0.1:80. Stop it. Stop it. Stop it.",
    "  not tried: unix:///run/web",
  ]);
  assert.equal(second?.line, "web:web1: restart\n  not tried: unix:///run/web");
  assert.deepEqual(
    [first?.data, second?.data].map((data) => (data as { problems: unknown }).problems),
    [[problem], [problem]],
  );
});
