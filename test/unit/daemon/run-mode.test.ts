// What `tsv run` reports about its programs: only facts, and once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../src/core/base/ids.ts";
import type { Happening } from "../../../src/core/event-log/event-log.ts";
import type { ProcessStateName, SupervisorStateName } from "../../../src/core/process/model.ts";
import { RunReporter } from "../../../src/daemon/run-mode.ts";

const web = processKey("web", "web");

/** A run with the program web. */
function stage() {
  const lines: string[] = [];
  const pauses: (() => void)[] = [];
  const now = {
    daemonState: "RUNNING" as SupervisorStateName,
    ending: null as { key: ProcessKey; status: number } | null,
    pid: 7,
    state: "RUNNING" as ProcessStateName,
    willStart: true,
    isEndReported: false,
    nextStart: null as number | null,
  };
  const outcome = { exitCode: 5, signal: null };
  const supervisor = {
    state: () => now.daemonState,
    ending: () => now.ending,
    report: () => ({ runs: { ended: [{ outcome }] }, nextStart: now.nextStart, blockedBy: "" }),
    groups: () => [
      {
        config: { kind: "program" },
        processes: [{ key: web, pid: now.pid, stoppable: now.willStart, state: now.state }],
      },
    ],
  };
  const reporter = new RunReporter({
    supervisor: supervisor as never,
    say: (text) => void lines.push(text),
    isEndReported: () => now.isEndReported,
    startPause: () => ({ over: new Promise((resolve) => pauses.push(resolve)), cancel() {} }),
  });
  const tell = (what: Happening) => reporter.report({ seq: 1, at: 0, what });
  return {
    ...{ lines, now },
    changes: (to: ProcessStateName) =>
      tell({ kind: "state", key: web, from: "RUNNING", to, details: {} }),
    executes: () => tell({ kind: "executes", key: web, pid: 7 }),
    stops: () => tell({ kind: "stopping" }),
    async later() {
      for (const over of pauses.splice(0)) over();
      await Promise.resolve();
      return lines.splice(0);
    },
  };
}

test("a program that ends the run is not started again, whatever it waits for", async () => {
  const { now, changes, stops, later } = stage();
  Object.assign(now, {
    daemonState: "SHUTDOWN",
    pid: 0,
    nextStart: 100,
    ending: { key: web, status: 5 },
  });
  changes("BACKOFF");
  stops();
  changes("FATAL");
  assert.deepEqual(await later(), [
    "web exited with status 5",
    "web ends the run with exit status 5",
  ]);
});

test("a program that is given up ends the run after that was said", async () => {
  const { now, changes, stops, later } = stage();
  Object.assign(now, { daemonState: "SHUTDOWN", pid: 0, ending: { key: web, status: 5 } });
  changes("FATAL");
  stops();
  assert.deepEqual(await later(), ["gave up on web", "web ends the run with exit status 5"]);
});

test("a stop on request is said, unless a signal has said it", async () => {
  for (const [daemonState, isEndReported, said] of [
    ["SHUTDOWN", false, ["shutdown was requested: stopping web", "web stopped"]],
    ["RESTARTING", false, ["a restart was requested: stopping web", "web stopped"]],
    ["SHUTDOWN", true, ["web stopped"]],
  ] as const) {
    const { now, changes, stops, later } = stage();
    Object.assign(now, { daemonState, isEndReported });
    stops();
    changes("FATAL");
    assert.deepEqual(await later(), said);
  }
});

test("a program that waits for its restart is stopped too", async () => {
  const { now, stops, later } = stage();
  Object.assign(now, { daemonState: "SHUTDOWN", pid: 0, state: "EXITED", nextStart: 100 });
  stops();
  assert.deepEqual(await later(), ["shutdown was requested: nothing is running", "web stopped"]);
});

test("that nothing runs any more is said once, and not between the stop and the start of a restart", async () => {
  const idle = "nothing is running any more; Ctrl-C or SIGTERM ends the run";
  const { now, changes, executes, later } = stage();
  Object.assign(now, { pid: 0, willStart: false });
  changes("STOPPED");
  Object.assign(now, { pid: 7, willStart: true });
  executes();
  assert.deepEqual(await later(), ["web stopped", "web started, pid 7"]);
  now.pid = 0;
  changes("BACKOFF");
  assert.deepEqual(await later(), ["web exited with status 5"], "it will be started");
  now.willStart = false;
  changes("STOPPED");
  changes("FATAL");
  assert.deepEqual(await later(), ["web stopped", "gave up on web", idle]);
  assert.deepEqual(await later(), []);
});
