// LOG-007 on hosts in memory: full, nearly full, and large enough; limits, and logs without one.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DISK_SPACE } from "../../../../../src/doctor/checks/logs/disk-space.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear, findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

const GB = 1024 ** 3;
const CONFIG =
  "[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/web.log\nstderr_logfile=NONE\n";

function host(system: Parameters<DoctorHost["mount"]>[1]): DoctorHost {
  return new DoctorHost().mount("/var/log", {
    totalBytes: 100 * GB,
    freeBytes: 50 * GB,
    ...system,
  });
}

describe("LOG-007", () => {
  test("no space left is an error, with numbers and the largest logs", () => {
    const full = host({ freeBytes: 0 }).file("/var/log/web.log", "", { bytes: 2 * GB });
    const finding = onlyFinding(DISK_SPACE, full, CONFIG);
    assert.equal(finding.severity, "error");
    assert.equal(finding.subject, "/var/log");
    assert.match(finding.symptom, /ENOSPC$/);
    assert.ok(finding.evidence.includes("/var/log (ext4): 0 bytes of 100 GB free"));
    assert.ok(finding.evidence.includes("/var/log/web.log and its rotated copies use 2.0 GB"));
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
  });

  test("no inodes left is one too, though there is space", () => {
    const finding = onlyFinding(DISK_SPACE, host({ freeInodes: 0 }), CONFIG);
    assert.equal(finding.severity, "error");
    assert.match(finding.cause, /no inodes left/);
  });

  test("above 95 % it is a warning", () => {
    assert.equal(onlyFinding(DISK_SPACE, host({ freeBytes: 4 * GB }), CONFIG).severity, "warning");
    const inodes = onlyFinding(DISK_SPACE, host({ freeInodes: 10, totalInodes: 1000 }), CONFIG);
    assert.equal(inodes.severity, "warning");
  });

  test("five per cent of a large disk are plenty, and what does not count inodes has enough", () => {
    const large = host({ totalBytes: 4000 * GB, freeBytes: 150 * GB });
    assert.deepEqual(findingsOf(DISK_SPACE, large, CONFIG), []);
    const btrfs = host({ type: "btrfs", freeInodes: 0, totalInodes: 0 });
    assert.deepEqual(findingsOf(DISK_SPACE, btrfs, CONFIG), []);
    assert.deepEqual(findingsOf(DISK_SPACE, host({ freeBytes: 6 * GB }), CONFIG), []);
  });

  test("a read-only file system is always full, and is LOG-011's", () => {
    assert.deepEqual(findingsOf(DISK_SPACE, host({ freeBytes: 0, options: ["ro"] }), CONFIG), []);
  });

  test("limits beyond the size of the disk are a remark until the logs have grown", () => {
    const small = { totalBytes: 0.5 * GB, freeBytes: 0.4 * GB };
    const young = onlyFinding(DISK_SPACE, host(small), CONFIG);
    assert.equal(young.severity, "info");
    assert.ok(young.evidence.includes("maxbytes × (backups + 1) of 2 logs: 1.1 GB"));
    const old = host(small)
      .file("/var/log/web.log", "", { bytes: 0.02 * GB })
      .file("/var/log/web.log.1", "", { bytes: 0.05 * GB });
    assert.equal(onlyFinding(DISK_SPACE, old, CONFIG).severity, "warning");
  });

  test("one log of several programs counts once", () => {
    const shared = `${CONFIG}[program:b]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/web.log\nstderr_logfile=/var/log/web.log\n`;
    assert.deepEqual(
      findingsOf(DISK_SPACE, host({ totalBytes: 1.2 * GB, freeBytes: GB }), shared),
      [],
    );
  });

  test("a log without a limit that is large gets one", () => {
    const text = `${CONFIG}stdout_logfile_maxbytes=0\n`;
    const grown = host({}).file("/var/log/web.log", "", { bytes: 11 * GB });
    const finding = onlyFinding(DISK_SPACE, grown, text);
    assert.equal(finding.severity, "warning");
    assert.equal(finding.subject, "/var/log/web.log");
    assert.equal(finding.repair.class, "B");
    repair(grown, finding);
    assert.match(grown.readText("/etc/tsv/tsv.conf") ?? "", /^stdout_logfile_maxbytes=50MB$/m);
    assert.deepEqual(findingsOf(DISK_SPACE, grown, null), []);
  });

  test("AUTO logs without a limit get one", () => {
    const text =
      "[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile_maxbytes=0\nstderr_logfile=NONE\n";
    const endless = host({});
    const finding = onlyFinding(DISK_SPACE, endless, text);
    assert.equal(finding.severity, "warning");
    assert.match(
      finding.symptom,
      /^For \[program:web\], AUTO logging used for stdout_logfile without/,
    );
    assert.equal(finding.place?.line, 5);
    repair(endless, finding);
    assert.deepEqual(findingsOf(DISK_SPACE, endless, null), []);
  });

  test("a log without a limit that is small, or that logrotate looks after, is healthy", () => {
    const text = `${CONFIG}stdout_logfile_maxbytes=0\n`;
    const small = host({}).file("/var/log/web.log", "", { bytes: GB / 2 });
    assert.deepEqual(findingsOf(DISK_SPACE, small, text), []);
    const rotated = host({})
      .file("/var/log/web.log", "", { bytes: 11 * GB })
      .file("/etc/logrotate.d/web", "/var/log/*.log {\n  weekly\n  copytruncate\n}\n");
    assert.deepEqual(findingsOf(DISK_SPACE, rotated, text), []);
  });

  test("a thousand programs take ten times the questions of a hundred", () => {
    assertLinear(
      DISK_SPACE,
      () => host({}),
      (index) =>
        `[program:p${index}]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/p${index}.log\n`,
    );
  });
});
