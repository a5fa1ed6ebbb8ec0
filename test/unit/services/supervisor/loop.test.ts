// The loop: the order of inputs, the longest delay of I/O, and the effects of an error.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { key, Rig, tick, Watched } from "./rig.ts";
import { WEB } from "./web-rig.ts";

test("a program that died before its startsecs were over is never declared RUNNING (false-running)", () => {
  const rig = new Rig(group("web")).begin();
  rig.clock.pass(900);
  rig.spawner.die(rig.pid("web:web"), { exitCode: 1 });
  // The notice of the death is late: the alarm rings first.
  rig.clock.pass(99);
  rig.log();
  rig.advance(1);
  assert.deepEqual(
    rig.log().filter((line) => line.includes("success")),
    [],
  );
  assert.notEqual(rig.state("web:web"), "RUNNING");
});

test("a death is seen before a deadline also when a slice of work notices the deadline", async () => {
  const rig = new Rig(
    group("web"),
    group("other", [program({ name: "other", autostart: false })]),
  ).begin();
  rig.clock.pass(999);
  rig.spawner.die(rig.pid("web:web"), { exitCode: 1 });
  rig.clock.pass(1);
  void rig.supervisor.start(key("other:other"), false);
  rig.log();
  rig.settle();
  assert.deepEqual(
    rig.log().filter((line) => line.includes("success: web")),
    [],
  );
});

test("the alarm is armed for the earliest deadline, and disarmed when there is none (event-driven)", () => {
  const rig = new Rig(
    group("a", [program({ name: "a", startSecs: 5 })]),
    group("b", [program({ name: "b", startSecs: 3 })]),
  ).begin();
  const start = rig.clock.now().mono;
  assert.equal(rig.clock.alarmAt, start + 3000);
  rig.advance(3000);
  assert.equal(rig.clock.alarmAt, start + 5000);
  rig.advance(2000);
  assert.equal(rig.clock.alarmAt, null);
});

test("starts are done in slices: after ten milliseconds of spawning I/O has its turn (spawn-slices)", () => {
  const programs = Array.from({ length: 20 }, (_, n) =>
    program({ name: `p${n}`, command: "/bin/p" }),
  );
  const rig = new Rig(group("all", programs));
  rig.spawner.spawned = () => rig.clock.pass(3);
  void rig.supervisor.begin();
  rig.work.runOnce();
  const first = rig.spawner.children.size;
  assert.ok(first >= 3 && first <= 6, `${first} spawned in the first slice`);
  assert.equal(rig.work.isEmpty, false);
  rig.settle();
  assert.equal(rig.spawner.children.size, 20);
});

test("deadlines come before waiting starts", () => {
  const programs = Array.from({ length: 10 }, (_, n) =>
    program({ name: `p${n}`, command: "/bin/p" }),
  );
  const rig = new Rig(group("web"), group("zzz", programs));
  rig.spawner.spawned = () => rig.clock.pass(400);
  void rig.supervisor.begin();
  for (let n = 0; n < 4; n += 1) rig.work.runOnce();
  assert.equal(
    rig.state("web:web"),
    "RUNNING",
    "its startsecs were over while others were started",
  );
});

test("an error in one effect is logged and leaves the others", () => {
  const rig = new Rig(group("web")).begin();
  rig.advance(1000);
  const { pid } = { pid: rig.pid("web:web") };
  rig.logs.detach = () => {
    throw new Error("detach broke");
  };
  rig.log();
  rig.spawner.die(pid, { exitCode: 0 });
  rig.supervisor.childrenDied();
  assert.equal(rig.state("web:web"), "EXITED");
  const lines = rig.log();
  assert.match(lines[0] ?? "", /^CRIT internal error .*release.*: Error: detach broke/s);
  assert.equal(lines[1], "INFO exited: web (exit status 0; expected)");
});

test("an error while spawning is a failed start with its reason, not a process without a pid", async () => {
  const rig = new Rig(group("web", [program({ startSecs: 0 })]));
  rig.spawner.refuse = () => {
    throw new TypeError("env holds a NUL");
  };
  rig.begin();
  assert.equal(rig.state("web:web"), "BACKOFF");
  assert.match(rig.supervisor.info(WEB)?.spawnErr ?? "", /env holds a NUL/);
  assert.equal(rig.spawner.children.size, 0);
});

test("a program whose logs cannot be attached is supervised all the same", () => {
  const rig = new Rig(group("web", [program({ startSecs: 0 })]));
  rig.logs.refuseAttach = true;
  rig.begin();
  assert.equal(rig.state("web:web"), "RUNNING");
  assert.deepEqual(rig.spawner.livePids(), [rig.pid("web:web")]);
  assert.ok(rig.log().some((line) => /^CRIT .*web.*no room for logs/s.test(line)));
  rig.die("web:web");
  assert.equal(rig.state("web:web"), "EXITED");
  assert.equal(rig.descriptors.size, 0);
});

test("an error in one start does not keep the others waiting", async () => {
  const changes = { name: "bad", command: "/bin/bad", autostart: false };
  const rig = new Rig(group("bad", [program(changes)]), group("web"));
  const look = rig.spawner.find.bind(rig.spawner);
  rig.spawner.find = (command, claim, told) => {
    if (command.candidates[0]?.path === "/bin/bad") throw new Error("stat broke");
    look(command, claim, told);
  };
  void rig.supervisor.begin();
  const bad = new Watched(rig.supervisor.start(key("bad:bad"), false));
  const web = new Watched(rig.supervisor.start(WEB, false));
  rig.settle();
  await tick();
  assert.ok(rig.log().some((line) => /^CRIT internal error while finding.*stat broke/s.test(line)));
  assert.equal(bad.outcome, "true", "whether the file can be executed is seen when it is");
  assert.equal(web.outcome, "ALREADY_STARTED: web");
  assert.equal(rig.state("web:web"), "STARTING");
});

test("work that is queued from inside a turn is done without waiting for the next event", () => {
  const rig = new Rig(
    group("web"),
    group("next", [program({ name: "next", autostart: false })]),
  ).begin();
  rig.advance(1000);
  const log = rig.activity.log.bind(rig.activity);
  rig.activity.log = (level, text) => {
    log(level, text);
    // Log lines are written in the middle of a turn.
    if (String(text).startsWith("killing web")) void rig.supervisor.start(key("next:next"), false);
  };
  void rig.supervisor.stop(WEB, false);
  rig.settle();
  assert.equal(rig.state("next:next"), "STARTING");
});

test("a limit that a program has reached is in the log, before its exit, and in the record of its run (cgroup-limits)", () => {
  const rig = new Rig(group("web")).begin();
  rig.advance(1000);
  rig.log();
  rig.die("web:web", { exitCode: 1, reached: { pids_max: 1 } });
  const lines = rig.log();
  assert.match(lines[0] ?? "", /limit of web: pids_max was reached once$/);
  assert.match(lines[1] ?? "", /exited: web/);
  const runs = rig.supervisor.report(key("web:web"))?.runs;
  assert.deepEqual(runs?.ended.at(-1)?.reached, ["pids_max was reached once"]);
  assert.deepEqual(runs?.limits, { pids_max: 1 });
});
