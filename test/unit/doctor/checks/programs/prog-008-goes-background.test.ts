// PROG-008 on hosts in memory: programs that leave the foreground, jobs that are done, and those that are neither.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GOES_BACKGROUND } from "../../../../../src/doctor/checks/programs/goes-background.ts";
import { config, FATAL, history, host, look, NOW_S, one, run, status, written } from "./rig.ts";

const DAEMON = {
  kind: "tsv",
  pid: 50,
  uid: 0,
  startTicks: 1,
  startedMs: 0,
  command: ["tsv", "daemon"],
  config: "/etc/tsv/tsv.conf",
  state: "S",
  exe: "/usr/bin/tsv",
  exeDeleted: false,
} as const;

const DONE = { programs: [FATAL], histories: [history([run({ exitStatus: 0, expected: true })])] };
const check = (command: string, parts = {}, made = host()) =>
  look(GOES_BACKGROUND, made, config(`command=${command}`), parts);

describe("PROG-008", () => {
  test("a program with a known option gets it appended", () => {
    const finding = one(check("nginx -c /etc/nginx.conf", DONE));
    assert.equal(finding.severity, "error");
    assert.match(finding.cause, /nginx puts itself/);
    assert.match(written(finding), /^command=nginx -c \/etc\/nginx\.conf -g "daemon off;"$/m);
    assert.deepEqual(look(GOES_BACKGROUND, host(), written(finding)), [], "and then it is well");
  });

  test("a certain error in the words is reported before the first start", () => {
    for (const [command, advice] of [
      ["/usr/sbin/sshd", /Add -D/],
      ["gunicorn -D app:app", /Remove the option/],
      ["service nginx start", /Run the program directly/],
      ["docker run -d redis", /Remove -d/],
      ["sh -c 'node app.js &'", /Remove the &/],
      ["/etc/init.d/ssh start", /Run the program directly/],
    ] as const) {
      const finding = one(check(command));
      assert.equal(finding.severity, "warning", command);
      assert.match(finding.repair.advice, advice);
    }
  });

  test("a mode that its own configuration may set is reported only after an exit", () => {
    for (const command of ["nginx", "redis-server /etc/redis.conf", "php-fpm8.2"]) {
      assert.deepEqual(check(command), [], command);
      assert.deepEqual(check(command, { programs: [status()] }), [], command);
      assert.equal(one(check(command, DONE)).severity, "error", command);
    }
  });

  test("a copy that went away is found although a later run counts as RUNNING", () => {
    const made = host().run(4711, ["nginx: master process nginx"], {
      name: "nginx",
      startedMs: NOW_S * 1000 - 60_000,
    });
    made.listen({ kind: "tcp", address: "0.0.0.0", port: 80, pid: 4711 });
    const daemon = { ...DAEMON, startedMs: NOW_S * 1000 - 120_000 };
    const later = run({ ending: "exited", exitStatus: 1 });
    const parts = {
      daemon,
      programs: [status({ pid: 5000 })],
      histories: [history([run({ exitStatus: 0, expected: true }), later])],
    };
    const finding = one(check("/usr/bin/nginx", parts, made));
    assert.equal(finding.severity, "error");
    assert.match(finding.evidence.join(), /pid 4711.*listens on port 80/);
    assert.match(finding.repair.commands.join(), /kill 4711/);
    assert.deepEqual(check("/usr/bin/nginx", parts), [], "without a copy it is well");
  });

  test("an option that sends it away is to be left out, not contradicted", () => {
    const finding = one(check("redis-server --daemonize yes"));
    assert.deepEqual(
      [finding.repair.advice, finding.repair.steps],
      ["Remove the option for this", []],
    );
  });

  test("a copy that runs on is named", () => {
    const made = host().run(4711, ["/opt/own"], { name: "own", startedMs: NOW_S * 1000 - 599_000 });
    const finding = one(check("/opt/own", DONE, made));
    assert.match(finding.cause, /a copy of it runs/);
    assert.match(finding.evidence.join("\n"), /pid 4711/);
    assert.equal(finding.repair.class, "C");
  });

  test("for a finished job, the options of a one-time program are suggested", () => {
    const finding = one(check("/opt/migrate", DONE));
    assert.match(finding.repair.commands.join("\n"), /startsecs=0 and autorestart=false/);
    assert.equal(finding.repair.class, "C");
  });

  test("programs that stay in front, that run, or that failed otherwise are not its business", () => {
    for (const command of [
      "/usr/sbin/sshd -D -e",
      "apache2 -DFOREGROUND",
      "gunicorn app:app",
      "sh -c 'a && b'",
      "squid -NYCd 1",
      "smbd -FS --no-process-group",
      "docker run --rm -it image server -d /data",
      "cron -L 5 -f",
    ]) {
      assert.deepEqual(check(command), [], command);
    }
    assert.deepEqual(check("/usr/sbin/sshd", { programs: [status()] }), []);
    const failed = { programs: [FATAL], histories: [history([run()])] };
    assert.deepEqual(check("/usr/sbin/sshd", failed), []);
    assert.deepEqual(check("/opt/own", { programs: [FATAL], histories: null }), []);
  });

  test("failures before a change of the configuration do not count", () => {
    const old = { programs: [{ ...FATAL, start: NOW_S - 2 * 86_400 }], histories: DONE.histories };
    assert.deepEqual(check("/opt/migrate", old), []);
    const included = host().file("/etc/tsv/b.conf", "[program:web]\nstartsecs=2\n", {
      modifiedMs: NOW_S * 1000,
    });
    const text = `${config("command=/opt/migrate")}[include]\nfiles=b.conf\n`;
    assert.deepEqual(look(GOES_BACKGROUND, included, text, DONE), [], "in whichever of its files");
  });
});
