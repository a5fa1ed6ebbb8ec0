// A program with kill_mode=tree or cgroup is down when what it has left is ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { answerText, type Rig, tick, Watched } from "./rig.ts";
import { running, WEB, web } from "./web-rig.ts";

function tree(changes: Partial<ProcessConfig> = {}): Rig {
  const rig = running({ killMode: "tree", stopAsGroup: true, killAsGroup: true, ...changes });
  rig.log();
  return rig;
}

test("a stop remembers the descendants before its signal, and waits for what is left (kill-mode)", async () => {
  const rig = tree();
  const pid = rig.pid("web:web");
  rig.spawner.signalled = () => assert.deepEqual(rig.leftovers.remembered, [pid]);
  const stopped = new Watched(rig.supervisor.stop(WEB, true));
  rig.die("web:web", { signal: 15 });
  await tick();
  assert.equal(rig.state("web:web"), "STOPPING");
  assert.equal(stopped.outcome, "pending");
  const { isMain: _, ...begun } = rig.leftovers.begun.get(WEB) ?? {};
  assert.deepEqual(begun, { key: WEB, pid, mayFinish: true, killMode: "tree" });
  assert.equal(rig.logs.attached.size, 1, "its output is read meanwhile");
  rig.leftovers.end("web:web", { ended: 3 });
  rig.settle();
  await tick();
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.equal(stopped.outcome, "true");
  assert.equal(rig.logs.attached.size, 0);
  const log = rig.log();
  assert.ok(log.includes("INFO web: 3 processes that it left were ended"), log.join("\n"));
  assert.ok(log.includes("WARN stopped: web (terminated by SIGTERM)"));
  const runs = rig.supervisor.report(WEB)?.runs;
  assert.deepEqual(runs?.ended.at(-1)?.left, { ended: 3, running: 0 });
});

test("a command that stops a program is preceded by it, too", () => {
  const rig = tree({ stopCommand: "/bin/stop" });
  void rig.supervisor.stop(WEB, false);
  assert.deepEqual(rig.spawner.signals, []);
  assert.deepEqual(rig.leftovers.remembered, [rig.pid("web:web")]);
});

test("the time of a stop limits what is left too, and no signal goes to the reaped process", () => {
  const rig = tree({ stopWaitSecs: 5 });
  void rig.supervisor.stop(WEB, false);
  rig.die("web:web", { signal: 15 });
  const before = rig.spawner.signals.length;
  rig.advance(4900);
  assert.deepEqual(rig.leftovers.killed, []);
  rig.advance(200);
  assert.deepEqual(rig.leftovers.killed, [WEB]);
  assert.equal(rig.spawner.signals.length, before);
  rig.leftovers.end("web:web", { ended: 1, running: 1 });
  rig.settle();
  assert.equal(rig.state("web:web"), "STOPPED");
  const log = rig.log();
  assert.ok(log.includes("INFO web: 1 process that it left was ended"));
  assert.ok(
    log.includes("WARN web: 1 process that it left runs still: SIGKILL has not ended it"),
    log.join("\n"),
  );
});

test("what a program leaves that exits by itself is ended before it starts again", () => {
  const rig = tree({ autorestart: "always" });
  const pid = rig.pid("web:web");
  rig.die("web:web", { exitCode: 1 });
  rig.advance(60_000);
  assert.equal(rig.spawner.children.size, 1);
  assert.equal(rig.leftovers.begun.get(WEB)?.mayFinish, false);
  rig.leftovers.end("web:web");
  rig.settle();
  rig.advance(10);
  assert.notEqual(rig.pid("web:web"), pid);
  assert.equal(rig.spawner.children.size, 2);
});

test("a start that exits too quickly does not succeed while what it left is ended", () => {
  const rig = tree({ startSecs: 5 });
  rig.die("web:web", { exitCode: 1 });
  rig.advance(10_000);
  assert.equal(rig.log().filter((line) => line.includes("RUNNING")).length, 0);
});

test("a stop of a program that has exited by itself leaves it down, without a signal", async () => {
  const rig = tree({ autorestart: "always" });
  rig.die("web:web", { exitCode: 1 });
  const before = rig.spawner.signals.length;
  const stopped = new Watched(rig.supervisor.stop(WEB, true));
  assert.match(answerText(rig.supervisor.signal(WEB, 1)), /NOT_RUNNING/);
  rig.supervisor.signalAll(1);
  assert.equal(rig.spawner.signals.length, before);
  rig.leftovers.end("web:web");
  rig.settle();
  await tick();
  assert.equal(stopped.outcome, "true");
  rig.advance(60_000);
  assert.equal(rig.state("web:web"), "STOPPED");
});

test("without kill_mode, and with process or group, nothing is looked for", () => {
  for (const killMode of [null, "process", "group"] as const) {
    const rig = tree({ killMode });
    void rig.supervisor.stop(WEB, false);
    rig.die("web:web", { signal: 15 });
    assert.equal(rig.state("web:web"), "STOPPED");
    assert.deepEqual([rig.leftovers.begun.size, rig.leftovers.remembered.length], [0, 0]);
  }
});

test("where programs can have no cgroup, the first start says so, once", () => {
  const rig = web({ killMode: "cgroup", autostart: false, startSecs: 0 });
  rig.leftovers.problem = "cgroup v2 is not mounted here";
  for (const _ of [1, 2]) {
    void rig.supervisor.start(WEB, false);
    rig.settle();
    void rig.supervisor.stop(WEB, false);
    rig.die("web:web", { signal: 15 });
    rig.leftovers.end("web:web");
    rig.settle();
  }
  const lines = rig.log().filter((line) => line.includes("kill_mode"));
  assert.deepEqual(lines, [
    "INFO kill_mode=cgroup acts as kill_mode=tree: cgroup v2 is not mounted here",
  ]);
});
