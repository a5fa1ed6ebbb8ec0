// Answers as rows and texts of top.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readRuns } from "../../../../src/ctl/commands/own-status.ts";
import { logLines, programsOf } from "../../../../src/ctl/top/data.ts";
import { rowsOf } from "../../../../src/ctl/top/rows.ts";
import { program, stateWith } from "./programs.ts";

test("a log has no colours and no other sequences, and a line whose beginning is lost is left out", () => {
  const text = "lost\n\x1b[31mred\x1b[0m\tx\r\n\x1b]0;title\x07done\x08\n";
  assert.deepEqual(logLines(text, true), ["red    x", "done\\x08"]);
  assert.deepEqual(logLines("one\ntwo", false), ["one", "two"]);
  assert.deepEqual(logLines("one", true), ["one"]);
});

test("a program that does not run has no uptime and no health", () => {
  const row = (stateName: string) => ({
    ...{ group: "web", name: "web", state: 0, stateName, description: "", pid: 0, start: 40 },
    ...{ stop: 0, now: 100, exitStatus: 0, spawnErr: "", stdoutLog: "", stderrLog: "" },
  });
  const runs = readRuns([{ group: "web", name: "web", total: 2, health: "unknown" }]);
  const shown = (stateName: string) =>
    programsOf([row(stateName)], { runs, usages: new Map() }, new Map(), 5.5).map((each) => [
      ...[each.up, each.health, each.restarts, each.cpu],
    ]);
  assert.deepEqual(shown("RUNNING"), [[65, "unknown", 2, null]]);
  assert.deepEqual(shown("STOPPED"), [[null, "", 1, null]]);
});

test("a tree has each process once, below the first program that needs it", () => {
  const node = (name: string, needs: readonly string[] = []) => ({
    ...{ label: name, group: name, name, processes: [{ name, state: "RUNNING" }] },
    needs: needs.map((each) => ({ name: each, condition: "running" })),
  });
  // Of a ring, the first one is above.
  const tree = [
    node("a", ["db"]),
    node("b", ["db", "gone"]),
    node("db"),
    node("x", ["y"]),
    node("y", ["x"]),
  ];
  const programs = ["a", "b", "db", "x", "y", "new"].map((name) => program(name));
  const rows = rowsOf(stateWith(programs, { tree }));
  assert.deepEqual(
    rows.map(({ program: { name }, depth }) => [name, depth]),
    [
      ["a", 0],
      ["db", 1],
      ["b", 0],
      ["x", 0],
      ["y", 1],
      ["new", 0],
    ],
  );
});
