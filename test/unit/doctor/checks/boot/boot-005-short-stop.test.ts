// BOOT-005 on hosts in memory: services that are killed before their programs have stopped.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SHORT_STOP } from "../../../../../src/doctor/checks/boot/service-settings.ts";
import type { PlannedStep } from "../../../../../src/install/plan/steps.ts";
import { healthyHost, look, only, repair, stepsOf, UNIT, UNIT_TEXT } from "./boot-host.ts";

const SLOW = "[supervisord]\n[program:db]\ncommand=/bin/db\nstopwaitsecs=300\n";
const DROP_IN = "/etc/systemd/system/tsv.service.d";

function rewriting(path: string, text: string, edited: PlannedStep["edited"] = null): PlannedStep {
  const owner = { user: "root", group: "root" };
  const step = { kind: "file", path, text, mode: 0o644, owner, what: "systemd unit" } as const;
  return { step, now: "file", will: "systemd unit", edited, mayFail: false };
}

function restoring(step: PlannedStep) {
  const parts = { obstacles: [], executable: "/usr/local/bin/tsv", config: "/etc/tsv/tsv.conf" };
  return { restoration: { ...parts, steps: [step] } };
}

describe("BOOT-005", () => {
  test("as long as the programs may take is long enough", () => {
    assert.deepEqual(look(SHORT_STOP, healthyHost()), []);
    const properties = { TimeoutStopUSec: "5min" };
    assert.deepEqual(look(SHORT_STOP, healthyHost(), { properties }, { text: SLOW }), []);
    const never = { TimeoutStopUSec: "infinity" };
    assert.deepEqual(look(SHORT_STOP, healthyHost(), { properties: never }, { text: SLOW }), []);
  });

  test("a unit of tsv install is rewritten with the timeout that the configuration needs", () => {
    const step = rewriting(UNIT, UNIT_TEXT.replace("=90", "=310"));
    const finding = only(look(SHORT_STOP, healthyHost(), restoring(step), { text: SLOW }));
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(finding.repair.steps, [step]);
    assert.match(finding.evidence[0] ?? "", /waits 90 s, its programs may take 300 s/);
  });

  test("times of one priority count once, of several together", () => {
    const text = `${SLOW}priority=1\n[program:b]\ncommand=/bin/b\nstopwaitsecs=80\npriority=2\n`;
    const properties = { TimeoutStopUSec: "5min 10s" };
    const finding = only(look(SHORT_STOP, healthyHost(), { properties }, { text }));
    assert.match(finding.evidence[0] ?? "", /waits 310 s, its programs may take 380 s/);
  });

  test("a package's unit gets a drop-in, and then a second look finds what it says", () => {
    const host = healthyHost();
    const file = { path: "/usr/lib/systemd/system/tsv.service", text: UNIT_TEXT, isPackaged: true };
    const service = { file, manifest: null, restoration: null };
    const finding = only(look(SHORT_STOP, host, service, { text: SLOW }));
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(
      stepsOf(finding).map(({ kind }) => kind),
      ["on-undo", "directory", "file", "command"],
    );
    repair(finding, host);
    assert.match(
      host.readText(`${DROP_IN}/zz-tsv-doctor-timeoutstopsec.conf`) ?? "",
      /^TimeoutStopSec=310$/m,
    );
  });

  test("a timeout in a drop-in is changed after confirmation, by a later drop-in", () => {
    const own = `${DROP_IN}/override.conf`;
    const host = healthyHost().file(own, "[Service]\nTimeoutStopSec=5\n");
    const properties = { TimeoutStopUSec: "5s", DropInPaths: own };
    const finding = only(look(SHORT_STOP, host, { properties }, { text: SLOW }));
    assert.equal(finding.repair.class, "B");
    const file = stepsOf(finding).find(({ kind }) => kind === "file");
    assert.ok(file?.kind === "file" && file.path > own);
  });

  test("a script made by tsv install is written again", () => {
    const path = "/etc/init.d/tsv";
    const file = { path, text: "stop_seconds=90\n", isPackaged: false };
    const host = healthyHost().file(path, file.text, { mode: 0o755 });
    const step = rewriting(path, "stop_seconds=310\n");
    const finding = only(
      look(SHORT_STOP, host, { init: "sysv", file, ...restoring(step) }, { text: SLOW }),
    );
    assert.equal(finding.repair.class, "A");
    const edited = rewriting(path, "stop_seconds=310\n", { path, text: "mine" });
    const careful = only(
      look(SHORT_STOP, host, { init: "sysv", file, ...restoring(edited) }, { text: SLOW }),
    );
    assert.equal(careful.repair.class, "B");
  });

  test("OpenRC's time is in its schedule, and that of a package's script in the settings", () => {
    const openrc = { path: "/etc/init.d/tsv", text: 'retry="TERM/90/KILL/5"\n', isPackaged: false };
    const service = { init: "openrc", file: openrc, restoration: null } as const;
    assert.equal(only(look(SHORT_STOP, healthyHost(), service, { text: SLOW })).repair.class, "C");
    const host = healthyHost().file("/etc/tsv/boot.env", "stop_seconds=400\n");
    const sysv = { path: "/etc/init.d/tsv", text: "stop_seconds=90\n", isPackaged: true };
    assert.deepEqual(look(SHORT_STOP, host, { init: "sysv", file: sysv }, { text: SLOW }), []);
  });

  test("another configuration than the service's is not stopped by the service", () => {
    const text = UNIT_TEXT.replace("/etc/tsv/tsv.conf", "/srv/own.conf");
    const file = { path: UNIT, text, isPackaged: false };
    assert.deepEqual(look(SHORT_STOP, healthyHost(), { file }, { text: SLOW }), []);
  });

  test("a unit that lets programs outlive the service is reported", () => {
    for (const KillMode of ["process", "none"]) {
      const properties = { KillMode, TimeoutStopUSec: "90s" };
      const finding = only(look(SHORT_STOP, healthyHost(), { properties }));
      assert.match(finding.subject, /KillMode/);
    }
    for (const KillMode of ["mixed", "control-group"]) {
      assert.deepEqual(look(SHORT_STOP, healthyHost(), { properties: { KillMode } }), []);
    }
  });
});
