// SOCK-013 on hosts in memory: a daemon that ctl cannot command.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_RPC_INTERFACE } from "../../../../../src/doctor/checks/socket/ctl-settings.ts";
import { answer, CONFIG, host, lookAt, MAIN, one, PID, repair, UP, withDaemon } from "./rig.ts";

const WITHOUT = CONFIG.replace(/\[rpcinterface:supervisor\]\n.*\n/, "");

describe("SOCK-013", () => {
  test("the section is added at the end, the rest stays byte for byte", () => {
    const on = host();
    const finding = one(lookAt(NO_RPC_INTERFACE, on, WITHOUT));
    assert.equal(finding.severity, "error");
    assert.match(finding.symptom, /UNKNOWN_METHOD/);
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    const text = on.readText("/etc/tsv/tsv.conf") ?? "";
    assert.ok(text.startsWith(WITHOUT.trimEnd()));
    assert.deepEqual(lookAt(NO_RPC_INTERFACE, on, null), []);
  });

  test("a section of that name with another factory is left to a person", () => {
    const text = CONFIG.replace(
      "supervisor.rpcinterface:make_main_rpcinterface",
      "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface",
    );
    const { repair: fix, place } = one(lookAt(NO_RPC_INTERFACE, host(), text));
    assert.deepEqual([fix.class, fix.steps], ["C", []]);
    assert.equal(place?.key, "supervisor.rpcinterface_factory");
  });

  test("a daemon that was started before the section was there needs a restart by a person", () => {
    const methods = ["system.listMethods", "system.multicall"];
    const answered = answer("answers");
    assert.ok(answered.daemon !== null);
    const servers = [{ ...answered, daemon: { ...answered.daemon, methods } }];
    const on = withDaemon(host());
    const finding = one(lookAt(NO_RPC_INTERFACE, on, CONFIG, { ...UP, servers }));
    assert.deepEqual([finding.subject, finding.repair.class], [`pid ${PID}`, "C"]);
    assert.deepEqual(finding.repair.commands, [`kill -HUP ${PID}`]);
    assert.deepEqual(lookAt(NO_RPC_INTERFACE, on, CONFIG, UP), []);
  });

  test("is silent where the section is, where there is no server, and of a file that cannot be read", () => {
    assert.deepEqual(lookAt(NO_RPC_INTERFACE, host(), CONFIG), []);
    assert.deepEqual(lookAt(NO_RPC_INTERFACE, host(), "[supervisord]\n"), []);
    assert.deepEqual(lookAt(NO_RPC_INTERFACE, host(), MAIN), []);
    assert.deepEqual(lookAt(NO_RPC_INTERFACE, host(), `${WITHOUT}[program:x]\n`), []);
  });
});
