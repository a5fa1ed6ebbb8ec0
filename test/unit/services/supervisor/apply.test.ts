// Applied changes: what is waited for, and what is answered about a process that is being stopped.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { tick } from "./rig.ts";
import { running, WEB } from "./web-rig.ts";

/** What applying another command comes to, once the process has exited. */
async function applied(rig: ReturnType<typeof running>): Promise<string> {
  rig.rewrite(group("web", [program({ command: "/bin/other", startSecs: 0 })]));
  let outcome = "pending";
  void rig.supervisor.apply([]).then((answer) => {
    outcome = answer.ok ? answer.value.map((each) => each.outcome).join() : "refused";
  });
  for (let turn = 0; turn < 3; turn += 1) await tick();
  assert.equal(outcome, "pending");
  rig.die("web:web", { exitCode: 0 });
  await tick();
  rig.settle();
  await tick();
  return outcome;
}

test("a process that runs is started by its new definition", async () => {
  assert.equal(await applied(running()), "up");
});

test("a process that is being stopped stays down, which is known when it is down", async () => {
  const rig = running();
  void rig.supervisor.stop(WEB, false);
  assert.equal(await applied(rig), "down");
  assert.equal(rig.supervisor.stateOf(WEB), "STOPPED");
});

const SOCKET = {
  name: null,
  url: "tcp://h:1",
  address: { kind: "tcp", host: "h", port: 1 },
} as const;

/** Applies, while the disks do not answer, another command with a socket, and then `next` without one. */
async function applyTwice(rig: ReturnType<typeof running>): Promise<void> {
  const changes = { startSecs: 0, stopSignal: 9 };
  rig.sockets.isStalled = true;
  rig.rewrite(group("web", [program({ ...changes, command: "/bin/first", sockets: [SOCKET] })]));
  void rig.supervisor.apply([]);
  await tick();
  rig.rewrite(group("web", [program({ ...changes, command: "/bin/last" })]));
  void rig.supervisor.apply([]);
  await tick();
  rig.sockets.release();
  for (let turn = 0; turn < 5; turn += 1) await tick();
}

test("a change that waits for a disk is made before that of a later reading", async () => {
  const rig = running();
  await applyTwice(rig);
  rig.die("web:web", { exitCode: 0 });
  assert.equal(rig.supervisor.process("web", "web")?.config.command, "/bin/last");
  assert.deepEqual([...rig.sockets.live.values()], []);
});

test("an upgrade waits for a change that has read the files", async () => {
  const rig = running();
  rig.sockets.isStalled = true;
  rig.rewrite(group("web", [program({ startSecs: 0, sockets: [SOCKET] })]));
  void rig.supervisor.apply([]);
  await tick();
  assert.equal(rig.supervisor.upgrade.isQuiet, false);
  rig.sockets.release();
  for (let turn = 0; turn < 3; turn += 1) await tick();
  assert.equal(rig.supervisor.upgrade.isQuiet, true);
});

test("the socket of a change that is undone, before its process has exited, is closed", async () => {
  const rig = running();
  const changed = { startSecs: 0, sockets: [SOCKET] };
  rig.rewrite(group("web", [program(changed)]));
  void rig.supervisor.apply([]);
  await tick();
  await tick();
  assert.deepEqual([...rig.sockets.live.values()], [SOCKET.url]);
  void rig.supervisor.rollBack();
  await tick();
  rig.die("web:web", { signal: 15 });
  assert.deepEqual([...rig.sockets.live.values()], []);
});

test("the socket of a change that another one replaces, before its process has exited, is closed", async () => {
  const rig = running();
  const other = { ...SOCKET, url: "tcp://h:2" };
  for (const socket of [SOCKET, other]) {
    rig.rewrite(group("web", [program({ startSecs: 0, sockets: [socket] })]));
    void rig.supervisor.apply([]);
    await tick();
    await tick();
    assert.equal(rig.state("web:web"), "STOPPING");
    assert.deepEqual([...rig.sockets.live.values()], [socket.url]);
  }
});

test("the end of a change closes no socket that the next one has opened for the same process", async () => {
  const rig = running();
  rig.rewrite();
  void rig.supervisor.apply([]);
  await tick();
  const [one, two] = ["one", "two"].map((name) =>
    group(name, [
      program({ name, startSecs: 0, sockets: [{ ...SOCKET, url: `unix:///${name}` }] }),
    ]),
  );
  assert.ok(one && two);
  rig.rewrite(group("web", [program({ startSecs: 0, sockets: [SOCKET] })]), one, two);
  rig.sockets.isStalled = true;
  const outcomes = rig.supervisor.apply([]);
  for (let turn = 0; turn < 5; turn += 1) await tick();
  rig.die("web:web", { signal: 15 });
  assert.equal(rig.supervisor.process("web", "web"), null);
  rig.sockets.release();
  for (let turn = 0; turn < 5; turn += 1) await tick();
  rig.settle();
  const applied = await outcomes;
  assert.deepEqual(applied.ok ? applied.value.map(({ outcome }) => outcome) : null, [
    ...["up", "up", "up"],
  ]);
  assert.equal(rig.sockets.opened, 3);
});

test("a change of a process that cannot be killed is answered", async () => {
  const rig = running();
  rig.spawner.refuseKill = () => "EPERM";
  rig.rewrite(group("web", [program({ command: "/bin/other", startSecs: 0 })]));
  const applied = await rig.supervisor.apply([]);
  assert.deepEqual(applied.ok ? applied.value.map(({ outcome }) => outcome) : null, ["failed"]);
  assert.equal(rig.state("web:web"), "UNKNOWN");
});
