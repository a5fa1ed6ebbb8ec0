// BOOT-022 on hosts in memory: services that OpenRC would not stop at shutdown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UNKNOWN_TO_OPENRC } from "../../../../../src/doctor/checks/boot/service-settings.ts";
import { commandsOf, healthyHost, look, only } from "./boot-host.ts";

const TREE = "/run/openrc/deptree";
const SCRIPT = { path: "/etc/init.d/tsv", text: "", isPackaged: false };
const SERVICE = { init: "openrc", file: SCRIPT, properties: {} } as const;

describe("BOOT-022", () => {
  test("a service that is not in OpenRC's dependency tree", () => {
    const host = healthyHost().file(TREE, "depinfo_0_service='cron'\ndepinfo_1_service='tsv2'\n");
    const finding = only(look(UNKNOWN_TO_OPENRC, host, SERVICE));
    assert.equal(finding.severity, "warning");
    assert.deepEqual(commandsOf(finding), ["rc-update --update"]);
  });

  test("nothing to say of one that is in it, without a tree, without a script, and elsewhere", () => {
    const known = healthyHost().file(TREE, "depinfo_0_service='tsv'\ndepinfo_0_iafter_0='net'\n");
    assert.deepEqual(look(UNKNOWN_TO_OPENRC, known, SERVICE), []);
    assert.deepEqual(look(UNKNOWN_TO_OPENRC, healthyHost(), SERVICE), []);
    const other = healthyHost().file(TREE, "");
    assert.deepEqual(look(UNKNOWN_TO_OPENRC, other, { ...SERVICE, file: null }), []);
    assert.deepEqual(look(UNKNOWN_TO_OPENRC, other), []);
  });
});
