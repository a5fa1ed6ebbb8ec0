// SOCK-009 on hosts in memory: a daemon on its way down is waited for.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SHUTTING_DOWN } from "../../../../../src/doctor/checks/socket/not-running.ts";
import type { ProgramStatus } from "../../../../../src/doctor/facts/situation.ts";
import { answer, CONFIG, host, lookAt, one, PID, repair, UP, withDaemon } from "./rig.ts";

const program = (name: string, pid: number): ProgramStatus => ({
  group: name,
  name,
  state: pid > 0 ? "STOPPING" : "STOPPED",
  pid,
  exitStatus: 0,
  spawnError: "",
  start: 0,
  stop: 0,
  now: 0,
  description: "",
  stdoutLog: "",
  stderrLog: "",
});

const DOWN = {
  ...UP,
  servers: [answer("answers", { stateName: "SHUTDOWN" })],
  programs: [program("slow", 31), program("gone", 0)],
};

describe("SOCK-009", () => {
  test("is waited for as long as the programs may take, and nothing is killed", () => {
    const text = `${CONFIG}[program:slow]\ncommand=/bin/x\nstopwaitsecs=40\n[program:gone]\ncommand=/bin/x\n`;
    const on = withDaemon(host());
    const finding = one(lookAt(SHUTTING_DOWN, on, text, DOWN));
    assert.equal(finding.severity, "warning");
    assert.match(finding.evidence.join(), /it waits for slow:slow \(pid 31\)$/);
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(repair(on, finding), [{ kind: "ended", pid: PID, timeoutSeconds: 50 }]);
  });

  test("no repair waits longer than two minutes", () => {
    const text = `${CONFIG}[program:slow]\ncommand=/bin/x\nstopwaitsecs=4000\n`;
    const [step] = one(lookAt(SHUTTING_DOWN, withDaemon(host()), text, DOWN)).repair.steps;
    assert.deepEqual(step?.step, { kind: "ended", pid: PID, timeoutSeconds: 120 });
  });

  test("is silent about a daemon that runs or starts over, and without one", () => {
    const restarting = { ...UP, servers: [answer("answers", { stateName: "RESTARTING" })] };
    for (const parts of [UP, restarting, {}, { servers: DOWN.servers }]) {
      assert.deepEqual(lookAt(SHUTTING_DOWN, withDaemon(host()), CONFIG, parts), []);
    }
  });
});
