// Starting programs: every answer and every fault, what the launch contains, and starts that wait for the account of their
// user.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "../../../../src/core/base/places.ts";
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

test("a program to be run as another user is started as that user, or not at all", () => {
  const asUser = (prepare: (rig: Rig) => void) => {
    const rig = new Rig(group("web", [program({ uid: 33, user: "www" })]));
    prepare(rig);
    return rig.begin();
  };
  const user = {
    uid: 33,
    gid: 34,
    groups: [34, 50],
    entry: { name: "www", home: "/srv", shell: "" },
  };
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

test("a launch contains everything that exec needs", () => {
  const rig = web({
    command: '/bin/web -c "a b"',
    directory: "/srv",
    umask: 0o27,
    environment: { A: "1" },
    redirectStderr: true,
    nice: 7,
    memoryMax: 1000,
  });
  const { limits, ...launch } = rig.spawner.children.get(100)?.spec ?? {};
  assert.deepEqual([limits?.nice, limits?.memoryMax, limits?.cpus], [7, 1000, null]);
  assert.deepEqual(launch, {
    candidates: [{ path: "/bin/web", file: "/bin/web", shown: "/bin/web" }],
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
    passed: [],
    owner: { key: WEB, signal: 15, toGroup: false, killMode: null },
  });
  assert.equal(rig.descriptors.size, 2);
});

const USER = { uid: 33, gid: 33, groups: [33], entry: { name: "www", home: "/srv", shell: "" } };

/** Programs of a user whom the host has not told yet. */
function waiting(count: number): Rig {
  const programs = Array.from({ length: count }, (_, n) =>
    program({ name: `p${n}`, uid: 33, user: "www", startRetries: 0 }),
  );
  const rig = new Rig(group("g", programs));
  rig.host.users.set(33, USER);
  rig.host.holdsUsers = true;
  return rig.begin();
}

function answer(rig: Rig): void {
  for (const tell of rig.host.asked.splice(0)) tell();
}

test("a lookup that hangs is a failure of the host after five seconds, and uses up no retries", () => {
  const rig = waiting(1);
  assert.equal(rig.state("g:p0"), "STARTING");
  rig.advance(5000);
  assert.equal(rig.state("g:p0"), "BACKOFF");
  assert.match(
    rig.supervisor.info(key("g:p0"))?.spawnErr ?? "",
    /^'p0' took longer than 5 seconds to look up its user 33: ETIMEDOUT \(the host failed/,
  );
  assert.deepEqual(rig.host.asked, [], "who gave up waits no more");
  rig.host.holdsUsers = false;
  rig.advance(60_000);
  assert.equal(rig.state("g:p0"), "RUNNING");
});

test("a name service that fails is a failure of the host too", () => {
  const rig = new Rig(group("g", [program({ name: "p0", uid: 33, user: "www", startRetries: 0 })]));
  rig.host.users.set(33, { errno: "EIO" });
  rig.begin();
  assert.match(
    rig.supervisor.info(key("g:p0"))?.spawnErr ?? "",
    /^couldn't setuid to 33: EIO \(the host failed/,
  );
  rig.advance(5000);
  assert.equal(rig.state("g:p0"), "BACKOFF");
});

test("a stop ends the lookup, and its answer starts nothing", () => {
  const rig = waiting(1);
  const late = [...rig.host.asked];
  void rig.supervisor.stop(key("g:p0"), false);
  assert.equal(rig.state("g:p0"), "STOPPED");
  for (const tell of late) tell();
  rig.settle();
  assert.equal(rig.spawner.children.size, 0);
});

test("many that waited for one user are started in turns, a few at once", () => {
  const rig = waiting(20);
  rig.advance(100);
  assert.equal(rig.host.asked.length, 20);
  rig.spawner.holds = () => true;
  answer(rig);
  assert.equal(rig.spawner.children.size, 0, "not in the turn of the answer");
  rig.settle();
  const begun = rig.spawner.held.length;
  assert.ok(begun > 0 && begun <= 8, `${begun} at once`);
  rig.advance(100);
  assert.equal(rig.spawner.held.length, 20);
});

test("one that is given up while it waits for its turn is not started", () => {
  const rig = waiting(1);
  answer(rig);
  void rig.supervisor.stop(key("g:p0"), false);
  rig.settle();
  assert.equal(rig.spawner.children.size, 0);
});

/** Three processes of one section, of which one has a place, beside a program of its own; the first three starts hang. */
function crowded(): Rig {
  const copies = [0, 1, 2].map((n) =>
    program({ name: `p${n}`, programName: "p", command: "/bin/p", startRetries: 0 }),
  );
  const rig = new Rig(group("g", copies), group("web", [program({ startRetries: 0 })]));
  rig.spawner.places = new Places(2);
  rig.spawner.holds = ({ argv }) => argv[0] === "/bin/p";
  return rig.begin();
}

test("a start that finds no place waits without a limit, and delays no other program", () => {
  const rig = crowded();
  assert.equal(rig.spawner.held.length, 1);
  assert.notEqual(rig.pid("web:web"), 0);
  rig.advance(4999);
  // Each of them failed and left its place after five seconds of its own; none failed before it had one.
  rig.advance(1);
  assert.deepEqual(
    ["g:p0", "g:p1", "g:p2"].map((name) => rig.state(name)),
    ["BACKOFF", "STARTING", "STARTING"],
  );
  assert.equal(rig.spawner.held.length, 1);
  const waits = "waiting for other starts, of which too many hang";
  assert.equal(rig.supervisor.info(key("g:p2"))?.description, waits);
  rig.advance(10_000);
  assert.equal(rig.log().filter((line) => line.endsWith(`start of p2 is ${waits}`)).length, 1);
  rig.spawner.held[0]?.succeed();
  rig.settle();
  assert.notEqual(rig.pid("g:p1"), 0);
  assert.equal(rig.supervisor.info(key("g:p1"))?.spawnErr, "");
});

test("a start that waits for a place is stopped at once, and takes none", () => {
  const rig = crowded();
  void rig.supervisor.stop(key("g:p1"), false);
  assert.equal(rig.state("g:p1"), "STOPPED");
  rig.spawner.held[0]?.succeed();
  rig.settle();
  assert.deepEqual(
    rig.spawner.held.map(({ spec }) =>
      spec.env.find((one) => one.startsWith("SUPERVISOR_PROCESS")),
    ),
    ["SUPERVISOR_PROCESS_NAME=p2"],
  );
});

test("the limit of a start that does not wait passes once, also if its work begins a moment later", () => {
  const rig = new Rig(group("web", [program({ startRetries: 0 })]));
  rig.spawner.holds = () => true;
  // The clock goes on between the decision to start and the start.
  const { now } = rig.clock;
  let ahead = 0;
  rig.clock.now = () => {
    const { mono, wall } = now.call(rig.clock);
    return { mono: mono + ahead, wall };
  };
  rig.spawner.begun = () => {
    ahead = 0.5;
  };
  rig.begin();
  ahead = 0;
  rig.advance(5001);
  assert.equal(rig.state("web:web"), "BACKOFF");
});

test("a start that waits for a place does not begin while the daemon is being replaced", async () => {
  const rig = crowded();
  const suspended = rig.supervisor.upgrade.suspend(new AbortController().signal);
  await Promise.resolve();
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  rig.spawner.held[0]?.succeed();
  rig.settle();
  await suspended;
  assert.deepEqual([rig.spawner.held.length, rig.state("g:p1")], [0, "STARTING"]);
  rig.supervisor.upgrade.unsuspend();
  rig.settle();
  assert.equal(rig.spawner.held.length, 1);
});

test("the limit of a start that is held runs anew, however long an upgrade takes", async () => {
  const rig = crowded();
  void rig.supervisor.upgrade.suspend(new AbortController().signal);
  for (let turn = 0; turn < 3; turn += 1) rig.advance(5000);
  assert.equal(rig.state("g:p1"), "STARTING");
  rig.supervisor.upgrade.unsuspend();
  rig.spawner.held[0]?.succeed();
  rig.settle();
  assert.equal(rig.state("g:p1"), "STARTING");
  assert.equal(rig.spawner.held.length, 1);
});

test("a shutdown ends a start that an upgrade held", async () => {
  const rig = crowded();
  void rig.supervisor.upgrade.suspend(new AbortController().signal);
  rig.supervisor.shutdown();
  rig.supervisor.upgrade.unsuspend();
  rig.settle();
  assert.equal(rig.state("g:p1"), "STOPPED");
});
