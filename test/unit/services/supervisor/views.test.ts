// Views of groups and processes for clients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { key, Rig } from "./rig.ts";
import { WEB, web } from "./web-rig.ts";

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

test("info returns the fields of a process, times in seconds since 1970", () => {
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

test("a report contains the time of SIGKILL for a process that does not stop", async () => {
  const rig = web();
  rig.advance(2000);
  assert.equal(rig.supervisor.report(WEB)?.nextKill, null);
  void rig.supervisor.stop(WEB, true);
  rig.advance(4000);
  const report = rig.supervisor.report(WEB);
  assert.deepEqual([report?.state, report?.nextKill, report?.nextStart], ["STOPPING", 6000, null]);
});
