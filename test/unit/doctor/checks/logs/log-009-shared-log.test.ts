// LOG-009 on hosts in memory: one log for several.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SHARED_LOG } from "../../../../../src/doctor/checks/logs/auto-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear, findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";
import { runningSupervisor } from "./running.ts";

function program(name: string, more: string, command = "/usr/bin/tsv"): string {
  return `[program:${name}]\ncommand=${command}\nstderr_logfile=NONE\n${more}\n`;
}

const BOTH = `[supervisord]\n${program("a", "stdout_logfile=/var/log/x.log")}${program("b", "stdout_logfile=/var/log/x.log")}`;

describe("LOG-009", () => {
  test("tsv has one writer for a path, so that two programs are a remark", () => {
    const finding = onlyFinding(SHARED_LOG, new DoctorHost(), BOTH);
    assert.equal(finding.severity, "info");
    assert.deepEqual(finding.evidence, ["/var/log/x.log is the log of a (stdout), b (stdout)"]);
  });

  test("Supervisor loses lines, and each program but the first gets a separate log", () => {
    const host = new DoctorHost();
    const finding = onlyFinding(SHARED_LOG, host, BOTH, runningSupervisor());
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "B");
    repair(host, finding);
    const text = host.readText("/etc/tsv/tsv.conf") ?? "";
    assert.match(text, /^stdout_logfile=\/var\/log\/x\.log$/m);
    assert.match(text, /^stdout_logfile=\/var\/log\/%\(program_name\)s-stdout\.log$/m);
    assert.deepEqual(findingsOf(SHARED_LOG, host, null, runningSupervisor()), []);
  });

  test("so do the processes of one section", () => {
    const host = new DoctorHost();
    const text = `[supervisord]\n${program(
      "w",
      "numprocs=3\nprocess_name=%(program_name)s_%(process_num)d\nstdout_logfile=/var/log/w.log",
    )}`;
    repair(host, onlyFinding(SHARED_LOG, host, text, runningSupervisor()));
    assert.match(
      host.readText("/etc/tsv/tsv.conf") ?? "",
      /%\(program_name\)s_%\(process_num\)02d-stdout\.log$/m,
    );
    assert.deepEqual(findingsOf(SHARED_LOG, host, null, runningSupervisor()), []);
  });

  test("two names of one directory are one", () => {
    const host = new DoctorHost().link("/logs", "/var/log");
    const text = BOTH.replace("/var/log/x.log", "/logs/x.log");
    assert.equal(findingsOf(SHARED_LOG, host, text).length, 1);
  });

  test("one /dev/stdout, one log that never rotates, AUTO logs and different files are healthy", () => {
    const host = new DoctorHost().directory("/dev");
    const stdout = BOTH.replaceAll("/var/log/x.log", "/dev/stdout\nstdout_logfile_maxbytes=0");
    const endless = BOTH.replaceAll("/var/log/x.log", "/var/log/x.log\nstdout_logfile_maxbytes=0");
    const auto = BOTH.replaceAll("/var/log/x.log", "AUTO");
    const named = BOTH.replaceAll("/var/log/x.log", "/var/log/%(program_name)s.log");
    for (const text of [stdout, endless, auto, named]) {
      assert.deepEqual(findingsOf(SHARED_LOG, host, text, runningSupervisor()), [], text);
    }
  });

  test("a command that writes to the log which is rotated is a warning", () => {
    for (const command of [
      "/bin/sh -c 'app >> /var/log/x.log'",
      "/usr/bin/app --logfile=/var/log/x.log",
      "/usr/bin/gunicorn --error-logfile /var/log/x.log app:app",
      '/bin/sh -c "app | tee -a /var/log/x.log"',
    ]) {
      const text = `[supervisord]\n${program("a", "stdout_logfile=/var/log/x.log", command)}`;
      const finding = onlyFinding(SHARED_LOG, new DoctorHost(), text);
      assert.equal(finding.severity, "warning", command);
      assert.equal(finding.repair.class, "C");
    }
  });

  test("a command that reads its log, writes to another, or to one that is not rotated, is healthy", () => {
    for (const [command, more] of [
      ["/usr/bin/app --config /var/log/x.log", ""],
      ["/usr/bin/app --logfile=/var/log/x.log2", ""],
      ["/usr/bin/app >> /var/log/x.log", ""],
      ["/usr/bin/app --logfile=/var/log/x.log", "\nstdout_logfile_maxbytes=0"],
    ] as const) {
      const text = `[supervisord]\n${program("a", `stdout_logfile=/var/log/x.log${more}`, command)}`;
      assert.deepEqual(findingsOf(SHARED_LOG, new DoctorHost(), text), [], command);
    }
  });

  test("a thousand programs take ten times the questions of a hundred", () => {
    assertLinear(
      SHARED_LOG,
      () => new DoctorHost(),
      (index) => program(`p${index}`, "stdout_logfile=/var/log/%(program_name)s.log"),
    );
  });
});
