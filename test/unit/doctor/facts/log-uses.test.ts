// Uses of logs, from the configuration and from the daemon.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findDaemons } from "../../../../src/doctor/facts/daemons.ts";
import { listSome, logOwner, logUses } from "../../../../src/doctor/facts/logs.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const CONFIG = `[supervisord]
logfile=/var/log/d.log
directory=/srv
[program:web]
command=/usr/bin/tsv
stdout_logfile=web.log
`;

function status(stdoutLog: string, stderrLog: string): object {
  const text = { group: "web", name: "web", state: "RUNNING", description: "", spawnError: "" };
  const numbers = { pid: 1, exitStatus: 0, start: 0, stop: 0, now: 0 };
  return { ...text, ...numbers, stdoutLog, stderrLog };
}

describe("uses of logs", () => {
  test("are the daemon's own, then those of programs, relative ones from the working directory", () => {
    const host = new DoctorHost().directory("/srv");
    const uses = logUses(host.situation(CONFIG), host);
    assert.deepEqual(
      uses.map((use) => `${logOwner(use)} ${use.path} ${use.owner}`),
      [
        "the daemon /var/log/d.log supervisord",
        "web (stdout) /srv/web.log program:web",
        "web (stderr) /tmp/web-stderr---supervisor-*.log program:web",
      ],
    );
  });

  test("AUTO logs have the names that the daemon says", () => {
    const host = new DoctorHost().directory("/srv");
    const programs = [status("/srv/web.log", "/tmp/web-stderr---supervisor-abcdefgh.log")];
    const situation = { ...host.situation(CONFIG), programs } as never;
    assert.equal(logUses(situation, host)[2]?.path, "/tmp/web-stderr---supervisor-abcdefgh.log");
  });

  test("AUTO logs have no names that the daemon would not choose", () => {
    const host = new DoctorHost().directory("/srv");
    for (const path of ["/etc/shadow", "/tmp/web-stderr---supervisor-/../../etc/shadow"]) {
      const situation = { ...host.situation(CONFIG), programs: [status("", path)] } as never;
      assert.equal(logUses(situation, host)[2]?.path, "/tmp/web-stderr---supervisor-*.log");
    }
  });

  test("relative ones are not resolved in the directory of another process", () => {
    const host = new DoctorHost().run(9, ["tsv", "daemon"], { uid: 33, cwd: "/etc" });
    const situation = host.situation(CONFIG.replace("directory=/srv\n", ""));
    const daemon = { ...findDaemons(host)[0], config: "/etc/tsv/tsv.conf" };
    const paths = logUses({ ...situation, daemon } as never, host).map(({ path }) => path);
    assert.ok(!paths.includes("/etc/web.log"), paths.join(" "));
  });

  test("syslog, NONE and the daemon's own descriptors are no paths", () => {
    const host = new DoctorHost().directory("/dev");
    const text =
      "[supervisord]\nlogfile=syslog\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=/dev/stdout\nstderr_logfile=NONE\n";
    assert.deepEqual(logUses(host.situation(text), host), []);
  });

  test("long lists are cut", () => {
    assert.equal(listSome(["a", "b", "a"]), "a, b");
    assert.equal(listSome(["a", "b", "c"], 2), "a, b and 1 more");
  });
});
