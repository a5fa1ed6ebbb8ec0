// SEC-005 on hosts in memory.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PROGRAMS_AS_ROOT } from "../../../../../src/doctor/checks/security/sec-005-programs-as-root.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";

const PROGRAM = "[program:web]\ncommand=/usr/bin/tsv\n";

describe("SEC-005", () => {
  test("programs without a user, or with root, are a remark of a daemon that is root", () => {
    const text = `[supervisord]\n${PROGRAM}[program:db]\ncommand=/usr/bin/tsv\nuser=root\n`;
    const finding = onlyFinding(PROGRAMS_AS_ROOT, new DoctorHost(), text);
    assert.equal(finding.severity, "info");
    assert.deepEqual(finding.evidence, ["db, web"]);
  });

  test("programs with users, and daemons with one, are not mentioned", () => {
    const host = new DoctorHost();
    const own = `[supervisord]\n${PROGRAM}user=pi\n`;
    assert.deepEqual(findingsOf(PROGRAMS_AS_ROOT, host, own), []);
    const daemons = `[supervisord]\nuser=pi\n${PROGRAM}`;
    assert.deepEqual(findingsOf(PROGRAMS_AS_ROOT, host, daemons), []);
  });
});
