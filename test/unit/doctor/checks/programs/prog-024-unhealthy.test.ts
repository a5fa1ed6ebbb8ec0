// PROG-024 on hosts in memory: programs whose health check fails.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HealthReport } from "../../../../../src/core/process/describe.ts";
import { UNHEALTHY_PROGRAM } from "../../../../../src/doctor/checks/programs/health.ts";
import { config, history, host, look, one, run, status } from "./rig.ts";

const FAILED = "unhealthy: connection refused (3 of 3)";
const HEALTH: HealthReport = {
  ...{ state: "unknown", check: "http://127.0.0.1:8000/", lastResult: "", failures: 0, retries: 3 },
  action: "restart",
};

const check = (changes = {}, told = {}, key = "health_check=http://127.0.0.1:8000/") =>
  look(UNHEALTHY_PROGRAM, host(), config("command=/bin/cat", key), {
    programs: [status(changes)],
    histories: [history([run({ ending: "stopped", reason: FAILED })], { health: HEALTH, ...told })],
  });

describe("PROG-024", () => {
  test("an unhealthy program says what came back, and how to ask it by hand", () => {
    const finding = one(check({ description: FAILED }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.symptom, "RUNNING unhealthy: connection refused (3 of 3)");
    assert.equal(finding.repair.commands[0], "curl -sv -o /dev/null 'http://127.0.0.1:8000/'");
    assert.equal(finding.place?.key, "health_check");
  });

  test("so do one that waits for another try, and one that was given up", () => {
    assert.equal(one(check({ state: "BACKOFF", spawnError: FAILED })).severity, "warning");
    assert.equal(one(check({ state: "FATAL", spawnError: FAILED })).severity, "error");
  });

  test("one that was just restarted is not known to be better", () => {
    assert.equal(one(check()).symptom, "RUNNING unhealthy: connection refused (3 of 3)");
  });

  test("one that is healthy again, and one without a check, are not reported", () => {
    assert.deepEqual(check({}, { health: { ...HEALTH, state: "healthy" } }), []);
    assert.deepEqual(check({ description: FAILED }, {}, "autostart=true"), []);
    assert.deepEqual(check({}, { runs: [run({ ending: "stopped" })] }), []);
  });
});
