// The shutdown of PID 1, and every stop of a run, wait for whole groups.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import type { GroupWait } from "../../../../src/services/supervisor/whole-groups.ts";
import { group, program } from "../../core/process/samples.ts";
import { Rig } from "./rig.ts";
import { WEB } from "./web-rig.ts";

class PidOne extends Rig {
  protected override get groupWait(): GroupWait {
    return "shutdown";
  }
}

class Run extends Rig {
  protected override get groupWait(): GroupWait {
    return "every-stop";
  }
}

/** A program that is stopped as a group, in which another process outlives it. */
function shell(changes: Partial<ProcessConfig> = {}, Daemon: typeof Rig = PidOne): Rig {
  const config = { startSecs: 0, stopAsGroup: true, killAsGroup: true, ...changes };
  const rig = new Daemon(group("web", [program(config)])).begin();
  rig.spawner.groups.add(rig.pid("web:web"));
  return rig;
}

/** The last process of the group exits: an orphan. */
function empty(rig: Rig, pid: number): void {
  rig.spawner.groups.delete(pid);
  rig.spawner.orphanDies(9999);
  rig.supervisor.childrenDied();
}

test("as PID 1, a shutdown waits until the group of a program is empty, and reads its output meanwhile (group-end)", () => {
  const rig = shell();
  const pid = rig.pid("web:web");
  rig.supervisor.shutdown();
  rig.die("web:web", { signal: 15 });
  assert.equal(rig.state("web:web"), "STOPPING");
  assert.equal(rig.logs.attached.size, 1);
  assert.deepEqual(rig.endings, []);
  empty(rig, pid);
  assert.deepEqual(rig.endings, [null]);
  assert.equal(rig.logs.attached.size, 0);
  assert.ok(rig.log().includes("WARN stopped: web (terminated by SIGTERM)"));
  assert.equal(rig.clock.alarmAt, null);
});

test("as PID 1, a group that ignores its stop is killed after stopwaitsecs, and waited for once more", () => {
  const rig = shell({ stopWaitSecs: 5 });
  const pid = rig.pid("web:web");
  rig.supervisor.shutdown();
  rig.die("web:web", { signal: 15 });
  rig.advance(4900);
  assert.notDeepEqual(rig.spawner.signals.at(-1), { pid, signal: 9, target: "group" });
  rig.advance(200);
  assert.deepEqual(rig.spawner.signals.at(-1), { pid, signal: 9, target: "group" });
  assert.deepEqual(rig.endings, []);
  rig.advance(5000);
  assert.deepEqual(rig.endings, [null]);
});

test("as PID 1, a request to kill everything kills groups that are waited for", () => {
  const rig = shell();
  const pid = rig.pid("web:web");
  rig.supervisor.shutdown();
  rig.die("web:web", { signal: 15 });
  rig.supervisor.killEverything();
  rig.advance(10);
  assert.deepEqual(rig.spawner.signals.at(-1), { pid, signal: 9, target: "group" });
  assert.deepEqual(rig.endings, []);
  empty(rig, pid);
  assert.deepEqual(rig.endings, [null]);
});

for (const [name, changes, Daemon] of [
  ["another daemon", {}, Rig],
  ["PID 1, of a program that is stopped alone,", { stopAsGroup: false }, PidOne],
] as const) {
  test(`a shutdown of ${name} waits for no group`, () => {
    const rig = shell(changes, Daemon);
    rig.supervisor.shutdown();
    rig.die("web:web", { signal: 15 });
    assert.deepEqual(rig.endings, [null]);
  });
}

test("as PID 1, a stop on request waits for no group", () => {
  const rig = shell();
  void rig.supervisor.stop(WEB, false);
  rig.die("web:web", { signal: 15 });
  assert.equal(rig.state("web:web"), "STOPPED");
});

test("in a run, a stop on request and a restart wait until the group is empty", async () => {
  const rig = shell({}, Run);
  const pid = rig.pid("web:web");
  const stopped = rig.supervisor.stop(WEB, true);
  rig.die("web:web", { signal: 15 });
  assert.equal(rig.state("web:web"), "STOPPING");
  empty(rig, pid);
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.equal((await stopped).ok, true);
});

test("in a run, a group of another user's processes is not waited for, and its program is started again", async () => {
  const rig = shell({ stopWaitSecs: 5 }, Run);
  const pid = rig.pid("web:web");
  void rig.supervisor.stop(WEB, false);
  rig.spawner.refuseKill = ({ target }) => (target === "group" ? "EPERM" : null);
  rig.die("web:web", { signal: 15 });
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.notEqual(pid, 0);
});

for (const [what, change] of [
  ["a group that ends unnoticed", (rig: Rig, pid: number) => rig.spawner.groups.delete(pid)],
  ["another group with the same number", (rig: Rig, pid: number) => rig.spawner.reused.add(pid)],
] as const) {
  test(`in a run, ${what} gets no signal after stopwaitsecs`, () => {
    const rig = shell({ stopWaitSecs: 5 }, Run);
    const pid = rig.pid("web:web");
    void rig.supervisor.stop(WEB, false);
    rig.die("web:web", { signal: 15 });
    change(rig, pid);
    const before = rig.spawner.signals.length;
    rig.advance(5100);
    assert.equal(rig.state("web:web"), "STOPPED");
    assert.equal(rig.spawner.signals.length, before);
  });
}

test("in a run, a start that is not ready in time waits for its group too", () => {
  const readyCheck = { kind: "tcp", host: "127.0.0.1", port: 80 } as const;
  const rig = shell({ readyCheck, readyTimeout: 1, stopWaitSecs: 5 }, Run);
  const pid = rig.pid("web:web");
  rig.advance(1100);
  rig.die("web:web", { signal: 15 });
  assert.equal(rig.state("web:web"), "STARTING");
  empty(rig, pid);
  assert.equal(rig.state("web:web"), "BACKOFF");
});

test("in a run, a program that exits by itself is down, whatever is left in its group", () => {
  const rig = shell({}, Run);
  rig.die("web:web", { exitCode: 0 });
  assert.notEqual(rig.state("web:web"), "RUNNING");
});

test("as PID 1, a reload waits for no group", async () => {
  const rig = shell();
  await rig.supervisor.restart();
  rig.die("web:web", { signal: 15 });
  assert.equal(rig.endings.length, 1);
});
