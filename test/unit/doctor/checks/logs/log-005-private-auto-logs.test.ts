// LOG-005 on hosts in memory.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PRIVATE_AUTO_LOGS } from "../../../../../src/doctor/checks/logs/auto-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";

describe("LOG-005", () => {
  test("an AUTO log of a program with another user is a note", () => {
    const text = "[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\nuser=pi\n";
    const finding = onlyFinding(PRIVATE_AUTO_LOGS, new DoctorHost(), text);
    assert.equal(finding.severity, "info");
    assert.deepEqual(finding.repair.commands, ["tsv tail web"]);
    assert.deepEqual(finding.evidence, ["AUTO logs of: web (stdout), web (stderr)"]);
  });

  test("programs of the daemon's own user, and logs with a name, are not mentioned", () => {
    const host = new DoctorHost();
    const own = "[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\n";
    assert.deepEqual(findingsOf(PRIVATE_AUTO_LOGS, host, own), []);
    const named = `${own}user=pi\nstdout_logfile=/var/log/web.log\nredirect_stderr=true\n`;
    assert.deepEqual(findingsOf(PRIVATE_AUTO_LOGS, host, named), []);
  });
});
