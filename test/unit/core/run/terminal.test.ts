// The lines of `tsv run` itself, and how lines look.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { Happening } from "../../../../src/core/event-log/event-log.ts";
import type { ProcessStateName } from "../../../../src/core/process/model.ts";
import type { EndedRun } from "../../../../src/core/process/runs.ts";
import {
  endingText,
  isShown,
  type NoticeFacts,
  processNotice,
  requestedText,
  runningTexts,
  stoppingText,
  stylesOf,
} from "../../../../src/core/run/terminal.ts";

const key = "web:web" as ProcessKey;
const changed = (to: ProcessStateName): Happening => ({
  kind: "state",
  key,
  from: "RUNNING",
  to,
  details: {},
});

function run(changes: Partial<EndedRun> = {}): EndedRun {
  return {
    ...{ pid: 7, cause: "request", startWall: 0, endWall: 0, upMs: 0, ending: "exited" },
    ...{ outcome: { exitCode: 3, signal: null, coreDumped: false }, expected: false },
    ...{ spawnErr: "", signals: [], reason: "", reached: [], left: null },
    ...changes,
  };
}

function say(
  what: Happening,
  last: EndedRun | null = run(),
  nextStart: number | null = null,
  stop: NoticeFacts["stop"] = "none",
) {
  return processNotice(what, { name: "web", pid: 0, last, nextStart, error: "", stop });
}

test("an exit is said with its status or signal, and what follows", () => {
  assert.equal(say(changed("EXITED")), "web exited with status 3");
  const signal = { exitCode: null, signal: 9, coreDumped: false };
  assert.equal(say(changed("EXITED"), run({ outcome: signal })), "web was ended by SIGKILL");
  assert.equal(say(changed("EXITED"), run(), 0), "web exited with status 3; it is started again");
  assert.equal(
    say(changed("BACKOFF"), run(), 2500),
    "web exited with status 3; it is started again in 3s",
  );
  const none = run({ outcome: null, spawnErr: "can't find command 'x'", ending: "not-spawned" });
  assert.equal(say(changed("BACKOFF"), none), "web could not be started: can't find command 'x'");
  const unready = run({ ending: "not-ready" });
  assert.equal(say(changed("BACKOFF"), unready), "web exited with status 3 before it was ready");
});

test("starts, stops and failures for good are said, other changes are not", () => {
  assert.equal(say({ kind: "executes", key, pid: 12 }), "web started, pid 12");
  assert.equal(say(changed("STOPPED")), "web stopped");
  assert.equal(say(changed("FATAL")), "gave up on web");
  for (const state of ["STARTING", "RUNNING", "STOPPING"] as const)
    assert.equal(say(changed(state)), null);
  const notice = { about: "READY" as const, details: {}, text: "" };
  assert.equal(say({ kind: "notice", key, notice }), "web is ready");
});

test("what waits for its restart while everything is stopped is stopped, not given up", () => {
  assert.equal(say(changed("FATAL"), run(), null, "all"), "web stopped");
  assert.equal(say(changed("FATAL"), run(), null, "own"), null, "its exit ended the run");
});

test("of the activity log only what is important and not said otherwise is shown", () => {
  assert.equal(isShown("WARN", "exited: web (exit status 3; not expected)"), false);
  assert.equal(
    isShown("WARN", "web has ended (exit_on=any): stopping everything, exit status 3"),
    false,
  );
  assert.equal(
    isShown("INFO", "gave up: web entered FATAL state, too many start retries too quickly"),
    false,
  );
  assert.equal(isShown("WARN", "killing 'web' (12) with SIGKILL"), true);
  assert.equal(isShown("CRIT", "internal error"), true);
  assert.equal(isShown("INFO", "supervisord started with pid 1"), false);
});

test("the end of a run says who, and what is still to be stopped", () => {
  assert.equal(endingText("web", 3, []), "web ends the run with exit status 3");
  assert.equal(endingText("web", 3, ["db"]), "web ends the run with exit status 3, stopping db");
  assert.equal(
    endingText("web", 3, ["a", "b"]),
    "web ends the run with exit status 3, stopping 2 programs",
  );
  assert.equal(stoppingText("SIGINT", ["db"]), "SIGINT: stopping db; once more kills it");
  assert.equal(
    stoppingText("SIGINT", ["a", "b"]),
    "SIGINT: stopping 2 programs; once more kills them",
  );
  assert.equal(stoppingText("SIGTERM", []), "SIGTERM: nothing is running");
  assert.equal(requestedText("shutdown", ["a"]), "shutdown was requested: stopping a");
  assert.equal(requestedText("shutdown", []), "shutdown was requested: nothing is running");
});

test("what commands reach instead is named by its pid, if that is visible", () => {
  assert.deepEqual(runningTexts("another tsv run of this directory", 7, false), [
    "another tsv run of this directory is running, pid 7",
    "tsv status and other commands reach that one",
  ]);
  assert.deepEqual(runningTexts("the daemon of this configuration", 0, true), [
    "the daemon of this configuration is running",
    "tsv status and other commands with -c reach that one",
  ]);
});

test("names line up, each has its colour, and a long one does not push all lines aside", () => {
  const names = ["web.1", "a".repeat(60)];
  const times = { hasTime: true, hasColours: true, isFiltered: false };
  const look = { format: "prefix", ...times, names } as const;
  const [web, long, own] = [...names, "tsv"].map((name) => stylesOf(look)(name, "stdout"));
  assert.deepEqual([web?.width, long?.width, own?.width], [5, 5, 5]);
  assert.notEqual(web?.colour, long?.colour);
  assert.equal(stylesOf({ ...look, hasColours: false })("web.1", "stdout").colour, null);
  assert.equal(stylesOf({ ...look, hasTime: false })("web.1", "stdout").time, "none");
  assert.equal(stylesOf({ ...look, format: "plain" })("web.1", "stdout").time, "none");
});
