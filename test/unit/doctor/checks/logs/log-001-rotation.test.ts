// LOG-001 on hosts in memory: logs that can be written and not rotated.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UNWRITABLE_LOG } from "../../../../../src/doctor/checks/logs/unwritable-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

function config(user: string, log = "/var/log/app/web.log"): string {
  return `[supervisord]\nuser=${user}\nlogfile=/tmp/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${log}\nstderr_logfile=NONE\n`;
}

describe("LOG-001, rotation", () => {
  test("a log that can be written but not renamed will grow without end", () => {
    const host = new DoctorHost()
      .directory("/var/log/app")
      .file("/var/log/app/web.log", "", { uid: 33 });
    const finding = onlyFinding(UNWRITABLE_LOG, host, config("www-data"));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.symptom, "cannot rotate log '/var/log/app/web.log': EACCES");
    repair(host, finding);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, config("www-data")), []);
  });

  test("many logs that cannot be rotated are one finding", () => {
    const host = new DoctorHost()
      .directory("/var/log/app")
      .file("/var/log/app/web.log", "", { uid: 33 })
      .file("/var/log/app/err.log", "", { uid: 33 });
    const text = config("www-data").replace(
      "stderr_logfile=NONE",
      "stderr_logfile=/var/log/app/err.log",
    );
    assert.equal(onlyFinding(UNWRITABLE_LOG, host, text).subject, "rotation in /var/log/app");
  });

  test("a log that is never rotated needs no rename", () => {
    const host = new DoctorHost()
      .directory("/var/log/app")
      .file("/var/log/app/web.log", "", { uid: 33 });
    const text = `${config("www-data")}stdout_logfile_maxbytes=0\n`;
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, text), []);
  });
});

describe("LOG-001, links", () => {
  const text = config("pi", "/home/pi/logs/web.log");

  for (const target of ["/etc", "/var/log/private", "/root/logs"]) {
    test(`the target of a user's symlink is not given to the user: ${target}`, () => {
      const host = new DoctorHost().directory(target).link("/home/pi/logs", target);
      const { repair: by } = onlyFinding(UNWRITABLE_LOG, host, text);
      assert.equal(by.class, "C");
      assert.deepEqual(by.steps, []);
      assert.match(
        by.advice,
        /without \/home\/pi\/logs, a symlink that users other than root can change/,
      );
    });
  }

  test("the target of root's symlink is, unless others need it too", () => {
    const log = config("pi", "/var/log/app/web.log");
    const host = new DoctorHost().directory("/srv/logs").link("/var/log/app", "/srv/logs");
    assert.deepEqual(onlyFinding(UNWRITABLE_LOG, host, log).repair.commands, [
      "chown pi /srv/logs",
    ]);
    const shared = new DoctorHost().link("/var/log/app", "/etc");
    const { steps } = onlyFinding(UNWRITABLE_LOG, shared, log).repair;
    assert.ok(!steps.some(({ step }) => step.kind === "own"), JSON.stringify(steps));
  });
});

describe("LOG-001, texts that only resemble log errors", () => {
  for (const directory of ["/srv/blog", "/srv/login", "/srv/catalog"]) {
    test(`${directory} with a program in it is not given away`, () => {
      const host = new DoctorHost().file(`${directory}/server.js`);
      const { steps } = onlyFinding(
        UNWRITABLE_LOG,
        host,
        config("pi", `${directory}/x.log`),
      ).repair;
      assert.ok(!steps.some(({ step }) => step.kind === "own"), JSON.stringify(steps));
    });
  }
});
