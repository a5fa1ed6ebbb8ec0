// LOG-008 on hosts in memory: logs that were renamed or removed under the daemon, and rules that will do so.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LOG_WAS_MOVED } from "../../../../../src/doctor/checks/logs/moved-logs.ts";
import type { OpenFile } from "../../../../../src/doctor/facts/probe.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";
import { runningSupervisor, runningTsv } from "./running.ts";

const CONFIG =
  "[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/web.log\nstderr_logfile=NONE\n";

function host(...open: readonly OpenFile[]): DoctorHost {
  const made = new DoctorHost();
  made.files.set(700, [{ fd: 3, target: "/var/log/d.log", deleted: false }, ...open]);
  return made;
}

describe("LOG-008", () => {
  test("a renamed log is reopened by USR2, which disturbs no program", () => {
    for (const target of [
      "/var/log/web.log.1",
      "/var/log/web.log-20260102",
      "/var/log/web.log.old",
    ]) {
      const finding = onlyFinding(
        LOG_WAS_MOVED,
        host({ fd: 7, target, deleted: false }),
        CONFIG,
        runningTsv(),
      );
      assert.equal(finding.severity, "error");
      assert.equal(finding.subject, "/var/log/web.log");
      assert.equal(finding.evidence[0], `descriptor 7 is now ${target}`);
      assert.equal(finding.repair.class, "A");
      assert.deepEqual(finding.repair.commands, ["kill -USR2 700"]);
      const [step] = finding.repair.steps;
      assert.deepEqual(step?.step, {
        kind: "signal",
        pid: 700,
        startTicks: 1,
        signal: "SIGUSR2",
        what: "make the daemon reopen its logs",
      });
    }
  });

  test("so is one that was removed", () => {
    const removed = host({ fd: 7, target: "/var/log/web.log", deleted: true });
    const finding = onlyFinding(LOG_WAS_MOVED, removed, CONFIG, runningTsv());
    assert.equal(finding.evidence[0], "descriptor 7 is /var/log/web.log, deleted");
  });

  test("a Supervisor of another user needs confirmation", () => {
    const removed = host({ fd: 7, target: "/var/log/web.log", deleted: true });
    assert.equal(
      onlyFinding(LOG_WAS_MOVED, removed, CONFIG, runningSupervisor()).repair.class,
      "B",
    );
  });

  test("a log under its own name is healthy, also while an older copy is still open", () => {
    const good = { fd: 7, target: "/var/log/web.log", deleted: false };
    assert.deepEqual(findingsOf(LOG_WAS_MOVED, host(good), CONFIG, runningTsv()), []);
    const both = host(good, { fd: 8, target: "/var/log/web.log.1", deleted: false });
    assert.deepEqual(findingsOf(LOG_WAS_MOVED, both, CONFIG, runningTsv()), []);
  });

  test("other files that the daemon has open, and a program that has not started, are none of its business", () => {
    const other = host({ fd: 8, target: "/var/log/other.log.1", deleted: true });
    assert.deepEqual(findingsOf(LOG_WAS_MOVED, other, CONFIG, runningTsv()), []);
  });

  test("a logrotate rule that renames without a signal is a warning", () => {
    const broken = host().file(
      "/etc/logrotate.d/web",
      '# mine\n/var/log/web.log\n"/var/log/other.log" {\n  weekly\n  rotate 4\n}\n',
    );
    const finding = onlyFinding(LOG_WAS_MOVED, broken, CONFIG, runningTsv());
    assert.equal(finding.severity, "warning");
    assert.deepEqual(finding.place, {
      file: "/etc/logrotate.d/web",
      line: 2,
      section: null,
      key: null,
    });
    assert.equal(finding.repair.class, "C");
  });

  test("copytruncate, USR2, a rule for other files and a copy that logrotate passes over are healthy", () => {
    for (const [name, text] of [
      ["web", "/var/log/*.log {\n  copytruncate\n}\n"],
      [
        "web",
        "/var/log/web.log {\n  postrotate\n    kill -USR2 $(cat /run/tsv/tsv.pid)\n  endscript\n}\n",
      ],
      ["web", "/var/log/*/web.log {\n  weekly\n}\n"],
      ["web.dpkg-old", "/var/log/web.log {\n  weekly\n}\n"],
    ] as const) {
      const healthy = host().file(`/etc/logrotate.d/${name}`, text);
      assert.deepEqual(findingsOf(LOG_WAS_MOVED, healthy, CONFIG, runningTsv()), [], text);
    }
  });

  test("copytruncate for every rule counts too", () => {
    const healthy = host()
      .file("/etc/logrotate.conf", "weekly\ncopytruncate\ninclude /etc/logrotate.d\n")
      .file("/etc/logrotate.d/web", "/var/log/web.log {\n  rotate 4\n}\n");
    assert.deepEqual(findingsOf(LOG_WAS_MOVED, healthy, CONFIG, runningTsv()), []);
  });

  test("open files of a daemon that the caller cannot read are unknown", () => {
    const blind = new DoctorHost();
    assert.deepEqual(LOG_WAS_MOVED.look(blind.facts(CONFIG, runningTsv())), [
      { unknown: "which logs the daemon with pid 700 has open (needs root)" },
    ]);
  });
});
