// Dead children: what may be done while their numbers are still their own.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { reap } from "../../../../src/host/processes/spawner.ts";
import { startProcess } from "../../../../src/host/processes/start-process.ts";

test("each child is told while it is dead and its number is its own, then it is reaped", async () => {
  // A handler of signals keeps no process alive.
  const alive = setInterval(() => {}, 10_000);
  const died = once(process, "SIGCHLD");
  const argv = ["sh", "-c", "exit 3"];
  const started = startProcess({ file: "/bin/sh", argv, env: [], flags: 0 });
  assert.ok(started.ok);
  const { pid } = started.value;
  await died;
  clearInterval(alive);
  const states: string[] = [];
  const reaped = reap((dying) => {
    states.push(
      `${dying} ${/^State:\s+(\w)/m.exec(readFileSync(`/proc/${dying}/status`, "utf8"))?.[1]}`,
    );
    return {};
  });
  assert.deepEqual(states, [`${pid} Z`]);
  assert.deepEqual(
    reaped.map((each) => [each.pid, each.exitCode]),
    [[pid, 3]],
  );
  assert.deepEqual(reap(), []);
});
