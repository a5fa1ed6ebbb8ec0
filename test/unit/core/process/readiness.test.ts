// A program with ready_check: it is RUNNING when it answers, and its start has failed when it does not in time.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { deadlineOf } from "../../../../src/core/process/model.ts";
import { exit } from "./samples.ts";
import { Story } from "./story.ts";

const CHECK = { kind: "tcp", host: "127.0.0.1", port: 5432 } as const;

/** A program that executes as pid 7 since the moment 0, and is being asked. */
function executing(changes: Partial<ProcessConfig> = {}): Story {
  const options = { readyCheck: CHECK, readyTimeout: 10, readyInterval: 1, ...changes };
  return new Story({ startSecs: 0, ...options }).start(7);
}

const kindsOf = (story: Story): string[] => story.effects.map(({ kind }) => kind);
const no = (text = "connection refused") => ({ kind: "checked", pid: 7, ok: false, text }) as const;
const YES = { kind: "checked", pid: 7, ok: true, text: "" } as const;

test("it is asked as soon as it executes, and is STARTING until it answers (ready-check)", () => {
  const story = executing();
  assert.equal(story.kind, "READYING");
  assert.ok(kindsOf(story).includes("check"));
  story.tell(YES, 400);
  assert.equal(story.kind, "RUNNING");
  assert.deepEqual(story.states, ["STARTING", "RUNNING"]);
});

test("an answer before startsecs are over makes it wait for the rest of them", () => {
  const story = executing({ startSecs: 3 }).tell(YES, 400);
  assert.equal(story.kind, "STARTING");
  assert.equal(story.wait().now, 3000);
  assert.equal(story.kind, "RUNNING");
});

test("after a no it is asked again after ready_interval, one check at a time", () => {
  const story = executing().tell(no(), 200);
  assert.equal(deadlineOf(story.state), 1200);
  story.wait();
  assert.equal(kindsOf(story).filter((kind) => kind === "check").length, 2);
  assert.equal(deadlineOf(story.state), 10_000, "nothing is due while a check is under way");
});

test("answers of an earlier run, and answers to no question, change nothing", () => {
  const story = executing();
  story.tell({ ...YES, pid: 6 });
  assert.equal(story.kind, "READYING");
  story.tell(no(), 200).tell(YES, 300);
  assert.equal(story.kind, "READYING");
});

test("a start that is not ready in time is stopped, and tried again like any that failed", () => {
  const story = executing().tell(no(), 9500);
  story.wait();
  assert.equal(story.now, 10_000);
  assert.equal(story.kind, "FAILING");
  assert.deepEqual(story.kills, ["15 process"]);
  assert.match(
    story.state.history.spawnErr,
    /^Not ready within 10s: tcp:\/\/127\.0\.0\.1:5432: connection refused$/,
  );
  story.tell({ kind: "exited", outcome: exit(0) }, 10_100);
  assert.equal(story.kind, "BACKOFF");
  assert.deepEqual(story.states, ["STARTING", "BACKOFF"]);
  assert.match(story.state.history.spawnErr, /^Not ready/);
});

test("one that ignores the signal is killed, and a stop meanwhile counts", () => {
  const story = executing({ stopWaitSecs: 5 }).tell(no(), 9500);
  story.wait().wait();
  assert.equal(story.now, 15_000);
  assert.deepEqual(story.kills, ["15 process", "9 process"]);
  story.tell({ kind: "stop" });
  assert.equal(story.kind, "STOPPING");
  story.tell({ kind: "exited", outcome: exit(0) });
  assert.equal(story.kind, "STOPPED");
});

test("a program extends its start and its stop from now on, and shortens neither", () => {
  const story = executing({ readyCheck: { kind: "notify" }, stopWaitSecs: 5 });
  story.tell({ kind: "extend", pid: 7, ms: 60_000 }, 5000);
  assert.equal(deadlineOf(story.state), 65_000);
  story.tell({ kind: "extend", pid: 7, ms: 1000 });
  story.tell({ kind: "extend", pid: 6, ms: 90_000 });
  assert.equal(deadlineOf(story.state), 65_000);
  story.wait();
  assert.equal(story.kind, "FAILING");
  assert.match(story.state.history.spawnErr, /^Not ready within 10s: notify: no READY=1$/);
  story.tell({ kind: "extend", pid: 7, ms: 30_000 });
  assert.equal(deadlineOf(story.state), 95_000);
});

test("a start is ten times its time in the end, and a request of one that stops counts for ten times its own", () => {
  const story = executing({ readyCheck: { kind: "notify" }, stopWaitSecs: 5 });
  for (const at of [5000, 50_000]) story.tell({ kind: "extend", pid: 7, ms: 1e12 }, at);
  assert.equal(deadlineOf(story.state), 100_000);
  story.wait();
  assert.equal(story.kind, "FAILING");
  story.tell({ kind: "extend", pid: 7, ms: 1e12 }, 101_000);
  assert.equal(deadlineOf(story.state), 151_000);
});

test("a check that fails through the host takes nothing of the program's time", () => {
  const story = executing();
  for (let i = 0; i < 20; i += 1) {
    story.tell({ ...no("too many open files"), byHost: true }, story.now + 900).wait();
    assert.equal(story.kind, "READYING");
  }
  assert.ok(story.now > 30_000);
  story.tell(no(), story.now + 100).wait();
  assert.equal(story.kind, "READYING", "it is asked again");
  story.wait();
  assert.equal(story.kind, "FAILING");
  assert.match(story.state.history.spawnErr, /: connection refused$/);
});
