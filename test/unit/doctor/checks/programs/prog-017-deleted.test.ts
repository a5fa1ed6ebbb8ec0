// PROG-017 on hosts in memory: programs that run from files that are gone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DELETED } from "../../../../../src/doctor/checks/programs/orphans.ts";
import { config, host, look, one, status } from "./rig.ts";

const SLEEP = "command=sleep 5";

describe("PROG-017", () => {
  const check = (more: object) => {
    const made = host().file("/opt/serve", "\x7fELF", { mode: 0o755 });
    made.run(700, ["/opt/serve"], { cwd: "/opt/releases/7", ...more });
    return look(DELETED, made, config(SLEEP), { programs: [status({ pid: 700 })] });
  };

  test("a program whose directory was deleted is restarted after confirmation", () => {
    const finding = one(check({ cwdDeleted: true }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "B");
    const [planned] = finding.repair.steps;
    assert.ok(planned?.step.kind === "command");
    assert.deepEqual(planned.step.argv, [
      "/usr/bin/tsv",
      "restart",
      "-c",
      "/etc/tsv/tsv.conf",
      "web",
    ]);
  });

  test("an executable that was replaced is worth knowing, one that is gone is a warning", () => {
    assert.equal(one(check({ exeDeleted: true })).severity, "info");
    assert.equal(one(check({ exeDeleted: true, exe: "/opt/gone" })).severity, "warning");
    assert.deepEqual(check({}), []);
  });
});
