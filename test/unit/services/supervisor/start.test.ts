// Starting programs: every answer and every fault.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { key, Rig, tick, Watched } from "./rig.ts";
import { running, start, WEB, web } from "./web-rig.ts";

test("begin adds every group, starts programs with autostart in order, and reports when all were requested", async () => {
  const manual = [program({ name: "m", autostart: false }), program({ name: "n" })];
  const rig = new Rig(group("a", undefined, 1), group("b", manual, 2));
  let told = false;
  const begun = rig.supervisor.begin().then(() => {
    told = true;
  });
  await tick();
  assert.equal(told, false);
  rig.settle();
  await begun;
  assert.deepEqual(
    [rig.state("a:a"), rig.state("b:m"), rig.state("b:n")],
    ["STARTING", "STOPPED", "STARTING"],
  );
  assert.deepEqual(
    rig.log().filter((line) => line.startsWith("INFO spawned")),
    ["INFO spawned: 'a' with pid 100", "INFO spawned: 'n' with pid 101"],
  );
  assert.deepEqual([...rig.logs.known.keys()], ["a:a", "b:m", "b:n"]);
});

test("start answers when the program was spawned, or with wait when it is RUNNING", async () => {
  const rig = web({ autostart: false, startSecs: 2 });
  assert.equal(await start(rig, false), "true");
  assert.equal(rig.state("web:web"), "STARTING");

  const other = web({ autostart: false, startSecs: 2 });
  const answer = new Watched(other.supervisor.start(WEB, true));
  other.advance(1999);
  await tick();
  assert.equal(answer.outcome, "pending");
  other.advance(1);
  await tick();
  assert.equal(answer.outcome, "true");
});

test("start without wait does not wait until a program with ready_check is ready", async () => {
  const readyCheck = { kind: "tcp", host: "127.0.0.1", port: 80 } as const;
  const rig = web({ autostart: false, readyCheck });
  const answer = new Watched(rig.supervisor.start(WEB, false));
  rig.settle();
  await tick();
  assert.equal(answer.outcome, "true");
  assert.equal(rig.state("web:web"), "STARTING");
});

test("start refuses a command that cannot be found or executed, before anything is spawned", async () => {
  const rig = web({ autostart: false });
  rig.host.files.clear();
  assert.equal(await start(rig, true), "NO_FILE: can't find command '/bin/web'");
  rig.host.files.set("/bin/web", { kind: "file", executable: false, permitted: false });
  assert.equal(await start(rig, true), "NOT_EXECUTABLE: command at '/bin/web' is not executable");
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.deepEqual(rig.log(), []);
});

test("start refuses a process that is starting or up", async () => {
  const rig = web();
  assert.equal(await start(rig, true), "ALREADY_STARTED: web");
  rig.advance(1000);
  assert.equal(await start(rig, true), "ALREADY_STARTED: web");
  const failing = web({ autostart: false });
  failing.spawner.refuse = () => ({ stage: "exec", errno: "ENOEXEC" });
  await start(failing, false);
  assert.equal(failing.state("web:web"), "BACKOFF");
  assert.equal(await start(failing, true), "ALREADY_STARTED: web");
});

test("start refuses a process that is STOPPING or UNKNOWN, and an unknown name (start-while-stopping)", async () => {
  const rig = running();
  void rig.supervisor.stop(WEB, false);
  rig.log();
  for (const wait of [true, false]) {
    assert.equal(await start(rig, wait), "ABNORMAL_TERMINATION: web");
  }
  assert.deepEqual(rig.log(), Array(2).fill("WARN process 'web' already running"));
  rig.spawner.refuseKill = () => "EPERM";
  rig.advance(10_000);
  assert.equal(rig.state("web:web"), "UNKNOWN");
  assert.equal(await start(rig, true), "FAILED: web is in an unknown process state");
  assert.equal(await start(rig, true, key("no:no")), "BAD_NAME: no:no");
});

test("start reports that the spawn failed, and info the reason", async () => {
  for (const wait of [true, false]) {
    const rig = web({ autostart: false });
    rig.spawner.refuse = () => ({ stage: "exec", errno: "ENOEXEC" });
    assert.equal(await start(rig, wait), "SPAWN_ERROR: web");
    assert.equal(rig.supervisor.info(WEB)?.spawnErr, "couldn't exec /bin/web: ENOEXEC");
    assert.equal(rig.supervisor.info(WEB)?.description, "couldn't exec /bin/web: ENOEXEC");
  }
});

test("start with wait reports an exit that comes too early", async () => {
  const rig = web({ autostart: false });
  const answer = new Watched(rig.supervisor.start(WEB, true));
  rig.settle().die("web:web", { exitCode: 1 });
  await tick();
  assert.equal(answer.outcome, "SPAWN_ERROR: web");
});

test("start with wait reports a stop by another client", async () => {
  const rig = web({ autostart: false });
  const answer = new Watched(rig.supervisor.start(WEB, true));
  rig.settle();
  void rig.supervisor.stop(WEB, false);
  await tick();
  assert.equal(answer.outcome, "ABNORMAL_TERMINATION: web");
});
