// LOG-004 on hosts in memory: directories that are missing, lost at boot, or not mounted.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MISSING_LOG_DIRECTORY } from "../../../../../src/doctor/checks/logs/missing-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

function config(log: string, user = "root"): string {
  return `[supervisord]\nuser=${user}\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${log}\n`;
}

describe("LOG-004", () => {
  test("the directories that are missing are made, the last one for the daemon's user", () => {
    const host = new DoctorHost();
    const text = config("/var/log/a/b/web.log", "pi");
    const finding = onlyFinding(MISSING_LOG_DIRECTORY, host, text);
    assert.match(
      finding.symptom,
      /^The directory named as part of the path \/var\/log\/a\/b\/web\.log does not exist/,
    );
    assert.equal(finding.severity, "error");
    assert.equal(finding.subject, "/var/log/a/b");
    assert.equal(finding.place?.line, 5);
    assert.deepEqual(finding.evidence, [
      "ENOENT: /var/log/a/b",
      "the existing part of its path is /var/log",
    ]);
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(finding.repair.commands, ["install -d -o pi -g pi -m 0755 /var/log/a/b"]);
    repair(host, finding);
    assert.equal(host.nodes.get("/var/log/a")?.uid, 0);
    assert.equal(host.nodes.get("/var/log/a/b")?.uid, 1000);
    assert.deepEqual(findingsOf(MISSING_LOG_DIRECTORY, host, text), []);
  });

  test("tsv's own log directory is made without a question", () => {
    const finding = onlyFinding(
      MISSING_LOG_DIRECTORY,
      new DoctorHost(),
      "[supervisord]\nlogfile=/var/log/tsv/tsv.log\n",
    );
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => step),
      [
        {
          kind: "directory",
          isNew: true,
          path: "/var/log/tsv",
          mode: 0o750,
          owner: { user: "root", group: "tsv" },
        },
      ],
      "as tsv install makes it",
    );
    assert.deepEqual(finding.repair.commands, ["install -d -o root -g tsv -m 0750 /var/log/tsv"]);
  });

  test("childlogdir and the pid file need their directories too", () => {
    const host = new DoctorHost();
    const text =
      "[supervisord]\nlogfile=/tmp/l\nchildlogdir=/var/log/auto\npidfile=/run/app/d.pid\n";
    const found = findingsOf(MISSING_LOG_DIRECTORY, host, text);
    assert.deepEqual(
      found.map(({ subject }) => subject),
      ["/var/log/auto", "/run/app"],
    );
    for (const finding of found) repair(host, finding);
    assert.deepEqual(findingsOf(MISSING_LOG_DIRECTORY, host, text), []);
  });

  test("logs in one directory are one finding", () => {
    const host = new DoctorHost();
    const text = `${config("/var/log/app/web.log")}stderr_logfile=/var/log/app/err.log\n`;
    const finding = onlyFinding(MISSING_LOG_DIRECTORY, host, text);
    assert.ok(finding.evidence.includes("also used by [program:web] stderr_logfile"));
    repair(host, finding);
    assert.deepEqual(findingsOf(MISSING_LOG_DIRECTORY, host, text), []);
  });

  test("a value in quotes is another check's", () => {
    const host = new DoctorHost();
    assert.deepEqual(findingsOf(MISSING_LOG_DIRECTORY, host, config('"/var/log/web.log"')), []);
  });

  test("a directory of the daemon's home is written with a tilde", () => {
    const host = new DoctorHost();
    const text = config("~/logs/web.log", "root");
    assert.equal(onlyFinding(MISSING_LOG_DIRECTORY, host, text).subject, "/root/logs");
  });

  test("where a disk is not mounted nothing is made", () => {
    const host = new DoctorHost()
      .directory("/data")
      .file(
        "/etc/fstab",
        "# <file system>\nUUID=1 / ext4 defaults 0 1\nUUID=2 /data ext4 defaults 0 2\n",
      );
    const finding = onlyFinding(MISSING_LOG_DIRECTORY, host, config("/data/log/web.log"));
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
    assert.ok(finding.repair.commands.includes("mount /data"));
    const usb = onlyFinding(
      MISSING_LOG_DIRECTORY,
      new DoctorHost(),
      config("/mnt/usb/log/web.log"),
    );
    assert.equal(usb.repair.class, "C");
  });

  test("where it is mounted the directory is made", () => {
    const host = new DoctorHost()
      .directory("/data")
      .mount("/data", {})
      .file("/etc/fstab", "UUID=2 /data ext4 defaults 0 2\n");
    const finding = onlyFinding(MISSING_LOG_DIRECTORY, host, config("/data/log/web.log"));
    assert.equal(finding.repair.class, "B");
  });

  test("a directory in memory is lost at each boot, and the line that makes it again is shown", () => {
    const host = new DoctorHost().mount("/var/log", { type: "tmpfs" });
    const finding = onlyFinding(MISSING_LOG_DIRECTORY, host, config("/var/log/app/web.log"));
    assert.ok(finding.evidence.includes("/var/log is a tmpfs: its contents are lost at each boot"));
    assert.ok(
      finding.repair.commands.includes(
        "echo 'd /var/log/app 0755 root root -' >> /etc/tmpfiles.d/tsv-doctor.conf",
      ),
    );
  });

  test("a file in the way is not replaced", () => {
    const host = new DoctorHost().file("/var/log/app");
    const finding = onlyFinding(MISSING_LOG_DIRECTORY, host, config("/var/log/app/web.log"));
    assert.equal(finding.repair.class, "C");
  });

  test("paths hidden from the caller are not reported as missing", () => {
    const host = new DoctorHost().directory("/var/log/app/in");
    host.hidden.add("/var/log/app/in");
    host.uid = 1000;
    const facts = host.facts(config("/var/log/app/in/web.log"));
    assert.deepEqual(MISSING_LOG_DIRECTORY.look(facts), [
      { unknown: "whether the directory /var/log/app/in exists (needs root)" },
    ]);
  });

  test("directories that exist, and other mistakes, are none of its business", () => {
    const host = new DoctorHost();
    assert.deepEqual(findingsOf(MISSING_LOG_DIRECTORY, host, config("/var/log/web.log")), []);
    const text = "[supervisord]\ndirectory=/nowhere\nminfds=x\n";
    assert.deepEqual(findingsOf(MISSING_LOG_DIRECTORY, host, text), []);
  });
});
