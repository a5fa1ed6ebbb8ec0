// LOG-011 on hosts in memory: worn cards, and file systems that are read-only on purpose.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { READ_ONLY_LOGS } from "../../../../../src/doctor/checks/logs/read-only-logs.ts";
import { UNWRITABLE_LOG } from "../../../../../src/doctor/checks/logs/unwritable-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";

const CONFIG =
  "[supervisord]\nlogfile=/tmp/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/web.log\nstderr_logfile=NONE\n";

function host(): DoctorHost {
  return new DoctorHost().mount("/var", { options: ["ro", "relatime", "errors=remount-ro"] });
}

describe("LOG-011", () => {
  test("a file system that the kernel made read-only is an error to fix by hand", () => {
    const broken = host()
      .file("/etc/fstab", "PARTUUID=1 /var ext4 defaults 0 2\n")
      .file("/var/log/web.log");
    broken.answers.set("dmesg --level=emerg,alert,crit,err", {
      status: 0,
      output: "usb 1-1: hello\nmmcblk0: error -110\nEXT4-fs error (device mmcblk0p2): bad block",
    });
    const finding = onlyFinding(READ_ONLY_LOGS, broken, CONFIG);
    assert.equal(finding.severity, "error");
    assert.equal(finding.subject, "/var");
    assert.equal(finding.symptom, "cannot open log '/var/log/web.log' of web (stdout): EROFS");
    assert.deepEqual(finding.evidence.slice(1, 3), [
      "the kernel: mmcblk0: error -110",
      "the kernel: EXT4-fs error (device mmcblk0p2): bad block",
    ]);
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, broken, CONFIG), []);
  });

  test("a log that is not there yet cannot be made", () => {
    assert.equal(findingsOf(READ_ONLY_LOGS, host(), CONFIG).length, 1);
  });

  test("a file system that /etc/fstab mounts read-only is not reported", () => {
    const meant = host().file("/etc/fstab", "PARTUUID=1 /var ext4 ro,noatime 0 2\n");
    const finding = onlyFinding(READ_ONLY_LOGS, meant, CONFIG);
    assert.match(finding.cause, /on purpose/);
    assert.deepEqual(finding.repair.commands, []);
  });

  test("a file system without logs may be read-only", () => {
    const healthy = new DoctorHost().mount("/boot", { options: ["ro"] });
    assert.deepEqual(findingsOf(READ_ONLY_LOGS, healthy, CONFIG), []);
  });
});
