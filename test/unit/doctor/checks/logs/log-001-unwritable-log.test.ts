// LOG-001 on hosts in memory: the directory that prevents the daemon from writing its logs, and the repair of each.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UNWRITABLE_LOG } from "../../../../../src/doctor/checks/logs/unwritable-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear, findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

function config(user: string, log = "/var/log/app/web.log"): string {
  return `[supervisord]\nuser=${user}\nlogfile=/tmp/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${log}\nstderr_logfile=NONE\n`;
}

const SUPERVISOR = {
  daemon: {
    kind: "supervisor",
    pid: 700,
    uid: 33,
    startTicks: 1,
    startedMs: 0,
    command: ["/usr/bin/python3", "/usr/bin/supervisord"],
    config: "/etc/tsv/tsv.conf",
    state: "S",
    exe: "/usr/bin/python3.11",
    exeDeleted: false,
  },
} as const;

describe("LOG-001", () => {
  test("a directory of logs that belongs to root refuses www-data, and is given to www-data", () => {
    const host = new DoctorHost().directory("/var/log/app");
    const finding = onlyFinding(UNWRITABLE_LOG, host, config("www-data"));
    assert.equal(finding.severity, "error");
    assert.equal(finding.subject, "/var/log/app");
    assert.equal(finding.symptom, "cannot open log '/var/log/app/web.log' of web (stdout): EACCES");
    assert.deepEqual(finding.evidence, [
      "EACCES: /var/log/app is root:root 0755; www-data has no write (w) permission",
      "logs of: web (stdout)",
    ]);
    assert.equal(finding.place?.line, 6);
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(finding.repair.commands, ["chown www-data /var/log/app"]);
    repair(host, finding);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, config("www-data")), []);
  });

  test("the log directory of the installer is entered as a member of its group", () => {
    const file = { path: "/etc/init.d/tsv", text: "", isPackaged: false };
    const host = new DoctorHost().directory("/var/log/tsv", { gid: 990, mode: 0o750 });
    const text = config("www-data", "/var/log/tsv/web.log");
    const { repair: way } = onlyFinding(UNWRITABLE_LOG, host, text, { service: { file } });
    assert.equal(way.class, "B");
    assert.deepEqual(way.commands, ["usermod -aG tsv www-data"]);
    host.memberships.set("www-data", [990]);
    const { repair: then } = onlyFinding(UNWRITABLE_LOG, host, text, { service: { file } });
    assert.doesNotMatch(then.commands.join(), /usermod/);
  });

  test("a link that leads nowhere is named, and the directory that it stands in stays as it is", () => {
    const host = new DoctorHost()
      .directory("/var/log/app", { uid: 33, gid: 33 })
      .link("/var/log/app/web.log", "/mnt/disk/web.log");
    const { subject, repair: way } = onlyFinding(UNWRITABLE_LOG, host, config("root"));
    assert.match(subject, /^\/mnt/);
    assert.match(way.advice, /\/var\/log\/app\/web\.log is a symlink to \/mnt\/disk\/web\.log/);
    assert.deepEqual([way.class, way.steps], ["C", []]);
    assert.doesNotMatch(way.commands.join(), /install -d/);
  });

  test("of root's own link the target's directory is made", () => {
    const host = new DoctorHost()
      .directory("/var/log/app")
      .link("/var/log/app/web.log", "/var/log/real/web.log");
    const { repair: way } = onlyFinding(UNWRITABLE_LOG, host, config("root"));
    assert.deepEqual(way.commands, ["install -d -o root -g root -m 0755 /var/log/real"]);
  });

  test("with a Supervisor that runs, the symptom is its spawn error", () => {
    const host = new DoctorHost().directory("/var/log/app");
    const { symptom } = onlyFinding(UNWRITABLE_LOG, host, config("www-data"), SUPERVISOR);
    assert.equal(symptom, "spawnerr: unknown error making dispatchers for 'web': EACCES");
  });

  test("the program's own user does not matter: the daemon opens the log", () => {
    const text = `[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\nuser=www-data\nstdout_logfile=/var/log/web.log\n`;
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, new DoctorHost(), text), []);
  });

  test("a parent directory without search permission is opened to the daemon's group alone", () => {
    const host = new DoctorHost()
      .directory("/var/log/app", { mode: 0o700 })
      .directory("/var/log/app/web", { uid: 33, gid: 33 });
    const text = config("www-data", "/var/log/app/web/out.log");
    const finding = onlyFinding(UNWRITABLE_LOG, host, text);
    assert.equal(finding.subject, "/var/log/app");
    assert.match(finding.evidence[0] ?? "", /has no search \(x\) permission$/);
    assert.deepEqual(finding.repair.commands, [
      "chgrp www-data /var/log/app",
      "chmod 0710 /var/log/app",
    ]);
    repair(host, finding);
    assert.equal(host.nodes.get("/var/log/app")?.mode, 0o710);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, text), []);
  });

  test("another user's home is left to be opened by hand", () => {
    const host = new DoctorHost()
      .directory("/home/pi", { uid: 1000, gid: 1000, mode: 0o700 })
      .directory("/home/pi/logs", { uid: 33, gid: 33 });
    const finding = onlyFinding(UNWRITABLE_LOG, host, config("www-data", "/home/pi/logs/web.log"));
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
    assert.deepEqual(finding.repair.commands, ["setfacl -m u:www-data:x /home/pi"]);
  });

  test("/var/log stays root's: the log moves into a separate directory", () => {
    const host = new DoctorHost();
    const text = config("www-data", "/var/log/%(program_name)s.log");
    const finding = onlyFinding(UNWRITABLE_LOG, host, text);
    assert.equal(finding.subject, "/var/log");
    assert.equal(finding.repair.class, "B");
    repair(host, finding);
    assert.equal(host.nodes.get("/var/log")?.uid, 0);
    assert.equal(host.nodes.get("/var/log/supervisor")?.uid, 33);
    assert.match(
      host.readText("/etc/tsv/tsv.conf") ?? "",
      /^stdout_logfile=\/var\/log\/supervisor\/%\(program_name\)s\.log$/m,
    );
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, null), []);
  });

  test("below a directory that the daemon cannot enter there is no place for its logs", () => {
    const closed = () => new DoctorHost().directory("/root", { mode: 0o700 });
    const repairOf = (host: DoctorHost, text: string) => onlyFinding(UNWRITABLE_LOG, host, text);
    const text = config("www-data", "/root/web.log");
    const without = repairOf(closed(), text).repair;
    assert.equal(
      without.advice,
      "Log into a directory that www-data can reach: it has no search (x) permission on /root",
    );
    assert.deepEqual([without.class, without.commands], ["C", ["namei -l /root"]]);
    const host = closed().directory("/srv/logs", { uid: 33, gid: 33 });
    const named = text.replace("logfile=/tmp/d.log", "logfile=/tmp/d.log\nchildlogdir=/srv/logs");
    const finding = repairOf(host, named);
    assert.equal(finding.repair.advice, "Log into /srv/logs, in which the user www-data may write");
    assert.deepEqual(finding.repair.commands, [
      "# in /etc/tsv/tsv.conf line 7 [program:web] write: stdout_logfile=/srv/logs/web.log",
    ]);
    repair(host, finding);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, null), []);
    const taken = closed().directory("/srv/logs", { uid: 33, gid: 33 }).file("/srv/logs/web.log");
    assert.deepEqual(repairOf(taken, named).repair.commands, ["namei -l /root"]);
  });

  test("a directory that systemd-tmpfiles keeps as root's is not given away", () => {
    const host = new DoctorHost()
      .directory("/var/log/app", { mode: 0o755 })
      .file("/etc/tmpfiles.d/app.conf", "d /var/log/app 0755 root root -\n");
    const finding = onlyFinding(UNWRITABLE_LOG, host, config("www-data"));
    repair(host, finding);
    assert.equal(host.nodes.get("/var/log/app")?.uid, 0);
    assert.equal(host.nodes.get("/var/log/app/supervisor")?.uid, 33);
  });

  test("a directory with code in it is not given away", () => {
    const host = new DoctorHost().directory("/srv/app").file("/srv/app/server.py");
    const text = config("www-data", "/srv/app/web.log");
    const finding = onlyFinding(UNWRITABLE_LOG, host, text);
    repair(host, finding);
    assert.equal(host.nodes.get("/srv/app")?.uid, 0);
    assert.equal(host.nodes.get("/srv/app/supervisor")?.uid, 33);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, null), []);
    const empty = new DoctorHost().directory("/srv/app").file("/srv/app/web.log.1");
    repair(empty, onlyFinding(UNWRITABLE_LOG, empty, text));
    assert.equal(empty.nodes.get("/srv/app")?.uid, 33);
  });

  test("tsv's own log directory is fixed without confirmation", () => {
    const host = new DoctorHost().directory("/var/log/tsv", { mode: 0o750, gid: 990 });
    const finding = onlyFinding(UNWRITABLE_LOG, host, config("www-data", "/var/log/tsv/web.log"));
    assert.equal(finding.repair.class, "A");
    repair(host, finding);
    const text = config("www-data", "/var/log/tsv/web.log");
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, text), []);
  });

  test("many programs with one cause are one finding", () => {
    const host = new DoctorHost().directory("/var/log/app");
    const programs = Array.from(
      { length: 30 },
      (_, index) =>
        `[program:p${index}]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/app/p${index}.log\nstderr_logfile=NONE\n`,
    );
    const text = `[supervisord]\nuser=pi\nlogfile=/tmp/d.log\n${programs.join("")}`;
    const { evidence } = onlyFinding(UNWRITABLE_LOG, host, text);
    assert.match(evidence[1] ?? "", /and 24 more$/);
  });

  test("the directory of AUTO logs counts for programs without stdout_logfile=", () => {
    const host = new DoctorHost().directory("/var/log/auto");
    const text =
      "[supervisord]\nuser=pi\nlogfile=/tmp/d.log\nchildlogdir=/var/log/auto\n[program:web]\ncommand=/usr/bin/tsv\n";
    const finding = onlyFinding(UNWRITABLE_LOG, host, text);
    assert.equal(finding.subject, "/var/log/auto");
    assert.equal(finding.place?.key, "childlogdir");
  });

  test("the daemon's own log comes first in the symptom, because without it nothing starts", () => {
    const host = new DoctorHost().directory("/var/log/app");
    const text = config("www-data").replace("/tmp/d.log", "/var/log/app/tsv.log");
    const { symptom } = onlyFinding(UNWRITABLE_LOG, host, text);
    assert.equal(symptom, "the activity log cannot be opened: /var/log/app/tsv.log: EACCES");
  });

  test("a directory of the daemon's own that is there already is used again", () => {
    const host = new DoctorHost().directory("/var/log/supervisor", { uid: 33, gid: 33 });
    const text = config("www-data", "/var/log/web.log");
    const finding = onlyFinding(UNWRITABLE_LOG, host, text);
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => step.kind),
      ["file"],
    );
    repair(host, finding);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, null), []);
  });

  test("a group that may write is enough", () => {
    const host = new DoctorHost().directory("/var/log/app", { gid: 4, mode: 0o775 });
    host.memberships.set("www-data", [4]);
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, config("www-data")), []);
  });

  test("a link that leads nowhere is judged where it leads", () => {
    const host = new DoctorHost()
      .directory("/var/log/app", { uid: 33 })
      .directory("/data")
      .link("/var/log/app/web.log", "/data/web.log");
    assert.equal(onlyFinding(UNWRITABLE_LOG, host, config("www-data")).subject, "/data");
  });

  test("the daemon's own descriptors are not opened, and root is refused nothing", () => {
    const host = new DoctorHost()
      .directory("/dev")
      .directory("/var/log/app", { mode: 0o700, uid: 1000 });
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, config("root")), []);
    const text = config("www-data", "/dev/stdout\nstdout_logfile_maxbytes=0");
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, text), []);
  });

  test("facts that the caller cannot read are reported as unknown", () => {
    const host = new DoctorHost()
      .directory("/var/log/app/in", { uid: 33 })
      .directory("/var/log/app", { mode: 0o755, uid: 33 });
    host.uid = 1000;
    const facts = host.facts(config("www-data", "/var/log/app/in/web.log"));
    host.hidden.add("/var/log/app/in");
    const [said] = UNWRITABLE_LOG.look(facts);
    assert.deepEqual(said, {
      unknown: "whether the daemon can open 1 of its logs (needs root)",
    });
  });

  test("without a user the system's configuration belongs to root, for any caller", () => {
    const host = new DoctorHost().directory("/var/log/app");
    host.uid = 1000;
    const text = "[supervisord]\nlogfile=/var/log/app/d.log\n";
    assert.deepEqual(findingsOf(UNWRITABLE_LOG, host, text), []);
  });

  test("a thousand programs take ten times the questions of a hundred", () => {
    const host = (): DoctorHost => new DoctorHost().directory("/var/log/app", { mode: 0o700 });
    assertLinear(
      UNWRITABLE_LOG,
      host,
      (index) =>
        `[program:p${index}]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/app/p${index}.log\n`,
    );
  });
});
