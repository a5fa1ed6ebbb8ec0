// A start whose child is held up by the child's own user: between setuid and exec it is theirs to stop.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { START, startProcess } from "../../../../src/host/processes/start-process.ts";
import { death, needsRoot, readAll, spawner, spec, startScript } from "./rig.ts";

// Nobody else's: the attacker stops all that is this user's.
const uid = 2_000_000_000 + process.pid;
const user = { uid, gid: uid, groups: [] };
// Long to walk, so that the attacker seldom needs more than a few tries.
const cwd = `/${"./".repeat(2000)}`;

/** A process of that user which stops all others of it, again and again. */
async function startStopping(): Promise<ChildProcess> {
  const loop = 'echo ready; while :; do kill -STOP -1; done 2>"/dev/null"';
  const attacker = spawn("/bin/sh", ["-c", loop], {
    uid,
    gid: uid,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (attacker.stdout !== null) await once(attacker.stdout, "data");
  return attacker;
}

test("a child that its user stops before it executes is given up, and leaves nothing", {
  skip: needsRoot,
}, async (t) => {
  spawner.spawn(spec(["/nonexistent"])); // whatever is opened once is open now
  const attacker = await startStopping();
  t.after(() => attacker.kill("SIGKILL"));
  const open = readdirSync("/proc/self/fd").length;
  for (let tries = 0; tries < 200; tries++) {
    const result = spawner.spawn(spec(["/bin/true"], { cwd, user }));
    if (result.ok) {
      const { pid, stdin, stdout, stderr } = result.value;
      for (const fd of [stdin, stdout, stderr]) if (fd !== null) posix().close(fd);
      spawner.kill(pid, 9, "process");
      await death(pid);
      continue;
    }
    assert.equal(result.error.errno, "ETIMEDOUT");
    assert.equal(readdirSync("/proc/self/fd").length, open);
    // Killed and reaped at last: the first signal may tell that it was stopped.
    while (children().length > 1) await once(process, "SIGCHLD");
    assert.deepEqual(children(), [attacker.pid]);
    const after = startScript("echo on", { redirectStderr: true });
    assert.equal(await readAll(after.stdout), "on\n");
    return;
  }
  t.diagnostic("the child was never stopped in time: each start returned all the same");
});

/** Children of this process, dead ones too, as numbers. */
function children(): number[] {
  const listed = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  return listed.split(" ").filter(Boolean).map(Number);
}

test("a program is the daemon's own child, and what is written for it alone holds for it alone", async () => {
  const score = readFileSync("/proc/self/oom_score_adj", "utf8");
  const started = startProcess({
    file: "/bin/sh",
    argv: ["sh", "-c", "echo $PPID; cat /proc/self/oom_score_adj"],
    env: ["PATH=/usr/bin:/bin"],
    flags: START.stdoutPipe,
    oomScoreAdj: 654,
  });
  assert.ok(started.ok);
  assert.equal(await readAll(started.value.stdout), `${process.pid}\n654\n`);
  assert.equal(readFileSync("/proc/self/oom_score_adj", "utf8"), score);
});
