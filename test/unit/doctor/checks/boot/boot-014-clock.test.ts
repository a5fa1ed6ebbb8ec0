// BOOT-014 on hosts in memory: clocks that are wrong.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CLOCK } from "../../../../../src/doctor/checks/boot/clock.ts";
import { healthyHost, look, only } from "./boot-host.ts";

const PROGRAM = {
  group: "web",
  name: "web",
  state: "RUNNING",
  pid: 9,
  exitStatus: 0,
  spawnError: "",
  start: 1000,
  stop: 0,
  now: 2000,
  description: "",
  stdoutLog: "",
  stderrLog: "",
};

describe("BOOT-014", () => {
  test("a clock after the build, and programs that were started before now", () => {
    assert.deepEqual(
      look(CLOCK, healthyHost(), {}, { programs: [PROGRAM, { ...PROGRAM, start: 2030 }] }),
      [],
    );
    const executable = { path: "/usr/bin/tsv", version: "1.0.0", builtMs: null };
    assert.deepEqual(look(CLOCK, healthyHost(), {}, { executable }), []);
  });

  test("a clock before the day on which tsv was built is slow", () => {
    const finding = only(look(CLOCK, healthyHost(), {}, { nowMs: Date.UTC(1970, 0, 1) }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "C");
  });

  test("a clock that was set back is a note", () => {
    const finding = only(
      look(CLOCK, healthyHost(), {}, { programs: [{ ...PROGRAM, start: 9000 }] }),
    );
    assert.equal(finding.severity, "info");
  });
});
