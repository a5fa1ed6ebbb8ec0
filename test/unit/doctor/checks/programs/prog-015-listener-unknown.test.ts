// PROG-015 on hosts in memory: listeners that are out of step.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LISTENER_UNKNOWN } from "../../../../../src/doctor/checks/programs/event-listeners.ts";
import { host, look, one, POOL, pool, status } from "./rig.ts";

describe("PROG-015", () => {
  test("an event listener out of step is reported with its output", () => {
    const made = host().file("/var/log/mail.out", "READY\nhello from print\n");
    const mail = status({ group: "mail", name: "mail", stdoutLog: "/var/log/mail.out" });
    const parts = {
      ...pool({ listeners: [{ name: "mail:mail", state: "UNKNOWN" }] }),
      programs: [mail],
    };
    const finding = one(look(LISTENER_UNKNOWN, made, POOL, parts));
    assert.equal(finding.severity, "error");
    assert.match(finding.evidence.join("\n"), /hello from print/);
    assert.equal(finding.place?.section, "eventlistener:mail");
  });

  test("event listeners that follow the protocol are healthy, and a daemon without data reports nothing", () => {
    assert.deepEqual(look(LISTENER_UNKNOWN, host(), POOL, pool()), []);
    assert.deepEqual(look(LISTENER_UNKNOWN, host(), POOL), []);
  });
});
