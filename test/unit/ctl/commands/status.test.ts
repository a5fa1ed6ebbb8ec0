// The lines of status and avail.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { displayWidth } from "../../../../src/core/base/printable.ts";
import { availItem } from "../../../../src/ctl/commands/config.ts";
import { statusReport } from "../../../../src/ctl/commands/status.ts";

describe("status", () => {
  const row = (
    name: string,
    stateName: string,
    state: number,
    group = name,
  ): Parameters<typeof statusReport>[0][number] => ({
    name,
    group,
    state,
    stateName,
    description: "d",
    pid: 0,
    start: 0,
    stop: 0,
    now: 0,
    exitStatus: 0,
    spawnErr: "",
    stdoutLog: "",
    stderrLog: "",
  });
  const rows = [row("a", "RUNNING", 20), row("b", "EXITED", 100), row("p", "BACKOFF", 30, "g")];
  const lines = (names: readonly string[]): readonly string[] =>
    statusReport(rows, names).items.map((item) => item.line);

  it("pads names to 33 columns or 3 more than the longest, states to 10", () => {
    assert.deepEqual(lines(["a"]), [`${"a".padEnd(33)}RUNNING   d`]);
    const long = "n".repeat(40);
    const wide = statusReport([row(long, "STOPPED", 0), row("a", "RUNNING", 20)], []);
    assert.deepEqual(
      wide.items.map((item) => item.line),
      [`${long}   STOPPED   d`, `${"a".padEnd(43)}RUNNING   d`],
    );
  });

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

  it("puts errors first and repeats names", () => {
    assert.deepEqual(
      lines(["a", "x", "x:", "a", "g:*"]).map((line) => line.split("  ")[0]),
      ["x: ERROR (no such process)", "x: ERROR (no such group)", "a", "a", "g:p"],
    );
  });

  it("exits 3 for a process that is down, else 4 for a name unknown, else 0", () => {
    const status = (names: readonly string[]): number => statusReport(rows, names).exitStatus;
    assert.deepEqual(
      [status([]), status(["a"]), status(["x"]), status(["x", "b"]), status(["g:*"])],
      [3, 0, 4, 3, 0],
    );
  });
});

describe("avail", () => {
  it("keeps its columns", () => {
    const row = {
      group: "g",
      name: "p",
      inUse: true,
      autostart: false,
      groupPriority: 5,
      processPriority: 999,
    };
    assert.equal(availItem(row).line, `${"g:p".padEnd(32)} in use    manual    5:999`);
  });
});
