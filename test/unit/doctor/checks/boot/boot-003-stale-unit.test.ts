// BOOT-003 on hosts in memory: units that systemd has not read since they changed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { STALE_UNIT } from "../../../../../src/doctor/checks/boot/service-settings.ts";
import { commandsOf, healthyHost, look, only, UNIT } from "./boot-host.ts";

describe("BOOT-003", () => {
  test("a unit that changed is read again, which disturbs nothing", () => {
    const finding = only(look(STALE_UNIT, healthyHost(), { needsReload: true }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(commandsOf(finding), ["systemctl daemon-reload"]);
  });

  test("a unit that systemd does not know though its file is there is read, too", () => {
    const properties = { LoadState: "not-found" };
    const finding = only(look(STALE_UNIT, healthyHost(), { properties }));
    assert.equal(finding.severity, "error");
    assert.deepEqual(look(STALE_UNIT, healthyHost().remove(UNIT), { properties }), []);
  });

  test("a user's own systemd is reloaded, not the system's", () => {
    const finding = only(look(STALE_UNIT, healthyHost(), { needsReload: true, scope: "user" }));
    assert.deepEqual(commandsOf(finding), ["systemctl --user daemon-reload"]);
  });

  test("nothing to say of a unit that is up to date, of none, of a mask or of another init system", () => {
    assert.deepEqual(look(STALE_UNIT, healthyHost()), []);
    assert.deepEqual(look(STALE_UNIT, healthyHost(), { needsReload: true, file: null }), []);
    assert.deepEqual(look(STALE_UNIT, healthyHost(), { needsReload: true, isMasked: true }), []);
    assert.deepEqual(look(STALE_UNIT, healthyHost(), { needsReload: true, init: "sysv" }), []);
  });
});
