// Lines of status on a terminal fit it, however long a description is.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessRow } from "../../../../src/ctl/answers.ts";
import { statusItems } from "../../../../src/ctl/commands/own-status.ts";

const KNOWN = { runs: new Map(), usages: new Map() };
const LONG = "can't find command '/opt/app/bin/serve'; it is looked for in the directories of PATH";

function row(name: string, description: string): ProcessRow {
  return {
    ...{ group: name, name, state: 200, stateName: "FATAL", description, pid: 0 },
    ...{ start: 0, stop: 0, now: 0, exitStatus: 0, spawnErr: "" },
  } as ProcessRow;
}

function lines(columns: number | null, ...rows: readonly ProcessRow[]): readonly string[] {
  return statusItems(rows, KNOWN, columns).flatMap(({ line }) => line.split("\n"));
}

test("a long description continues below its beginning", () => {
  const shown = lines(80, row("web", LONG));
  assert.deepEqual(
    shown.map((line) => line.slice(0, 24)),
    ["web         FATAL     ca", `${" ".repeat(22)}in`].map((text) => text.padEnd(24).slice(0, 24)),
    shown.join("\n"),
  );
  for (const columns of [80, 60, 40, 30]) {
    for (const line of lines(columns, row("a-very-long-name-of-a-program", LONG), row("b", "up"))) {
      assert.ok(line.length <= columns, `${columns}: ${line}`);
    }
  }
});

test("a pipe gets one line", () => {
  assert.equal(lines(null, row("web", LONG)).length, 1);
});
