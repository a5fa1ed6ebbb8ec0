// SEC-003: secrets on command lines are named, never shown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  PASSWORD_IN_COMMAND,
  secretOption,
} from "../../../../../src/doctor/checks/security/secrets.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";

describe("SEC-003", () => {
  test("ctl with a password is a remark", () => {
    for (const command of [
      ["/usr/bin/python3", "/usr/bin/supervisorctl", "-u", "a", "-p", "hunter2", "status"],
      ["supervisorctl", "--password=hunter2"],
      ["/usr/bin/tsv", "ctl", "-phunter2"],
    ]) {
      const host = new DoctorHost().run(50, command);
      const finding = onlyFinding(PASSWORD_IN_COMMAND, host, "[supervisord]\n");
      assert.equal(finding.severity, "info");
      assert.doesNotMatch(JSON.stringify(finding), /hunter2/);
    }
  });

  test("a program's command with a secret is one too", () => {
    const text = "[supervisord]\n[program:web]\ncommand=/usr/bin/tsv --db-password=hunter2\n";
    const finding = onlyFinding(PASSWORD_IN_COMMAND, new DoctorHost(), text);
    assert.equal(finding.place?.line, 3);
    assert.doesNotMatch(JSON.stringify(finding), /hunter2/);
  });

  test("names of files, other options and programs called otherwise are healthy", () => {
    for (const command of [
      "app --password-file=/etc/secret",
      "app --password /etc/secret",
      "app --token-ttl 60",
      "app --no-password --port 80",
      "app --author me",
      "app",
    ]) {
      assert.equal(secretOption(command), null, command);
    }
    const host = new DoctorHost()
      .run(50, ["/usr/bin/ssh", "-p", "22"])
      .run(51, ["/usr/bin/supervisorctl", "status"])
      .run(52, ["/usr/bin/grep", "supervisorctl", "-p"]);
    assert.deepEqual(findingsOf(PASSWORD_IN_COMMAND, host, "[supervisord]\n"), []);
  });
});
