// The commands of supervision: every answer and every fault.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { faultText } from "../../../../src/core/xmlrpc/faults.ts";
import { group, program } from "../../core/process/samples.ts";
import { answerText, badConfig, key, Rig, tick, Watched } from "./rig.ts";

const WEB = key("web:web");

function web(changes: Partial<ProcessConfig> = {}): Rig {
  return new Rig(group("web", [program(changes)])).begin();
}

/** A running process `web:web`. */
function running(changes: Partial<ProcessConfig> = {}): Rig {
  return web({ startSecs: 0, ...changes });
}

async function start(rig: Rig, wait: boolean, name = WEB): Promise<string> {
  const answer = rig.supervisor.start(name, wait);
  rig.settle();
  return answerText(await answer);
}

test("begin adds every group, starts what has autostart in order, and tells when all was told", async () => {
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

test("start without startsecs is up at once", async () => {
  const rig = web({ autostart: false, startSecs: 0 });
  assert.equal(await start(rig, true), "true");
});

test("start refuses what cannot be found or executed, before anything is spawned", async () => {
  const rig = web({ autostart: false });
  rig.host.files.clear();
  assert.equal(await start(rig, true), "NO_FILE: can't find command '/bin/web'");
  rig.host.files.set("/bin/web", { kind: "file", executable: false, permitted: false });
  assert.equal(await start(rig, true), "NOT_EXECUTABLE: command at '/bin/web' is not executable");
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.deepEqual(rig.log(), []);
});

test("start refuses what is on its way or up", async () => {
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

test("start refuses what is STOPPING or UNKNOWN, and what nobody knows (start-while-stopping)", async () => {
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

test("start tells that the spawn failed, and info tells why", async () => {
  for (const wait of [true, false]) {
    const rig = web({ autostart: false });
    rig.spawner.refuse = () => ({ stage: "exec", errno: "ENOEXEC" });
    assert.equal(await start(rig, wait), "SPAWN_ERROR: web");
    assert.equal(rig.supervisor.info(WEB)?.spawnErr, "couldn't exec /bin/web: ENOEXEC");
    assert.equal(rig.supervisor.info(WEB)?.description, "couldn't exec /bin/web: ENOEXEC");
  }
});

test("start with wait tells of a death that comes too early", async () => {
  const rig = web({ autostart: false });
  const answer = new Watched(rig.supervisor.start(WEB, true));
  rig.settle().die("web:web", { exitCode: 1 });
  await tick();
  assert.equal(answer.outcome, "SPAWN_ERROR: web");
});

test("start with wait tells when somebody else stops the process meanwhile", async () => {
  const rig = web({ autostart: false });
  const answer = new Watched(rig.supervisor.start(WEB, true));
  rig.settle();
  void rig.supervisor.stop(WEB, false);
  await tick();
  assert.equal(answer.outcome, "ABNORMAL_TERMINATION: web");
});

test("stop answers when the process was told, or with wait when it is down", async () => {
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

test("stop in BACKOFF is done at once, and nothing is tried again", async () => {
  const rig = web({ autostart: false });
  rig.spawner.refuse = () => ({ stage: "exec", errno: "ENOEXEC" });
  await start(rig, false);
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), "true");
  rig.advance(60_000);
  assert.equal(rig.state("web:web"), "STOPPED");
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

test("stop before a start had its turn is not lost, and the start says so (stop-pending-start)", async () => {
  const rig = web({ autostart: false });
  const started = new Watched(rig.supervisor.start(WEB, true));
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), "true");
  rig.settle();
  await tick();
  assert.equal(started.outcome, "ABNORMAL_TERMINATION: web");
  assert.equal(rig.state("web:web"), "STOPPED");
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), "NOT_RUNNING: web");
});

test("stop refuses what is down or being stopped, and what nobody knows", async () => {
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

test("a stop that the kernel refuses has failed, and says so in one line (kill-error-line)", async () => {
  const rig = running();
  rig.spawner.refuseKill = () => "EPERM";
  const text = "unknown problem killing web (100): kill(2) failed with EPERM";
  assert.equal(answerText(await rig.supervisor.stop(WEB, true)), `FAILED: ${text}`);
  assert.equal(rig.state("web:web"), "UNKNOWN");
  assert.ok(rig.log().includes(`CRIT ${text}`));
});

test("a waiting stop whose SIGKILL the kernel refuses has failed too (stop-refused)", async () => {
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

test("a stop whose process is gone already waits for its death", async () => {
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

test("a stop escalates by itself", () => {
  const rig = running({ stopWaitSecs: 3 });
  void rig.supervisor.stop(WEB, false);
  rig.advance(2999);
  assert.deepEqual(
    rig.spawner.signals.map((s) => s.signal),
    [15],
  );
  rig.advance(1);
  assert.deepEqual(
    rig.spawner.signals.map((s) => s.signal),
    [15, 9],
  );
  rig.advance(3000);
  assert.deepEqual(
    rig.spawner.signals.map((s) => s.signal),
    [15, 9, 9],
  );
});

test("signal reaches the process alone, whatever stopasgroup says", () => {
  const rig = running({ stopAsGroup: true, killAsGroup: true });
  rig.log();
  assert.equal(answerText(rig.supervisor.signal(WEB, 10)), "true");
  assert.deepEqual(rig.spawner.signals, [{ pid: 100, signal: 10, target: "process" }]);
  assert.deepEqual(rig.log(), ["DEBG sending web (pid 100) sig SIGUSR1"]);
});

test("signal reaches a process that is STARTING or STOPPING", () => {
  const rig = web({ startSecs: 60 });
  assert.equal(answerText(rig.supervisor.signal(WEB, 1)), "true");
  void rig.supervisor.stop(WEB, false);
  assert.equal(answerText(rig.supervisor.signal(WEB, 9)), "true");
});

test("signal refuses what does not live, what the kernel refuses (signal-failure) and what nobody knows", () => {
  const rig = web({ autostart: false });
  rig.log();
  assert.equal(answerText(rig.supervisor.signal(WEB, 1)), "NOT_RUNNING: web");
  assert.deepEqual(rig.log(), ["DEBG attempted to send web sig SIGHUP but it wasn't running"]);
  assert.equal(answerText(rig.supervisor.signal(key("no:no"), 1)), "BAD_NAME: no:no");

  const up = running();
  up.spawner.refuseKill = () => "EPERM";
  const text = "unknown problem sending sig web (100): kill(2) failed with EPERM";
  assert.equal(answerText(up.supervisor.signal(WEB, 1)), `FAILED: ${text}`);
  assert.equal(up.state("web:web"), "RUNNING", "a refused signal says nothing about the process");
  up.spawner.refuseKill = () => "ESRCH";
  assert.equal(answerText(up.supervisor.signal(WEB, 1)), "true");
});

test("stdin takes bytes while the program is up, and a megabyte that it does not read (stdin-full)", () => {
  const rig = running();
  const write = () => answerText(rig.supervisor.writeStdin(WEB, new TextEncoder().encode("hi")));
  assert.equal(write(), "true");
  assert.equal([...rig.pipes.written.values()].join(), "hi");
  rig.pipes.room = 0;
  assert.equal(answerText(rig.supervisor.writeStdin(WEB, new Uint8Array(1024 * 1024))), "true");
  assert.equal(write(), "FAILED: web does not read its stdin: 1 MB is waiting already");

  const closed = running();
  closed.pipes.readerGone = true;
  assert.equal(answerText(closed.supervisor.writeStdin(WEB, new Uint8Array(1))), "NO_FILE: web");
  void closed.supervisor.stop(WEB, false);
  assert.equal(
    answerText(closed.supervisor.writeStdin(WEB, new Uint8Array(1))),
    "NOT_RUNNING: web",
  );
  assert.equal(
    answerText(closed.supervisor.writeStdin(key("a:b"), new Uint8Array(1))),
    "BAD_NAME: a:b",
  );
});

test("the pipes of a dead program are closed, and every descriptor is struck off", () => {
  const rig = running();
  assert.deepEqual(
    [...rig.descriptors.entries().values()].map((e) => `${e.role} ${e.owner}`),
    ["stdin web:web", "stdout web:web", "stderr web:web"],
  );
  rig.die("web:web");
  assert.equal(rig.descriptors.entries().size, 0);
  assert.equal(rig.pipes.isClosed(10), true);
  assert.equal(rig.logs.attached.size, 0);
});

test("a group is added from the configuration as last read, and its autostart is done", () => {
  const rig = web();
  assert.equal(answerText(rig.supervisor.addGroup("web")), "ALREADY_ADDED: web");
  assert.equal(answerText(rig.supervisor.addGroup("new")), "BAD_NAME: new");
  rig.rewrite(group("web"), group("new"));
  assert.equal(answerText(rig.supervisor.addGroup("new")), "BAD_NAME: new", "not read yet");
  assert.deepEqual(rig.supervisor.reread(), {
    ok: true,
    value: { added: ["new"], changed: [], removed: [] },
  });
  assert.equal(answerText(rig.supervisor.addGroup("new")), "true");
  rig.settle();
  assert.equal(rig.state("new:new"), "STARTING");
});

test("a group is removed only when all of it is down", async () => {
  const rig = web();
  assert.equal(answerText(rig.supervisor.removeGroup("no")), "BAD_NAME: no");
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "STILL_RUNNING: web");
  void rig.supervisor.stop(WEB, false);
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "STILL_RUNNING: web");
  rig.die("web:web");
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "true");
  assert.equal(rig.supervisor.group("web"), null);
  assert.equal(rig.logs.known.size, 0);
  assert.equal(await start(rig, true), "BAD_NAME: web:web");
});

test("a group that is removed while its restart is due is not restarted", () => {
  const rig = running({ autorestart: "always" });
  rig.die("web:web");
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "true");
  rig.advance(60_000);
  assert.deepEqual(rig.spawner.livePids(), []);
});

test("a process that could not be killed does not haunt the next of its name (removed-unknown)", () => {
  const rig = running();
  const stray = rig.pid("web:web");
  rig.spawner.refuseKill = () => "EPERM";
  void rig.supervisor.stop(WEB, false);
  assert.equal(answerText(rig.supervisor.removeGroup("web")), "true");
  assert.equal(rig.descriptors.entries().size, 0);
  assert.equal(answerText(rig.supervisor.addGroup("web")), "true");
  rig.settle();
  const next = rig.pid("web:web");
  assert.notEqual(next, stray);
  rig.spawner.die(stray);
  rig.log();
  rig.supervisor.childrenDied();
  assert.deepEqual(rig.log(), [`INFO reaped unknown pid ${stray} (exit status 0)`]);
  assert.equal(rig.state("web:web"), "RUNNING");
  assert.equal(rig.logs.attached.get(WEB), next);
  assert.equal(rig.descriptors.entries().size, 3);
});

test("reread compares and touches nothing; a bad configuration is a fault and is not taken over", () => {
  const rig = web();
  const before = rig.supervisor.config();
  rig.nextConfig = badConfig("no such section");
  const bad = rig.supervisor.reread();
  assert.equal(bad.ok ? "ok" : faultText(bad.error), "CANT_REREAD: no such section");
  assert.equal(rig.supervisor.config(), before);

  rig.rewrite(group("web", [program({ command: "/bin/other" })]), group("new"));
  assert.deepEqual(rig.supervisor.reread(), {
    ok: true,
    value: { added: ["new"], changed: ["web"], removed: [] },
  });
  rig.rewrite();
  assert.deepEqual(rig.supervisor.reread(), {
    ok: true,
    value: { added: [], changed: [], removed: ["web"] },
  });
  assert.equal(rig.state("web:web"), "STARTING");
});

test("shutdown stops all and ends once; nothing is started meanwhile", async () => {
  const rig = running({ autorestart: "always" });
  rig.supervisor.shutdown();
  assert.equal(rig.supervisor.state(), "SHUTDOWN");
  assert.equal(await start(rig, true), "SHUTDOWN_STATE");
  assert.deepEqual(rig.endings, []);
  rig.supervisor.shutdown();
  rig.die("web:web");
  assert.deepEqual(rig.endings, [null]);
  rig.advance(60_000);
  assert.deepEqual(rig.spawner.livePids(), []);
  assert.equal(rig.endings.length, 1);
});

test("shutdown says who is awaited, every three seconds, without a tick for anything else", () => {
  const rig = running({ stopWaitSecs: 8 });
  rig.supervisor.shutdown();
  rig.log();
  rig.advance(7000);
  assert.deepEqual(rig.log(), Array(2).fill("INFO waiting for web to die"));
  rig.die("web:web");
  assert.equal(rig.clock.alarmAt, null);
});

test("shutdown answers those who wait for a start or a stop", async () => {
  const rig = new Rig(
    group("a", [program({ name: "a", autostart: false, startSecs: 60 })]),
    group("web", [program({ startSecs: 0 })]),
  ).begin();
  const starting = new Watched(rig.supervisor.start(key("a:a"), true));
  const stopping = new Watched(rig.supervisor.stop(WEB, true));
  rig.settle();
  rig.supervisor.shutdown();
  rig.die("web:web").die("a:a");
  await tick();
  assert.equal(starting.outcome, "ABNORMAL_TERMINATION: a");
  assert.equal(stopping.outcome, "true");
});

test("restart checks the new configuration first: a bad one changes nothing", () => {
  const rig = running();
  rig.nextConfig = badConfig("no such section");
  rig.log();
  assert.equal(answerText(rig.supervisor.restart()), "CANT_REREAD: no such section");
  assert.equal(rig.supervisor.state(), "RUNNING");
  assert.deepEqual(rig.log(), [
    "CRIT not restarting, the new configuration has an error: no such section",
  ]);
});

test("restart stops all and hands on the configuration that was checked", () => {
  const rig = running();
  rig.rewrite(group("new"));
  assert.equal(answerText(rig.supervisor.restart()), "true");
  assert.equal(rig.supervisor.state(), "RESTARTING");
  rig.die("web:web");
  assert.equal(rig.endings.length, 1);
  assert.deepEqual(
    rig.endings[0]?.groups.map((g) => g.name),
    ["new"],
  );
});

test("a shutdown during a restart wins", () => {
  const rig = running();
  rig.supervisor.restart();
  rig.supervisor.shutdown();
  rig.die("web:web");
  assert.deepEqual(rig.endings, [null]);
});

test("a restart during a shutdown loses", () => {
  const rig = running();
  rig.supervisor.shutdown();
  rig.supervisor.restart();
  rig.die("web:web");
  assert.deepEqual(rig.endings, [null]);
});

test("groups are shown by priority and name, with their processes as defined", () => {
  const rig = new Rig(
    group("b", undefined, 5),
    group("a", [program({ name: "y" }), program({ name: "x" })], 5),
    group("c", undefined, 1),
  ).begin();
  assert.deepEqual(
    rig.supervisor
      .groups()
      .map((g) => `${g.config.name}: ${g.processes.map((p) => p.config.name)}`),
    ["c: c", "a: y,x", "b: b"],
  );
  assert.equal(rig.supervisor.group("no"), null);
  assert.equal(rig.supervisor.process("a", "no"), null);
  assert.equal(rig.supervisor.info(key("a:no")), null);
  assert.equal(rig.supervisor.identifier(), "supervisor");
});

test("info tells everything of a process in epoch seconds", () => {
  const rig = web({ autorestart: "never" });
  rig.advance(62_000);
  assert.deepEqual(rig.supervisor.info(WEB), {
    name: "web",
    group: "web",
    start: 1_795_248_720,
    stop: 0,
    now: 1_795_248_782,
    state: "RUNNING",
    spawnErr: "",
    exitStatus: 0,
    stdoutLogfile: "",
    stderrLogfile: "",
    pid: 100,
    description: "pid 100, uptime 0:01:02",
  });
  rig.die("web:web", { exitCode: 3 });
  const dead = rig.supervisor.info(WEB);
  assert.equal(dead?.exitStatus, 3);
  assert.equal(dead?.stop, 1_795_248_782);
  assert.equal(dead?.spawnErr, "Bad exit code 3");
  assert.equal(dead?.pid, 0);
});

test("the wall clock may jump without changing uptime or deadlines (monotonic-time)", () => {
  const rig = web();
  rig.clock.shiftWall(-5_000_000);
  rig.advance(1000);
  assert.equal(rig.supervisor.info(WEB)?.description, "pid 100, uptime 0:00:01");
});

test("a program to be run as another user is started as that user, or not at all", () => {
  const asUser = (prepare: (rig: Rig) => void) => {
    const rig = new Rig(group("web", [program({ uid: 33, user: "www" })]));
    prepare(rig);
    return rig.begin();
  };
  const user = { uid: 33, gid: 34, groups: [34, 50] };
  const started = asUser((rig) => rig.host.users.set(33, user));
  assert.deepEqual(started.spawner.children.get(100)?.spec.user, user);
  const own = asUser((rig) => {
    rig.host.ownUid = 33;
  });
  assert.equal(own.spawner.children.get(100)?.spec.user, null);
  const unknown = asUser(() => {});
  assert.equal(unknown.supervisor.info(WEB)?.spawnErr, "couldn't setuid to 33: Can't find uid 33");
  const poor = asUser((rig) => {
    rig.host.ownUid = 1000;
  });
  assert.equal(
    poor.supervisor.info(WEB)?.spawnErr,
    "couldn't setuid to 33: Can't drop privilege as nonroot user",
  );
});

test("a launch holds everything that exec needs", () => {
  const rig = web({
    command: '/bin/web -c "a b"',
    directory: "/srv",
    umask: 0o27,
    environment: { A: "1" },
    redirectStderr: true,
  });
  assert.deepEqual(rig.spawner.children.get(100)?.spec, {
    file: "/bin/web",
    argv: ["/bin/web", "-c", "a b"],
    env: [
      "SUPERVISOR_ENABLED=1",
      "SUPERVISOR_PROCESS_NAME=web",
      "SUPERVISOR_GROUP_NAME=web",
      "A=1",
    ],
    cwd: "/srv",
    umask: 0o27,
    user: null,
    softFileLimit: 1024,
    redirectStderr: true,
    stdinFd: null,
    tty: false,
  });
  assert.equal(rig.descriptors.entries().size, 2);
});
