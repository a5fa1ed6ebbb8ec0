// LOG-012 on hosts in memory: links of users on the way to logs of root's daemon.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { REFUSED_LINK } from "../../../../../src/doctor/checks/logs/foreign-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";
import { runningSupervisor } from "./running.ts";

const WWW = { uid: 33, gid: 33 };

function config(path: string, daemon = ""): string {
  const program = `[program:web]\ncommand=/usr/bin/tsv\nstderr_logfile=NONE\nstdout_logfile=${path}\n`;
  return `[supervisord]\nlogfile=/var/log/d.log\n${daemon}${program}`;
}

function app(): DoctorHost {
  return new DoctorHost().directory("/srv").directory("/srv/app", WWW);
}

describe("LOG-012", () => {
  test("a link in the place of the log to root's file is named with its owner and what it leads to", () => {
    const host = app().file("/root/secret", "", { mode: 0o600 });
    host.link("/srv/app/web.log", "/root/secret", 33);
    const finding = onlyFinding(REFUSED_LINK, host, config("/srv/app/web.log"));
    assert.equal(finding.severity, "error");
    assert.equal(finding.subject, "/srv/app/web.log");
    assert.match(finding.symptom, /ELOOP/);
    assert.match(finding.cause, /symlink of www-data/);
    assert.match(
      finding.evidence[0] ?? "",
      /is a symlink to \/root\/secret, which is root:root 0600/,
    );
    assert.deepEqual(finding.repair.commands, [
      "namei -l /srv/app/web.log",
      "chown -h root /srv/app/web.log",
    ]);
  });

  test("so is one on the path, a dangling one, and another user's in /tmp", () => {
    const host = app().directory("/var/log/app");
    host.link("/srv/app/logs", "/var/log/app", 33).link("/srv/app/new.log", "/var/log/new", 33);
    host.link("/tmp/web.log", "/srv/app/x", 33);
    for (const path of ["/srv/app/logs/web.log", "/srv/app/new.log", "/tmp/web.log"]) {
      assert.equal(findingsOf(REFUSED_LINK, host, config(path)).length, 1, path);
    }
  });

  test("one in /tmp is reported as such, whatever its target", () => {
    const host = app().link("/tmp/web.log", "/srv/app/x", 33);
    const finding = onlyFinding(REFUSED_LINK, host, config("/tmp/web.log"));
    assert.match(finding.symptom, /EACCES/);
    assert.match(finding.cause, /symlink of www-data in a world-writable directory/);
  });

  test("links to what is their owner's, root's own, and none are fine", () => {
    const host = app().directory("/srv/app/shared", WWW).directory("/srv/app/r1", WWW);
    host.link("/srv/app/current", "r1", 33).link("/srv/app/r1/log", "../shared/.", 33);
    host.file("/srv/app/shared/made-by-root", "").directory("/data").link("/srv/app/data", "/data");
    host.link("/srv/app/web.log", "shared/made-by-root", 33);
    for (const path of [
      "/srv/app/current/log/web.log",
      "/srv/app/web.log",
      "/srv/app/data/web.log",
      "/srv/app/shared/../web.out",
    ]) {
      assert.deepEqual(findingsOf(REFUSED_LINK, host, config(path)), [], path);
    }
  });

  test("it does not affect a daemon of another user, or Supervisor", () => {
    const host = app().link("/srv/app/web.log", "/etc/motd", 33);
    const path = "/srv/app/web.log";
    assert.deepEqual(findingsOf(REFUSED_LINK, host, config(path, "user=www-data\n")), []);
    assert.deepEqual(findingsOf(REFUSED_LINK, host, config(path), runningSupervisor()), []);
  });
});
