// A process that gets no processor until a limit has passed: what became ready meanwhile counts.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { lstat } from "node:fs/promises";
import { test } from "node:test";
import { withinLimit } from "../../../../src/host/files/answers.ts";
import { LimitedTask } from "../../../../src/host/time/limited-task.ts";

const LIMIT_MS = 50;

/** The main thread does nothing, and the other ones go on. */
function block(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * LIMIT_MS);
}

test("work of another thread that ends while the process waits for a processor is in time", async () => {
  const found = withinLimit(lstat("/"), LIMIT_MS);
  block();
  assert.notEqual(await found, null);
});

test("so is work in several steps, while each of which the process waits", async () => {
  const steps = async (): Promise<string> => {
    for (let i = 0; i < 4; i += 1) {
      const step = lstat("/");
      block();
      await step;
    }
    return "done";
  };
  assert.equal(await withinLimit(steps(), LIMIT_MS), "done");
});

test("so is the exit of a child", async () => {
  const child = spawn("/bin/true", { stdio: "ignore" });
  const outcome = new Promise((resolve) => {
    const task = new LimitedTask<string>(LIMIT_MS, resolve, () => "late");
    child.once("exit", () => task.settle("exited"));
  });
  block();
  assert.equal(await outcome, "exited");
});

test("what does not end is late", async () => {
  assert.equal(await withinLimit(new Promise(() => {}), LIMIT_MS), null);
  const outcome = new Promise((resolve) => new LimitedTask(LIMIT_MS, resolve, () => "late"));
  // The timer of a task keeps no process alive.
  const alive = setTimeout(() => {}, 30_000);
  assert.equal(await outcome, "late");
  clearTimeout(alive);
});
