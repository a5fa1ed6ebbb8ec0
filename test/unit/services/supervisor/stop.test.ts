// Stopping programs: every answer and every fault, and stops that must not be lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { answerText, key, Rig, tick, Watched } from "./rig.ts";
import { running, start, WEB, web } from "./web-rig.ts";

test("stop returns after the signal, or with wait when the process is down", async () => {
  const rig = running();
  rig.log();
  const told = new Watched(rig.supervisor.stop(WEB, false));
  await tick();
  assert.equal(told.outcome, "true");

  const other = running();
  other.log();
  const down = new Watched(other.supervisor.stop(WEB, true));
  await tick();
  assert.equal(down.outcome, "pending");
  assert.deepEqual(other.log(), [
    "DEBG killing web (pid 100) with signal SIGTERM",
    "INFO waiting for web to stop",
  ]);
  other.die("web:web", { signal: 15 });
  await tick();
  assert.equal(down.outcome, "true");
});

test("a stopping process is waited for until it is down, another is stopped (update-stopping)", async () => {
  const rig = running();
  await rig.supervisor.stop(WEB, false);
  const down = new Watched(rig.supervisor.whenStopped(WEB));
  await tick();
  assert.equal(down.outcome, "pending");
  rig.die("web:web", { signal: 15 });
  await tick();
  assert.equal(down.outcome, "true");
  assert.equal(answerText(await rig.supervisor.whenStopped(WEB)), "true");
  assert.match(answerText(await rig.supervisor.whenStopped(key("no:no"))), /BAD_NAME/);
});

test("stop between an exit and its restart is not lost (stop-pending-restart)", async () => {
  const rig = running({ autorestart: "always" });
  rig.die("web:web");
  assert.equal(rig.state("web:web"), "EXITED");
  assert.equal(rig.supervisor.process("web", "web")?.stoppable, true);
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), "true");
  rig.advance(60_000);
  assert.equal(rig.state("web:web"), "STOPPED");
});

test("stop before an autostart had its turn is not lost (stop-pending-start)", async () => {
  const rig = new Rig(group("web", [program()]), group("z"));
  void rig.supervisor.begin();
  assert.equal(rig.supervisor.process("web", "web")?.stoppable, true);
  assert.equal(rig.supervisor.group("web")?.processes[0]?.stoppable, true);
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), "true");
  rig.settle();
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.equal(rig.state("z:z"), "STARTING");
  assert.equal(await start(rig, false), "true", "a later start is a start");
});

test("stop of a queued start is not lost, and the start reports it (stop-pending-start)", async () => {
  const rig = web({ autostart: false });
  const started = new Watched(rig.supervisor.start(WEB, true));
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), "true");
  rig.settle();
  await tick();
  assert.equal(started.outcome, "ABNORMAL_TERMINATION: web");
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), "NOT_RUNNING: web");
});

test("stop refuses a process that is down or stopping, and an unknown name", async () => {
  const rig = web({ autostart: false });
  const stop = async (name = WEB) => answerText(await rig.supervisor.stop(name, true));
  assert.equal(await stop(), "NOT_RUNNING: web");
  assert.equal(await stop(key("no:no")), "BAD_NAME: no:no");
  await start(rig, false);
  void rig.supervisor.stop(WEB, false);
  assert.equal(await stop(), "NOT_RUNNING: web");
});

test("a fault names a process with its group where they differ", async () => {
  const rig = new Rig(group("shop", [program({ autostart: false })])).begin();
  assert.equal(
    answerText(await rig.supervisor.stop(key("shop:web"), true)),
    "NOT_RUNNING: shop:web",
  );
});

test("a stop that the kernel refuses fails, with one line in the log (kill-error-line)", async () => {
  const rig = running();
  rig.spawner.refuseKill = () => "EPERM";
  const text = "unknown problem killing web (100): kill(2) failed with EPERM";
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), `FAILED: ${text}`);
  assert.equal(rig.state("web:web"), "UNKNOWN");
  assert.ok(rig.log().includes(`CRIT ${text}`));
});

test("a waiting stop fails if the kernel refuses its SIGKILL (stop-refused)", async () => {
  const rig = running();
  const answer = new Watched(rig.supervisor.stop(WEB, true));
  rig.spawner.refuseKill = () => "EPERM";
  rig.advance(10_000);
  await tick();
  assert.equal(
    answer.outcome,
    "FAILED: unknown problem killing web (100): kill(2) failed with EPERM",
  );
});

test("a stop of an exited process waits until it is reaped", async () => {
  const rig = running();
  rig.spawner.refuseKill = () => "ESRCH";
  const answer = new Watched(rig.supervisor.stop(WEB, true));
  await tick();
  assert.equal(answer.outcome, "pending");
  assert.ok(
    rig
      .log()
      .some((line) =>
        line.startsWith("DEBG unable to signal web (pid 100), it probably just exited"),
      ),
  );
  rig.die("web:web");
  await tick();
  assert.equal(answer.outcome, "true");
});

test("a stop that is waited for is announced once, however long it takes (waiting-once)", () => {
  const rig = running({ stopWaitSecs: 60 });
  void rig.supervisor.stop(WEB, true);
  rig.advance(50_000);
  assert.equal(rig.state("web:web"), "STOPPING");
  const waiting = rig.log().filter((line) => line.includes("waiting for"));
  assert.deepEqual(waiting, ["INFO waiting for web to stop"]);
});
