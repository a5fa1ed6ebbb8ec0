// LOG-002 on hosts in memory: directories, sockets and pipes in the place of a log.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LOG_IS_NO_FILE } from "../../../../../src/doctor/checks/logs/missing-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";
import { runningSupervisor } from "./running.ts";

function config(log: string, more = ""): string {
  return `[supervisord]\nlogfile=/tmp/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${log}\nstderr_logfile=NONE\n${more}`;
}

describe("LOG-002", () => {
  test("a directory gets the name of a file", () => {
    for (const written of ["/var/log", "/var/log/"]) {
      const host = new DoctorHost();
      const finding = onlyFinding(LOG_IS_NO_FILE, host, config(written));
      assert.equal(finding.severity, "error");
      assert.match(finding.symptom, /^cannot open log '\/var\/log\/?' of web \(stdout\): EISDIR$/);
      assert.equal(finding.place?.line, 5);
      assert.equal(finding.repair.class, "B");
      repair(host, finding);
      const text = host.readText("/etc/tsv/tsv.conf") ?? "";
      assert.match(text, /^stdout_logfile=\/var\/log\/%\(program_name\)s-stdout\.log$/m);
      assert.deepEqual(findingsOf(LOG_IS_NO_FILE, host, null), []);
    }
  });

  test("the processes of a section get names that differ", () => {
    const host = new DoctorHost();
    const more = "numprocs=2\nprocess_name=%(program_name)s_%(process_num)d\n";
    const finding = onlyFinding(LOG_IS_NO_FILE, host, config("/var/log", more));
    repair(host, finding);
    assert.match(host.readText("/etc/tsv/tsv.conf") ?? "", /-%\(process_num\)02d-stdout\.log$/m);
    assert.deepEqual(findingsOf(LOG_IS_NO_FILE, host, null), []);
  });

  test("with a Supervisor that runs, the symptom is its spawn error", () => {
    const { symptom } = onlyFinding(
      LOG_IS_NO_FILE,
      new DoctorHost(),
      config("/var/log"),
      runningSupervisor(),
    );
    assert.equal(symptom, "spawnerr: unknown error making dispatchers for 'web': EISDIR");
  });

  test("a socket needs another path, which doctor does not choose", () => {
    const host = new DoctorHost().socket("/run/app.sock");
    const finding = onlyFinding(LOG_IS_NO_FILE, host, config("/run/app.sock"));
    assert.match(finding.symptom, /ENXIO$/);
    assert.equal(finding.repair.class, "C");
  });

  test("/dev/stdout with a size stops programs of Supervisor, and is given maxbytes=0", () => {
    const host = new DoctorHost().directory("/dev");
    const finding = onlyFinding(LOG_IS_NO_FILE, host, config("/dev/stdout"), runningSupervisor());
    assert.equal(finding.severity, "error");
    assert.equal(finding.symptom, "spawnerr: unknown error making dispatchers for 'web': ESPIPE");
    repair(host, finding);
    assert.match(host.readText("/etc/tsv/tsv.conf") ?? "", /^stdout_logfile_maxbytes=0$/m);
    assert.deepEqual(findingsOf(LOG_IS_NO_FILE, host, null, runningSupervisor()), []);
  });

  test("a Supervisor with a user cannot open the pipe of root's that it was given", () => {
    const host = new DoctorHost()
      .directory("/dev")
      .directory("/proc/700/fd")
      .socket("/proc/700/fd/1", { kind: "pipe", mode: 0o600 });
    const text = config("/dev/stdout", "stdout_logfile_maxbytes=0\n").replace(
      "[supervisord]",
      "[supervisord]\nuser=www-data",
    );
    const finding = onlyFinding(LOG_IS_NO_FILE, host, text, runningSupervisor({ uid: 33 }));
    assert.equal(finding.symptom, "spawnerr: unknown error making dispatchers for 'web': EACCES");
    assert.deepEqual(finding.evidence, ["/dev/stdout of the daemon is a pipe, root:root 0600"]);
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(findingsOf(LOG_IS_NO_FILE, host, null), []);
  });

  test("tsv does not rotate /dev/stdout: it is a remark", () => {
    const finding = onlyFinding(
      LOG_IS_NO_FILE,
      new DoctorHost().directory("/dev"),
      config("/dev/stdout"),
    );
    assert.equal(finding.severity, "info");
  });

  test("maxbytes=0, /dev/null and a file that is not there are healthy", () => {
    const host = new DoctorHost().directory("/dev");
    const zero = "stdout_logfile_maxbytes=0\n";
    assert.deepEqual(findingsOf(LOG_IS_NO_FILE, host, config("/dev/stdout", zero)), []);
    assert.deepEqual(findingsOf(LOG_IS_NO_FILE, host, config("/dev/null")), []);
    assert.deepEqual(findingsOf(LOG_IS_NO_FILE, host, config("/var/log/web.log")), []);
  });
});
