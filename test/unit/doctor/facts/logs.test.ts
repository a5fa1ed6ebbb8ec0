// Uses of logs, from the configuration and from the daemon.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findDaemons } from "../../../../src/doctor/facts/daemons.ts";
import { lastLines, listSome, logOwner, logUses } from "../../../../src/doctor/facts/logs.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { fc } from "../../../property.ts";

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
    const uses = logUses(host.facts(CONFIG));
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
    const facts = { ...host.facts(CONFIG), programs } as never;
    assert.equal(logUses(facts)[2]?.path, "/tmp/web-stderr---supervisor-abcdefgh.log");
  });

  test("AUTO logs have no names that the daemon would not choose", () => {
    const host = new DoctorHost().directory("/srv");
    for (const path of ["/etc/shadow", "/tmp/web-stderr---supervisor-/../../etc/shadow"]) {
      const facts = { ...host.facts(CONFIG), programs: [status("", path)] } as never;
      assert.equal(logUses(facts)[2]?.path, "/tmp/web-stderr---supervisor-*.log");
    }
  });

  test("relative ones are not resolved in the directory of another process", () => {
    const host = new DoctorHost().run(9, ["tsv", "daemon"], { uid: 33, cwd: "/etc" });
    const facts = host.facts(CONFIG.replace("directory=/srv\n", ""));
    const daemon = { ...findDaemons(host)[0], config: "/etc/tsv/tsv.conf" };
    const paths = logUses({ ...facts, daemon } as never).map(({ path }) => path);
    assert.ok(!paths.includes("/etc/web.log"), paths.join(" "));
  });

  test("syslog, NONE and the daemon's own descriptors are no paths", () => {
    const host = new DoctorHost().directory("/dev");
    const text =
      "[supervisord]\nlogfile=syslog\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=/dev/stdout\nstderr_logfile=NONE\n";
    assert.deepEqual(logUses(host.facts(text)), []);
  });

  test("long lists are cut", () => {
    assert.equal(listSome(["a", "b", "a"]), "a, b");
    assert.equal(listSome(["a", "b", "c"], 2), "a, b and 1 more");
  });
});

// Last lines of logs: fit for a terminal.

const end = (text: string, most = 3) =>
  lastLines("/log", most, new DoctorHost().file("/log", text));

test("the last lines come oldest first, without empty ones and carriage returns", () => {
  assert.deepEqual(end("a\nb\r\n\n  \nc\nd\n"), ["b", "c", "d"]);
  assert.deepEqual(end(""), []);
});

test("a log that is missing has no lines, which is not the same as none", () => {
  assert.equal(lastLines("/gone", 3, new DoctorHost()), null);
  assert.equal(lastLines("", 3, new DoctorHost()), null);
});

test("a text that resembles a secret is hidden", () => {
  const [line = ""] = end("connecting with password=hunter2 to postgres://app:s3cret@db/x\n") ?? [];
  assert.doesNotMatch(line, /hunter2|s3cret/);
  assert.match(line, /^connecting with password=/);
});

test("a first line that lost its beginning is left out, and long ones are cut", () => {
  const lines = end(`${"x".repeat(20_000)}\nlast\n`);
  assert.deepEqual(lines, ["last"]);
  assert.equal(end("y".repeat(600))?.[0]?.length, 500);
});

test("no control character reaches a terminal, whatever a program wrote", () => {
  assert.deepEqual(end("\x1b[31mred\x1b[0m\tx\x07\x1b]0;title\x07\x1b[2J"), ["red    x\\x07"]);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      for (const line of end(text) ?? []) assert.doesNotMatch(line, /\p{Cc}/u);
    }),
  );
});
