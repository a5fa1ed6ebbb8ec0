// Stopping a process: the signal, the wait, SIGKILL, and processes that cannot be killed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deadlineOf, pidOf } from "../../../../src/core/process/model.ts";
import { exit, killedBy } from "./samples.ts";
import { Story } from "./story.ts";

test("a process that exited for good stays EXITED when stopped", () => {
  const story = new Story({ autorestart: "never" }).start(42).wait();
  story.tell({ kind: "exited", outcome: exit(0) }).tell({ kind: "stop" });
  assert.equal(story.kind, "EXITED");
});

test("stopwaitsecs=0 kills at once, then once a second (kill-floor)", () => {
  const story = new Story({ stopWaitSecs: 0 }).start(42).wait().tell({ kind: "stop" }, 2000);
  const moments = [1, 2, 3].map(() => story.wait().now);
  assert.deepEqual(moments, [2000, 3000, 4000]);
  assert.deepEqual(story.kills, ["15 process", "9 process", "9 process", "9 process"]);
});

test("stopsignal=KILL with stopwaitsecs=0 also leaves a second between", () => {
  const story = new Story({ stopWaitSecs: 0, stopSignal: 9 }).start(42).wait();
  assert.equal(story.tell({ kind: "stop" }, 2000).wait().now, 3000);
});

const TARGETS = [
  [false, false, ["15 process", "9 process"]],
  [true, false, ["15 group", "9 process"]],
  [false, true, ["15 process", "9 group"]],
  [true, true, ["15 group", "9 group"]],
] as const;

for (const [stopAsGroup, killAsGroup, kills] of TARGETS) {
  test(`stopasgroup=${stopAsGroup} killasgroup=${killAsGroup}: ${kills.join(", ")}`, () => {
    const story = new Story({ stopAsGroup, killAsGroup }).start(42).wait();
    story.tell({ kind: "stop" }).wait();
    assert.deepEqual(story.kills, kills);
    const killing = story.log.filter((text) => text.startsWith("DEBG killing"));
    assert.equal(
      killing[0],
      `DEBG killing web (pid 42) ${stopAsGroup ? "process group " : ""}with signal SIGTERM`,
    );
    assert.equal(
      killing[1],
      `DEBG killing web (pid 42) ${killAsGroup ? "process group " : ""}with signal SIGKILL`,
    );
  });
}

test("a stop that the program answers with an expected code is logged as INFO, else as WARN", () => {
  const down = (outcome: ReturnType<typeof exit>) =>
    new Story().start(42).tell({ kind: "stop" }).tell({ kind: "exited", outcome }).log.at(-1);
  assert.equal(down(exit(0)), "INFO stopped: web (exit status 0)");
  assert.equal(down(exit(1)), "WARN stopped: web (exit status 1)");
  assert.equal(down(killedBy(15)), "WARN stopped: web (terminated by SIGTERM)");
});

test("UNKNOWN keeps its pid, waits for nothing and ends with the death of the process (unknown-exit)", () => {
  const story = new Story().start(42).wait().tell({ kind: "stop" });
  story.tell({ kind: "kill-failed", errno: "EPERM" });
  assert.equal(story.kind, "UNKNOWN");
  assert.equal(pidOf(story.state), 42);
  assert.equal(deadlineOf(story.state), null);
  story.tell({ kind: "exited", outcome: exit(0) });
  assert.equal(story.kind, "STOPPED");
  assert.equal(pidOf(story.state), 0);
});
