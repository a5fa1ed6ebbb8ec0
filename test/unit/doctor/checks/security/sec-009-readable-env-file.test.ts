// SEC-009 on hosts in memory: files of variables with secrets, who may read them, and that no secret is ever shown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { READABLE_ENV_FILE } from "../../../../../src/doctor/checks/security/secrets.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

const CONFIG = "[supervisord]\n[program:web]\ncommand=sleep 5\nenv_file=/etc/app.env\n";

function host(text: string, mode: number): DoctorHost {
  return new DoctorHost().file("/etc/tsv/tsv.conf", CONFIG).file("/etc/app.env", text, { mode });
}

describe("SEC-009", () => {
  test("secrets that everybody can read are taken from others", () => {
    const broken = host("PORT=1\nDB_PASSWORD=hunter2\nAPI_TOKEN=hunter3\n", 0o644);
    const finding = onlyFinding(READABLE_ENV_FILE, broken, null);
    assert.equal(finding.severity, "warning");
    assert.equal(finding.subject, "/etc/app.env");
    assert.match(finding.evidence.join(), /it contains DB_PASSWORD, API_TOKEN/);
    assert.doesNotMatch(JSON.stringify(finding), /hunter/);
    assert.deepEqual(finding.repair.commands, ["chmod 0640 /etc/app.env"]);
    repair(broken, finding);
    assert.deepEqual(findingsOf(READABLE_ENV_FILE, broken, null), []);
  });

  test("a closed file, one without secrets, and a closed directory are healthy", () => {
    assert.deepEqual(findingsOf(READABLE_ENV_FILE, host("DB_PASSWORD=x\n", 0o640), null), []);
    assert.deepEqual(
      findingsOf(READABLE_ENV_FILE, host("PORT=1\nDB_PASSWORD=\n", 0o644), null),
      [],
    );
    const closed = host("DB_PASSWORD=x\n", 0o644).directory("/etc", { mode: 0o700 });
    assert.deepEqual(findingsOf(READABLE_ENV_FILE, closed, null), []);
  });

  test("root changes no file behind a symlink of a user", () => {
    const TARGET = "/etc/other.env";
    const linked = (uid: number, config = CONFIG) =>
      new DoctorHost()
        .file("/etc/tsv/tsv.conf", config.replace("/etc/app.env", "/home/pi/app.env"))
        .directory("/home/pi", { uid })
        .file(TARGET, "DB_PASSWORD=hunter2\n", { mode: 0o644 })
        .link("/home/pi/app.env", TARGET, uid);
    // The daemon of root does not read it either.
    assert.deepEqual(findingsOf(READABLE_ENV_FILE, linked(1000), null), []);
    // That of another user does.
    const ofUser = CONFIG.replace("\n", "\nuser=pi\n");
    const finding = onlyFinding(READABLE_ENV_FILE, linked(1000, ofUser), null);
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
    assert.deepEqual(finding.repair.commands, ["namei -l /home/pi/app.env"]);
  });

  test("a symlink of root is followed", () => {
    const linked = new DoctorHost()
      .file("/etc/tsv/tsv.conf", CONFIG)
      .file("/etc/real.env", "DB_PASSWORD=hunter2\n", { mode: 0o644 })
      .link("/etc/app.env", "/etc/real.env");
    const finding = onlyFinding(READABLE_ENV_FILE, linked, null);
    assert.deepEqual(finding.repair.commands, ["chmod 0640 /etc/real.env"]);
    repair(linked, finding);
    assert.deepEqual(findingsOf(READABLE_ENV_FILE, linked, null), []);
  });

  test("a file that is missing or wrong is no matter of this check", () => {
    const missing = new DoctorHost().file("/etc/tsv/tsv.conf", CONFIG);
    assert.deepEqual(findingsOf(READABLE_ENV_FILE, missing, null), []);
    assert.deepEqual(findingsOf(READABLE_ENV_FILE, host("PASSWORD='x\n", 0o644), null), []);
  });
});
