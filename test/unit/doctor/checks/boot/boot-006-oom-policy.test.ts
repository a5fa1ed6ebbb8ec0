// BOOT-006 on hosts in memory: services that fall with one program.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OOM_POLICY } from "../../../../../src/doctor/checks/boot/service-settings.ts";
import { healthyHost, look, only, repair, UNIT, UNIT_TEXT } from "./boot-host.ts";

const STOP = { properties: { OOMPolicy: "stop" } };

describe("BOOT-006", () => {
  test("the policy continue is healthy, and so is a systemd without the setting", () => {
    assert.deepEqual(look(OOM_POLICY, healthyHost()), []);
    assert.deepEqual(look(OOM_POLICY, healthyHost(), { properties: {} }), []);
    assert.deepEqual(look(OOM_POLICY, healthyHost(), { ...STOP, init: "sysv" }), []);
    assert.deepEqual(look(OOM_POLICY, healthyHost(), { ...STOP, file: null }), []);
  });

  test("a unit that says nothing of it gets a drop-in", () => {
    const text = UNIT_TEXT.replace("OOMPolicy=continue\n", "");
    const host = healthyHost().file(UNIT, text);
    const service = { ...STOP, file: { path: UNIT, text, isPackaged: false }, restoration: null };
    const finding = only(look(OOM_POLICY, host, service));
    assert.equal(finding.repair.class, "A");
    repair(finding, host);
    const path = "/etc/systemd/system/tsv.service.d/zz-tsv-doctor-oompolicy.conf";
    assert.match(host.readText(path) ?? "", /^\[Service\]\nOOMPolicy=continue$/m);
  });

  test("a user's own service is installed like that: it is only mentioned", () => {
    const finding = only(look(OOM_POLICY, healthyHost(), { ...STOP, scope: "user" }));
    assert.equal(finding.severity, "info");
  });

  test("a policy that a foreign unit names is changed after a yes", () => {
    const text = UNIT_TEXT.replace("OOMPolicy=continue", "OOMPolicy=kill");
    const file = { path: UNIT, text, isPackaged: false };
    const properties = { OOMPolicy: "kill" };
    const finding = only(look(OOM_POLICY, healthyHost(), { properties, file, manifest: null }));
    assert.equal(finding.repair.class, "B");
  });
});
