// Whole stories of one process: how often and when it is tried, when it counts as up, how it ends by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Autorestart } from "../../../../src/core/config/model.ts";
import { deadlineOf } from "../../../../src/core/process/model.ts";
import { exit, killedBy } from "./samples.ts";
import { Story } from "./story.ts";

for (const startRetries of [0, 1, 3, 5]) {
  test(`startretries=${startRetries} makes ${startRetries + 1} attempts, waiting 1, 2, 3 … seconds (fatal-at-once)`, () => {
    const story = new Story({ startRetries }).tell({ kind: "start", by: "request" });
    const waits: number[] = [];
    for (;;) {
      story.tell({ kind: "spawn-failed", text: "no" });
      if (story.kind === "FATAL") break;
      waits.push((deadlineOf(story.state) ?? 0) - story.now);
      story.wait();
    }
    assert.deepEqual(
      waits,
      Array.from({ length: startRetries }, (_, n) => (n + 1) * 1000),
    );
    assert.equal(story.spawns, startRetries + 1);
    assert.equal(
      story.log.at(-1),
      "INFO gave up: web entered FATAL state, too many start retries too quickly",
    );
    assert.deepEqual(story.states.slice(-2), ["BACKOFF", "FATAL"]);
    assert.equal(story.state.history.backoff, 0);
    assert.equal(story.state.history.spawnErr, "no");
  });
}

test("a death at startsecs exactly is no failed start: it was up, then it exited", () => {
  const story = new Story({ startSecs: 5 })
    .start(42)
    .tell({ kind: "exited", outcome: exit(0) }, 5000);
  assert.deepEqual(story.states, ["STARTING", "RUNNING", "EXITED"]);
  assert.deepEqual(
    story.log.slice(1),
    ["INFO exited: web (exit status 0; expected)"],
    "no success: line",
  );
});

test("startsecs=0 is RUNNING as soon as it is spawned", () => {
  const story = new Story({ startSecs: 0 }).start(42, 70);
  assert.deepEqual(story.states, ["STARTING", "RUNNING"]);
  assert.deepEqual(story.log, [
    "INFO spawned: 'web' with pid 42",
    "INFO success: web entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)",
  ]);
});

test("startsecs=0 and a program that dies at once never restarts more than once a second (restart-floor)", () => {
  const story = new Story({ startSecs: 0, autorestart: "always" });
  const moments: number[] = [];
  story.start(42, 0);
  for (let run = 0; run < 5; run += 1) {
    story.tell({ kind: "exited", outcome: exit(0) }, story.now + 3).wait();
    moments.push(story.now);
    story.tell({ kind: "spawned", pid: 43 + run });
  }
  assert.deepEqual(moments, [1000, 2000, 3000, 4000, 5000]);
});

test("a program that was up for a second is restarted at once (restart-floor)", () => {
  const story = new Story({ autorestart: "always" }).start(42, 0).wait();
  story.tell({ kind: "exited", outcome: exit(0) }, 1500);
  assert.deepEqual(story.state.phase, { kind: "EXITED", restartAt: 1500 });
});

const RESTARTS: readonly (readonly [Autorestart, string, boolean])[] = [
  ["always", "expected", true],
  ["always", "unexpected", true],
  ["always", "signal", true],
  ["unexpected", "expected", false],
  ["unexpected", "unexpected", true],
  ["unexpected", "signal", true],
  ["never", "expected", false],
  ["never", "unexpected", false],
  ["never", "signal", false],
];

for (const [autorestart, kind, restarts] of RESTARTS) {
  test(`autorestart=${autorestart} and death by ${kind}: ${restarts ? "again" : "stays down"}`, () => {
    const outcome = kind === "signal" ? killedBy(9) : exit(kind === "expected" ? 2 : 1);
    const story = new Story({ autorestart, exitCodes: [0, 2] }).start(42).wait();
    story.tell({ kind: "exited", outcome }, 9000);
    assert.deepEqual(story.state.phase, { kind: "EXITED", restartAt: restarts ? 9000 : null });
    if (restarts) assert.equal(story.wait().kind, "SPAWNING");
  });
}

test("death by a signal is never expected, and its exit status is -1", () => {
  const story = new Story({ exitCodes: [0, 139] }).start(42).wait();
  story.tell({ kind: "exited", outcome: killedBy(11, true) });
  assert.equal(
    story.log.at(-1),
    "WARN exited: web (terminated by SIGSEGV (core dumped); not expected)",
  );
  assert.equal(story.state.history.exitStatus, -1);
  assert.equal(story.state.history.spawnErr, "Bad exit code -1");
});

test("an unexpected exit code is remembered as the error", () => {
  const story = new Story()
    .start(42)
    .wait()
    .tell({ kind: "exited", outcome: exit(3) });
  assert.equal(story.log.at(-1), "WARN exited: web (exit status 3; not expected)");
  assert.equal(story.state.history.spawnErr, "Bad exit code 3");
  assert.equal(story.state.history.exitStatus, 3);
});
