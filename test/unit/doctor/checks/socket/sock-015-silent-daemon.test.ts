// SOCK-015 on hosts in memory: a daemon that takes connections and says nothing.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SILENT_DAEMON } from "../../../../../src/doctor/checks/socket/not-running.ts";
import {
  answer,
  CONFIG,
  daemon,
  host,
  lookAt,
  one,
  PID,
  repair,
  UP,
  URL,
  withDaemon,
} from "./rig.ts";

const silent = (state: string) => ({
  daemon: daemon({ state }),
  daemons: [daemon({ state })],
  servers: [answer("silent")],
});

describe("SOCK-015", () => {
  test("one that a signal stopped continues after confirmation", () => {
    const on = withDaemon(host(), { state: "T" });
    const finding = one(lookAt(SILENT_DAEMON, on, CONFIG, silent("T")));
    assert.equal(finding.severity, "error");
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(repair(on, finding), [
      {
        kind: "signal",
        pid: PID,
        startTicks: PID * 100,
        signal: "SIGCONT",
        what: "resume the daemon",
      },
      { kind: "answer", server: URL, timeoutSeconds: 10 },
    ]);
  });

  for (const [state, cause] of [
    ["D", /waits for a disk/],
    ["R", /is overloaded/],
    ["S", /waits for something/],
    ["t", /debugger/],
  ] as const) {
    test(`state ${state} is left to a person, kill -9 last`, () => {
      const on = withDaemon(host()).file(`/proc/${PID}/wchan`, "nfs_wait_bit_killable");
      const finding = one(lookAt(SILENT_DAEMON, on, CONFIG, silent(state)));
      assert.match(finding.cause, cause);
      assert.match(finding.evidence.join(), /in the kernel at nfs_wait_bit_killable/);
      assert.deepEqual([finding.repair.class, finding.repair.steps], ["C", []]);
      assert.match(finding.repair.commands.at(-1) ?? "", /^kill -9 812/);
    });
  }

  test("reports nothing if it answers at one address, or if no daemon is known", () => {
    const both = { ...silent("S"), servers: [answer("silent"), answer("answers")] };
    for (const parts of [UP, both, { servers: [answer("silent")] }, {}]) {
      assert.deepEqual(lookAt(SILENT_DAEMON, withDaemon(host()), CONFIG, parts), []);
    }
  });
});
