// SEC-006: passwords of samples, and that none is ever shown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WEAK_PASSWORD } from "../../../../../src/doctor/checks/security/sec-006-weak-password.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";

function inet(username: string, password: string): string {
  return `[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\nusername=${username}\npassword=${password}\n`;
}

describe("SEC-006", () => {
  test("words of samples and the user name itself are a warning on a port", () => {
    for (const [username, password] of [
      ["user", "123"],
      ["a", "Admin"],
      ["chris", "chris"],
      ["user", "{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d"],
    ] as const) {
      const finding = onlyFinding(WEAK_PASSWORD, new DoctorHost(), inet(username, password));
      assert.equal(finding.severity, "warning");
      assert.equal(finding.repair.class, "C");
      assert.equal(finding.place?.key, "password");
      assert.doesNotMatch(JSON.stringify([finding.evidence, finding.cause]), /123|82ab|chris/);
    }
  });

  test("on a socket, where the mode decides, it is a note", () => {
    const text =
      "[supervisord]\n[unix_http_server]\nfile=/run/x.sock\nusername=user\npassword=123\n";
    assert.equal(onlyFinding(WEAK_PASSWORD, new DoctorHost(), text).severity, "info");
  });

  test("how another one is kept is a remark, without the password", () => {
    for (const password of ["correct-horse", `{SHA}${"ab".repeat(20)}`]) {
      const finding = onlyFinding(WEAK_PASSWORD, new DoctorHost(), inet("a", password));
      assert.equal(finding.severity, "info");
      assert.doesNotMatch(JSON.stringify(finding), /horse|abab/);
    }
  });

  test("no password, and one from the environment, are not mentioned", () => {
    const host = new DoctorHost();
    assert.deepEqual(findingsOf(WEAK_PASSWORD, host, "[supervisord]\n"), []);
    const situation = host.situation(inet("a", "%(ENV_SECRET)s"), {}, {
      PATH: "/bin",
      SECRET: "123",
    } as never);
    assert.deepEqual(WEAK_PASSWORD.look(situation, host), []);
  });
});
