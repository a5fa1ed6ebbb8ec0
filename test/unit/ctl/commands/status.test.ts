// status, status --check and avail: lines, exit statuses, columns.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { displayWidth } from "../../../../src/core/base/printable.ts";
import { ok } from "../../../../src/core/base/result.ts";
import type { ProcessRow } from "../../../../src/ctl/answers.ts";
import { checkVerdict } from "../../../../src/ctl/commands/check-status.ts";
import { availItem } from "../../../../src/ctl/commands/config.ts";
import { longItems } from "../../../../src/ctl/commands/long-status.ts";
import {
  askOwnStatus,
  type Known,
  type Runs,
  statusItems,
} from "../../../../src/ctl/commands/own-status.ts";
import { statusReport } from "../../../../src/ctl/commands/status.ts";
import { watchLines } from "../../../../src/ctl/commands/watch-status.ts";
import { createFakeClient, createFakeContext } from "../../../fakes/ctl-client.ts";

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

  const usages: Known["usages"] = new Map([
    ["web:web", { pid: 7, cpuPercent: 12.5, cpuSeconds: 1, memoryBytes: 812 * 1024 }],
  ]);
  const restarted = {
    ...NO_RUNS,
    total: 3,
    last: {
      ...({ ending: "exited", end: 0, exitStatus: 3, signal: null } as const),
      ...{ expected: false, reason: "", reached: [] },
    },
  };

  it("has CPU and memory where they leave room for descriptions", () => {
    const pid = "pid 123456, uptime 0:00:12";
    const known = { runs: new Map(), usages };
    const lineOf = (name: string): string | undefined =>
      statusItems([row("web", "RUNNING", 20, "web", pid), row(name, "FATAL")], known, 80)[0]?.line;
    assert.equal(lineOf("b"), `web         RUNNING     13 %  812 kB  ${pid}`);
    assert.equal(lineOf("b".repeat(40)), `${"web".padEnd(38)}RUNNING   ${pid}`);
    const down = statusItems([row("b", "FATAL", 200, "b", "d")], known, 80)[0]?.line;
    assert.equal(down, `b           FATAL${" ".repeat(21)}d`);
  });

  it("says below its description that a program does not stay up, if there is no room beside it", () => {
    const known = { runs: new Map([["web:web", restarted]]), usages };
    const lineOf = (now: number): string | undefined => {
      const web = { ...row("web", "RUNNING", 20, "web", "pid 123456, uptime 0:00:12"), now };
      return statusItems([web], known, 80)[0]?.line.slice(38);
    };
    const indent = " ".repeat(38);
    assert.equal(lineOf(9), `pid 123456, uptime 0:00:12\n${indent}3 restarts, last exit 3, 9s ago`);
    assert.equal(lineOf(9000), "pid 123456, uptime 0:00:12, 3 restarts");
  });

  it("has all that is known of a program with --long, without secrets and control characters", () => {
    const scaled = { to: 4, filed: 2 };
    const health = { state: "unhealthy", said: "refused\x1b[2J", failures: 3 };
    const last = { ...restarted.last, reason: "700MB of 512MB used", reached: ["memory_max"] };
    const runs = new Map([["web:web", { ...restarted, last, scaled, health, isDisabled: true }]]);
    const commands = new Map([["web:web", "serve"]]);
    const web = { ...row("web", "RUNNING", 20, "web", "pid 7"), now: 9, stdoutLog: "/l/web" };
    const [item] = longItems([web], { runs, usages }, commands, 80);
    assert.deepEqual(item?.line.split("\n"), [
      "web RUNNING",
      "  command    serve",
      "  state      pid 7",
      "  usage      13 % CPU, 812 kB",
      "  restarts   3",
      "  last exit  exit status 3, 9s ago: 700MB of 512MB used",
      "  limits     memory_max",
      "  health     unhealthy, 3 failures in a row: refused\\x1b[2J",
      "  decided    disabled, scaled from 2 to 4",
      "  stdout     /l/web",
    ]);
    assert.deepEqual([item?.data["command"], item?.mark?.from], ["serve", 4]);
  });

  it("fits on the screen with --watch, and says what does not", () => {
    const items = Array.from({ length: 30 }, (_, index) => ({ line: `p${index}`, data: {} }));
    const text = (rows: number): readonly string[] =>
      watchLines(items, "30 programs", false, rows).map((line) =>
        line.map(([each]) => each).join(""),
      );
    assert.equal(text(31).length, 31);
    assert.deepEqual(text(4), [
      "tsv status: 30 programs, q leaves",
      ...["p0", "p1", "... 28 more lines: name programs, or use tsv top"],
    ]);
    assert.equal(text(1).length, 1);
  });

  it("is one line for each program in a pipe", () => {
    assert.equal(lines(null, row("web", "FATAL", 200, "web", long)).length, 1);
  });
});

describe("status --failed", () => {
  const info = (name: string, statename: string, state: number, exitstatus = 0) => ({
    ...{ name, group: name, state, statename, exitstatus, description: "d", spawnerr: "" },
    ...{ pid: 0, start: 0, stop: 0, now: 1000 },
  });
  const ran = (name: string, others = {}) => ({ group: name, name, total: 1, ...others });
  const failed = async (
    infos: readonly ReturnType<typeof info>[],
    runs: readonly ReturnType<typeof ran>[],
  ) => {
    const client = createFakeClient({
      ...{ getAllProcessInfo: ok(infos), "tsv.getAllProcessRuns": ok(runs) },
    });
    const { context } = createFakeContext(client, { isOwn: true });
    const asked = await askOwnStatus(context, [], true);
    return [asked?.shown.map(({ name }) => name), context.exitStatus];
  };
  const end = { ending: "exited", end: 990, exitstatus: 3, expected: false };

  it("shows what has failed, does not stay up, is unhealthy or loses its output", async () => {
    const infos = [
      ...[info("fine", "RUNNING", 20), info("fatal", "FATAL", 200), info("again", "BACKOFF", 30)],
      ...[info("flaps", "RUNNING", 20), info("sick", "RUNNING", 20), info("lost", "RUNNING", 20)],
      ...[info("exited", "EXITED", 100), info("done", "EXITED", 100), info("off", "STOPPED", 0)],
    ];
    const runs = [
      ...[ran("fine"), ran("fatal"), ran("again"), ran("flaps", end), ran("off")],
      ...[ran("sick", { health: "unhealthy" }), ran("lost", { log_error: "ENOSPC" })],
      ...[ran("exited", end), ran("done", { ...end, exitstatus: 0, expected: true })],
    ];
    const shown = ["fatal", "again", "flaps", "sick", "lost", "exited"];
    assert.deepEqual(await failed(infos, runs), [shown, 3]);
  });

  it("exits with 0 if nothing needs attention, also where a program is stopped", async () => {
    assert.deepEqual(await failed([info("off", "STOPPED", 0)], [ran("off")]), [[], 0]);
  });

  it("of a Supervisor goes by the exit status", async () => {
    const infos = [info("done", "EXITED", 100), info("bad", "EXITED", 100, 3)];
    assert.deepEqual(await failed(infos, []), [["bad"], 3]);
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
