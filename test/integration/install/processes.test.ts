// A signal reaches the process that was meant, and no other that has its pid by now.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { createProcessFacts } from "../../../src/host/processes/process-stats.ts";
import { signalProcess } from "../../../src/install/host/processes.ts";

test("a process gets the signal only while it is the one that was seen", async (t) => {
  const child = spawn(
    "sh",
    ["-c", 'trap "echo got; exit 7" USR2; echo up; while :; do read -r x; done'],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  const pid = child.pid ?? 0;
  const startTicks = createProcessFacts().startTicks(pid);
  assert.ok(startTicks !== null);
  const other = signalProcess({ pid, startTicks: startTicks + 1, signal: "SIGUSR2" });
  assert.match(other.ok ? "" : other.error, /belongs to another process now/);
  assert.equal(child.exitCode, null);
  assert.ok(signalProcess({ pid, startTicks, signal: "SIGUSR2" }).ok);
  // A shell that was just about to read looks for signals only after it.
  child.stdin.end();
  assert.equal((await ended)[0], 7);
  const gone = signalProcess({ pid, startTicks, signal: "SIGUSR2" });
  assert.match(gone.ok ? "" : gone.error, /has exited meanwhile/);
});
