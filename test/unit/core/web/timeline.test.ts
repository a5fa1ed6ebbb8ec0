// Notes among the runs of a program: what they are made from, and whom requests concern.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { Happening } from "../../../../src/core/event-log/event-log.ts";
import { notesOf } from "../../../../src/core/web/timeline.ts";

const WEB = processKey("web", "web");
const A = processKey("pool", "a");

function events(...happenings: readonly Happening[]) {
  return happenings.map((what, index) => ({ seq: index + 1, at: 1000 * (index + 1), what }));
}

function notice(
  about: "READY" | "HEALTH" | "RESTART" | "HOOK" | "SCHEDULE",
  details: Readonly<Record<string, string | number>>,
  text = "",
): Happening {
  return { kind: "notice", key: WEB, notice: { about, details, text } };
}

test("health, readiness, hooks, schedules, definitions and a program that gave up are notes", () => {
  const notes = notesOf(
    WEB,
    events(
      { kind: "process-added", key: WEB },
      { kind: "executes", key: WEB, pid: 7 },
      notice("READY", { pid: 7 }),
      notice("HEALTH", { pid: 7, to: "unhealthy", failures: 3 }, "connection refused"),
      notice("HEALTH", { pid: 7, to: "healthy", failures: 0 }),
      notice("RESTART", { pid: 7, reason: "memory" }, "512MB of 400MB used"),
      notice("HOOK", { hook: "post_stop", result: "failed" }, "exit status 1"),
      notice("SCHEDULE", { what: "skipped", due: 1 }, "skipped (schedule=@daily)"),
      { kind: "configured", key: WEB },
      { kind: "state", key: WEB, from: "BACKOFF", to: "FATAL", details: {} },
      { kind: "state", key: A, from: "BACKOFF", to: "FATAL", details: {} },
      { kind: "group-added", group: "web" },
    ),
    [],
  );
  assert.deepEqual(
    notes.map(({ at, tone }) => [at, tone]),
    [
      [1, "calm"],
      [3, "good"],
      [4, "bad"],
      [5, "good"],
      [7, "bad"],
      [8, "calm"],
      [9, "calm"],
      [10, "bad"],
    ],
  );
  assert.match(notes[2]?.text ?? "", /connection refused/);
  assert.match(notes[4]?.text ?? "", /post_stop.*exit status 1/);
});

test("a request is a note of the programs that it names, with the client", () => {
  const asked = (what: string, key = A) =>
    notesOf(key, [], [{ at: 5000, what, who: "joe, 10.0.0.5:3123" }]).map(({ text }) => text);
  for (const what of [
    ...["stop pool:a (web page)", "signal HUP pool:a (web page)", "stop all (web page)"],
    ...["stop web, pool:a (web page)", "stop pool:a, web and 3 more (web page)"],
    ...[
      "stop pool:* (web page)",
      "supervisor.stopProcess(pool:a)",
      "supervisor.stopProcess(pool:*)",
    ],
    ...["supervisor.stopProcessGroup(pool)", "supervisor.stopAllProcesses()", "tsv.apply()"],
    "supervisor.signalProcess(pool:a, HUP)",
  ]) {
    assert.deepEqual(asked(what), [`asked: ${what} by joe, 10.0.0.5:3123`]);
  }
  for (const what of [
    ...["stop web (web page)", "supervisor.stopProcess(web)", "supervisor.stopProcess(pool:ab)"],
    ...["stop pool:a", "anything else", ""],
  ]) {
    assert.deepEqual(asked(what), [], what);
  }
  assert.equal(asked("supervisor.stopProcess(web)", WEB).length, 1);
  assert.equal(asked("restart web (web page)", WEB).length, 1);
});

test("of many notes the newest are shown, in the order of their times", () => {
  const many = events(...Array.from({ length: 300 }, () => notice("READY", { pid: 7 })));
  const notes = notesOf(WEB, many, [{ at: 299_500, what: "stop web (web page)", who: "joe" }]);
  assert.equal(notes.length, 50);
  assert.deepEqual(
    notes.slice(-3).map(({ at, tone }) => [at, tone]),
    [
      [299, "calm"],
      [299, "good"],
      [300, "good"],
    ],
  );
});
