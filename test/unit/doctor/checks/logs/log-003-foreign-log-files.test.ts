// LOG-003 on hosts in memory: files left by a run as root, and files that the kernel protects in /tmp.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FOREIGN_LOG_FILES } from "../../../../../src/doctor/checks/logs/foreign-logs.ts";
import { UNWRITABLE_LOG } from "../../../../../src/doctor/checks/logs/unwritable-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";
import { runningSupervisor } from "./running.ts";

const CONFIG = `[supervisord]
user=www-data
logfile=/srv/app/d.log
pidfile=/srv/app/d.pid
[program:web]
command=/usr/bin/tsv
stdout_logfile=/srv/app/web.log
stderr_logfile=NONE
`;

function host(): DoctorHost {
  return new DoctorHost().directory("/srv/app", { uid: 33, gid: 33 });
}

describe("LOG-003", () => {
  test("logs, their rotated copies and the pid file of root's are given to the daemon's user", () => {
    const broken = host();
    for (const name of ["d.log", "d.log.1", "d.pid", "web.log", "web.log.1", "web.log.12"]) {
      broken.file(`/srv/app/${name}`, "old", { mode: 0o644 });
    }
    const finding = onlyFinding(FOREIGN_LOG_FILES, broken, CONFIG);
    assert.equal(finding.severity, "error");
    assert.equal(finding.symptom, "the activity log cannot be opened: /srv/app/d.log: EACCES");
    assert.ok(finding.evidence.includes("/srv/app/web.log is root:root 0644"));
    assert.equal(finding.repair.class, "B");
    assert.equal(
      finding.repair.commands[0],
      "chown -h www-data: /srv/app/d.log /srv/app/d.log.1 /srv/app/web.log /srv/app/web.log.1 /srv/app/web.log.12 /srv/app/d.pid",
    );
    repair(broken, finding);
    for (const name of ["d.log", "d.log.1", "d.pid", "web.log", "web.log.1", "web.log.12"]) {
      assert.equal(broken.nodes.get(`/srv/app/${name}`)?.uid, 33, name);
    }
    assert.deepEqual(findingsOf(FOREIGN_LOG_FILES, broken, CONFIG), []);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, broken, CONFIG), []);
  });

  test("with a running Supervisor, a program's log is a spawn error, and the daemon's a traceback", () => {
    const program = host().file("/srv/app/web.log");
    const parts = runningSupervisor({ uid: 33 });
    assert.equal(
      onlyFinding(FOREIGN_LOG_FILES, program, CONFIG, parts).symptom,
      "spawnerr: unknown error making dispatchers for 'web': EACCES",
    );
    const main = host().file("/srv/app/d.log");
    assert.equal(
      onlyFinding(FOREIGN_LOG_FILES, main, CONFIG, parts).symptom,
      "PermissionError: [Errno 13] Permission denied: '/srv/app/d.log'",
    );
  });

  test("a pid file alone is a warning: the daemon runs without it", () => {
    const finding = onlyFinding(FOREIGN_LOG_FILES, host().file("/srv/app/d.pid", "12"), CONFIG);
    assert.equal(finding.severity, "warning");
    assert.equal(finding.symptom, "could not write pidfile /srv/app/d.pid");
    assert.equal(finding.place?.line, 4);
  });

  test("a group that was given on purpose stays", () => {
    const broken = host().file("/srv/app/web.log", "", { gid: 4, mode: 0o640 });
    repair(broken, onlyFinding(FOREIGN_LOG_FILES, broken, CONFIG));
    const { uid, gid, mode } = broken.nodes.get("/srv/app/web.log") ?? {};
    assert.deepEqual([uid, gid, mode], [33, 4, 0o640]);
  });

  test("a symlink is not followed to another user's file", () => {
    const broken = host().file("/srv/secret", "").link("/srv/app/web.log", "/srv/secret");
    const finding = onlyFinding(FOREIGN_LOG_FILES, broken, CONFIG);
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
  });

  test("rotated copies of root alone are no error: renaming needs the directory", () => {
    const healthy = host().file("/srv/app/web.log", "", { uid: 33 }).file("/srv/app/web.log.1");
    assert.deepEqual(findingsOf(FOREIGN_LOG_FILES, healthy, CONFIG), []);
  });

  test("files that the daemon's user may write to, by group or by mode, are healthy", () => {
    const healthy = host()
      .file("/srv/app/web.log", "", { gid: 33, mode: 0o664 })
      .file("/srv/app/d.log", "", { mode: 0o666 });
    assert.deepEqual(findingsOf(FOREIGN_LOG_FILES, healthy, CONFIG), []);
  });

  test("a file in /tmp that belongs to another user is refused by the kernel, even to root", () => {
    const text = "[supervisord]\nlogfile=/tmp/d.log\n";
    const broken = new DoctorHost()
      .file("/proc/sys/fs/protected_regular", "2\n")
      .file("/tmp/d.log", "", { uid: 1000 });
    const finding = onlyFinding(FOREIGN_LOG_FILES, broken, text);
    assert.match(finding.cause, /denies even root/);
    assert.ok(finding.evidence.includes("fs.protected_regular is 2"));
    assert.equal(finding.repair.class, "C");
  });

  test("without that protection, or where it is root's own, root opens it", () => {
    const text = "[supervisord]\nlogfile=/tmp/d.log\n";
    const off = new DoctorHost()
      .file("/proc/sys/fs/protected_regular", "0\n")
      .file("/tmp/d.log", "", { uid: 1000 });
    assert.deepEqual(findingsOf(FOREIGN_LOG_FILES, off, text), []);
    const own = new DoctorHost().file("/proc/sys/fs/protected_regular", "2\n").file("/tmp/d.log");
    assert.deepEqual(findingsOf(FOREIGN_LOG_FILES, own, text), []);
  });
});
