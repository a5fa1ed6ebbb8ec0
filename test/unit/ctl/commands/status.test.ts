// status, status --check and avail: lines, exit statuses, columns.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { displayWidth } from "../../../../src/core/base/printable.ts";
import type { ProcessRow } from "../../../../src/ctl/answers.ts";
import { checkVerdict } from "../../../../src/ctl/commands/check-status.ts";
import { availItem } from "../../../../src/ctl/commands/config.ts";
import { type Runs, statusItems } from "../../../../src/ctl/commands/own-status.ts";
import { statusReport } from "../../../../src/ctl/commands/status.ts";

function row(name: string, stateName: string, state = 0, group = name, description = "d") {
  const rest = { pid: 0, start: 0, stop: 0, now: 0, exitStatus: 0, spawnErr: "" };
  return { name, group, state, stateName, description, ...rest, stdoutLog: "", stderrLog: "" };
}

const NO_RUNS: Runs = {
  ...{
    total: 1,
    last: null,
    logError: null,
    isOneshot: false,
    isDisabled: false,
    scaled: null,
    health: null,
    schedule: null,
    awaits: null,
  },
};

describe("status", () => {
  const rows = [row("a", "RUNNING", 20), row("b", "EXITED", 100), row("p", "BACKOFF", 30, "g")];

  it("pads by characters, as Python does, and by columns on a terminal (wide-names)", () => {
    const wide = [row("\u7f51\u9875", "RUNNING", 20), row("\u{1f980}", "RUNNING", 20)];
    const names = (measure?: (text: string) => number): readonly string[] =>
      statusReport(wide, [], measure).items.map(({ line }) => line.replace(/RUNNING.*/, "|"));
    assert.deepEqual(names(), [`\u7f51\u9875${" ".repeat(31)}|`, `\u{1f980}${" ".repeat(32)}|`]);
    assert.deepEqual(names(displayWidth), [
      `\u7f51\u9875${" ".repeat(29)}|`,
      `\u{1f980}${" ".repeat(31)}|`,
    ]);
  });

  for (const [names, lines, status] of [
    ["", ["a", "b", "g:p"], 3],
    ["a", ["a"], 0],
    ["x", ["x: ERROR (no such process)"], 4],
    ["x b", ["x: ERROR (no such process)", "b"], 3],
    ["a x: a g:*", ["x: ERROR (no such group)", "a", "a", "g:p"], 4],
  ] as const) {
    it(`of "${names}" is ${lines.join(", ")} and exits with ${status}`, () => {
      const words = names.split(" ").filter((name) => name !== "");
      const { errors, items, exitStatus } = statusReport(rows, words);
      const shown = [...errors, ...items].map(({ line }) => line.split("  ")[0]);
      assert.deepEqual([shown, exitStatus], [lines, status]);
    });
  }
});

describe("status on a terminal", () => {
  const long =
    "can't find command '/opt/app/bin/serve'; it is looked for in the directories of PATH";
  const lines = (columns: number | null, ...rows: readonly ProcessRow[]): readonly string[] =>
    statusItems(rows, { runs: new Map(), usages: new Map() }, columns).flatMap(({ line }) =>
      line.split("\n"),
    );

  it("says that an operator has scaled the program", () => {
    const runs = new Map([["web:web_0", { ...NO_RUNS, scaled: { to: 4, filed: 2 } }]]);
    const rows = [row("web_0", "RUNNING", 20, "web"), row("web_0", "STOPPED", 0, "web", "")];
    const items = statusItems(rows, { runs, usages: new Map() }, 80);
    assert.deepEqual(
      items.map(({ line }) => line),
      ["web:web_0   RUNNING   d, scaled from 2 to 4", "web:web_0   STOPPED   scaled from 2 to 4"],
    );
    assert.deepEqual(items[0]?.data["scaled"], { to: 4, filed: 2 });
  });

  it("continues a long description below its beginning, and fits", () => {
    assert.deepEqual(lines(80, row("web", "FATAL", 200, "web", long)), [
      "web         FATAL     can't find command '/opt/app/bin/serve'; it is looked for",
      "                      in the directories of PATH",
    ]);
    const name = "a-very-long-name-of-a-program";
    for (const columns of [80, 60, 40, 30]) {
      for (const line of lines(columns, row(name, "FATAL", 200, name, long), row("b", "FATAL"))) {
        assert.ok(line.length <= columns, `${columns}: ${line}`);
      }
    }
  });

  it("says how long it is until the next run of a schedule", () => {
    const schedule = { text: "@daily", next: 1000 + 3600, suspended: false, queued: false };
    const runs = new Map([["web:web", { ...NO_RUNS, schedule }]]);
    const shown = (description: string): string | undefined => {
      const web = { ...row("web", "STOPPED", 0, "web", description), now: 1000 };
      return statusItems([web], { runs, usages: new Map() }, 80)[0]?.line.slice(22);
    };
    assert.equal(shown("next run Nov 24 03:00 AM"), "next run in 1h");
    assert.equal(shown("exit 3, next Nov 24 03:00 AM"), "exit 3, next in 1h");
    assert.equal(shown("schedule suspended"), "schedule suspended");
  });

  it("is one line for each program in a pipe", () => {
    assert.equal(lines(null, row("web", "FATAL", 200, "web", long)).length, 1);
  });
});

describe("status --check", () => {
  const ended = (expected: boolean): Partial<Runs> => {
    const exitStatus = expected ? 0 : 3;
    const rest = { end: 0, signal: null, reason: "", reached: [] };
    return { last: { ending: "exited", exitStatus, expected, ...rest } };
  };
  const health = { state: "unhealthy", said: "tcp://:80: refused", failures: 3 };
  const schedule = { text: "@daily", next: 1, suspended: false, queued: false };

  for (const [what, state, runs, isNamed, line] of [
    ["one that runs", "RUNNING", null, true, "ok: 1 of 1 program running"],
    ["an unhealthy one", "RUNNING", { health }, true, "web is unhealthy (tcp://:80: refused)"],
    [
      "one without a reason",
      "RUNNING",
      { health: { ...health, said: "" } },
      true,
      "web is unhealthy",
    ],
    ["unknown health", "RUNNING", { health: { ...health, state: "unknown" } }, true, "ok"],
    ["one that starts", "STARTING", {}, false, "web is STARTING"],
    ["one that is started again", "BACKOFF", {}, false, "web is BACKOFF"],
    ["one that failed", "FATAL", {}, false, "web is FATAL"],
    ["one that stops", "STOPPING", {}, false, "web is STOPPING"],
    ["an unknown state", "UNKNOWN", {}, false, "web is UNKNOWN"],
    ["a stopped one", "STOPPED", {}, false, "ok"],
    ["a stopped one that is named", "STOPPED", {}, true, "web is STOPPED"],
    ["a success", "EXITED", ended(true), false, "ok"],
    ["a failure", "EXITED", ended(false), false, "web is EXITED"],
    ["a success that is named", "EXITED", ended(true), true, "web is EXITED"],
    ["a task that is named", "EXITED", { ...ended(true), isOneshot: true }, true, "ok"],
    ["one of a Supervisor", "EXITED", null, false, "web is EXITED"],
    ["one between two runs", "STOPPED", { schedule }, true, "ok"],
    ["one after a run", "EXITED", { schedule, ...ended(true) }, true, "ok"],
    ["one after a failed run", "EXITED", { schedule, ...ended(false) }, true, "web is EXITED"],
  ] as const) {
    it(`of ${what}: ${line}`, () => {
      const known = new Map(runs === null ? [] : [["web:web", { ...NO_RUNS, ...runs }]]);
      const shown = checkVerdict([row("web", state)], known, isNamed).line;
      assert.equal(line === "ok" ? shown.slice(0, 2) : shown, line);
    });
  }

  it("is one short line, however many programs fail", () => {
    const rows = ["a", "b", "c", "d", "e"].map((name) => row(name, "FATAL"));
    const { line, failing } = checkVerdict(rows, new Map(), false);
    assert.equal(line, "a is FATAL, b is FATAL, c is FATAL and 2 more");
    assert.equal(failing.length, 5);
    assert.equal(checkVerdict([], new Map(), false).line, "ok: 0 of 0 programs running");
  });
});

describe("avail", () => {
  it("keeps its columns", () => {
    const shown = { group: "g", name: "p", inUse: true, autostart: false };
    const { line } = availItem({ ...shown, groupPriority: 5, processPriority: 999 });
    assert.equal(line, `${"g:p".padEnd(32)} in use    manual    5:999`);
  });
});
