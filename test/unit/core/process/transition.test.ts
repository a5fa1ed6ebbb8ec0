// Whole stories of one process: how often and when it is tried, when it counts as up, how it is brought down.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Autorestart, ProcessConfig } from "../../../../src/core/config/model.ts";
import {
  deadlineOf,
  NEVER_STARTED,
  type ProcessEffect,
  type ProcessInput,
  type ProcessState,
  pidOf,
} from "../../../../src/core/process/model.ts";
import { transition } from "../../../../src/core/process/transition.ts";
import { at, exit, killedBy, program } from "./samples.ts";

/** A process that is told things at moments, and remembers what came of it. */
class Story {
  state: ProcessState = NEVER_STARTED;
  now = 0;
  readonly effects: ProcessEffect[] = [];
  readonly #program: ProcessConfig;

  constructor(changes: Partial<ProcessConfig> = {}) {
    this.#program = program(changes);
  }

  tell(input: ProcessInput, now = this.now): this {
    this.now = now;
    const result = transition(this.state, input, this.#program, at(now));
    this.state = result.state;
    this.effects.push(...result.effects);
    return this;
  }

  start(pid: number, now = this.now): this {
    return this.tell({ kind: "start" }, now).tell({ kind: "spawned", pid });
  }

  /** Goes to the deadline of the state and tells that it has passed. */
  wait(): this {
    const deadline = deadlineOf(this.state);
    assert.notEqual(deadline, null, `${this.kind} waits for nothing`);
    return this.tell({ kind: "deadline" }, deadline ?? 0);
  }

  get kind(): string {
    return this.state.phase.kind;
  }

  get states(): readonly string[] {
    return this.effects.flatMap((e) => (e.kind === "changed" ? [e.change.to] : []));
  }

  get log(): readonly string[] {
    return this.effects.flatMap((e) => (e.kind === "log" ? [`${e.level} ${e.text}`] : []));
  }

  get kills(): readonly string[] {
    return this.effects.flatMap((e) => (e.kind === "kill" ? [`${e.signal} ${e.target}`] : []));
  }

  get spawns(): number {
    return this.effects.filter((e) => e.kind === "spawn").length;
  }
}

for (const startRetries of [0, 1, 3, 5]) {
  test(`startretries=${startRetries} makes ${startRetries + 1} attempts, waiting 1, 2, 3 … seconds (fatal-at-once)`, () => {
    const story = new Story({ startRetries }).tell({ kind: "start" });
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

test("a death in startsecs is a failed start, whatever the exit code", () => {
  for (const outcome of [exit(0), exit(3), killedBy(11)]) {
    const story = new Story({ startSecs: 5, autorestart: "always" }).start(42);
    story.tell({ kind: "exited", outcome }, 4999);
    assert.equal(story.kind, "BACKOFF");
    assert.equal(story.state.history.exitStatus, null);
    assert.equal(story.state.history.spawnErr, "Exited too quickly (process log may have details)");
  }
});

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

test("a process is RUNNING when startsecs is over, and its failures are forgotten", () => {
  const story = new Story({ startSecs: 3 }).tell({ kind: "start" });
  story.tell({ kind: "spawn-failed", text: "no" }).wait().tell({ kind: "spawned", pid: 42 });
  assert.equal(story.state.history.backoff, 1);
  story.wait();
  assert.equal(story.now, 1000 + 3000);
  assert.equal(story.kind, "RUNNING");
  assert.equal(story.state.history.backoff, 0);
  assert.equal(story.state.history.spawnErr, "");
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
    if (restarts) assert.equal(story.wait().kind, "STARTING");
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

test("the failures counted before a stop in BACKOFF still count after the next start", () => {
  const story = new Story({ startRetries: 2 }).tell({ kind: "start" });
  story.tell({ kind: "spawn-failed", text: "1" }).wait().tell({ kind: "spawn-failed", text: "2" });
  story.tell({ kind: "stop" });
  assert.equal(story.kind, "STOPPED");
  assert.equal(deadlineOf(story.state), null);
  story.tell({ kind: "start" }).tell({ kind: "spawn-failed", text: "3" });
  assert.equal(story.kind, "FATAL");
});

test("a stop is not lost on a process that is about to be restarted", () => {
  const story = new Story({ autorestart: "always" }).start(42).wait();
  story.tell({ kind: "exited", outcome: exit(0) }).tell({ kind: "stop" });
  assert.equal(story.kind, "STOPPED");
  assert.equal(story.tell({ kind: "deadline" }).kind, "STOPPED");
});

test("a process that exited for good stays EXITED when stopped", () => {
  const story = new Story({ autorestart: "never" }).start(42).wait();
  story.tell({ kind: "exited", outcome: exit(0) }).tell({ kind: "stop" });
  assert.equal(story.kind, "EXITED");
});

test("an unanswered stop becomes SIGKILL after stopwaitsecs, again and again", () => {
  const story = new Story({ stopWaitSecs: 7 }).start(42).wait();
  story.tell({ kind: "stop" }, 2000);
  const moments = [1, 2, 3].map(() => story.wait().now);
  assert.deepEqual(moments, [9000, 16_000, 23_000]);
  assert.deepEqual(story.kills, ["15 process", "9 process", "9 process", "9 process"]);
  assert.deepEqual(story.states.slice(-1), ["STOPPING"], "the escalation is no change of state");
  story.tell({ kind: "exited", outcome: killedBy(9) }, 24_000);
  assert.equal(story.log.at(-1), "WARN stopped: web (terminated by SIGKILL)");
  assert.equal(story.state.history.exitStatus, -1);
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

test("a death while STOPPING in startsecs is a stop, not a failed start", () => {
  const story = new Story({ startSecs: 60 }).start(42).tell({ kind: "stop" }, 10);
  story.tell({ kind: "exited", outcome: killedBy(15) }, 20);
  assert.equal(story.kind, "STOPPED");
  assert.equal(story.state.history.backoff, 0);
});

test("UNKNOWN keeps its pid, waits for nothing and is left by the death of the process (unknown-exit)", () => {
  const story = new Story().start(42).wait().tell({ kind: "stop" });
  story.tell({ kind: "kill-failed", errno: "EPERM" });
  assert.equal(story.kind, "UNKNOWN");
  assert.equal(pidOf(story.state), 42);
  assert.equal(deadlineOf(story.state), null);
  story.tell({ kind: "exited", outcome: exit(0) });
  assert.equal(story.kind, "STOPPED");
  assert.equal(pidOf(story.state), 0);
});

test("a start asks for a spawn only after the change of state was told", () => {
  const story = new Story().tell({ kind: "start" });
  assert.deepEqual(
    story.effects.map((e) => e.kind),
    ["changed", "spawn"],
  );
});

test("a wall clock that jumps changes nothing that is decided", () => {
  const story = new Story({ startSecs: 2 });
  const web = program({ startSecs: 2 });
  const past = { mono: 100, wall: -5_000_000 };
  const started = transition(story.state, { kind: "start" }, web, { mono: 0, wall: 9e12 });
  const spawned = transition(started.state, { kind: "spawned", pid: 42 }, web, past);
  const died = transition(spawned.state, { kind: "exited", outcome: exit(0) }, web, past);
  assert.deepEqual(died.state.phase, { kind: "BACKOFF", retryAt: 1100 });
});
