// SEC-004 on hosts in memory: paths that other users can change, and many healthy hosts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WRITABLE_BY_OTHERS } from "../../../../../src/doctor/checks/security/writable.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear, findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

const PASSWD = `root:x:0:0::/root:/bin/sh
www-data:x:33:33::/var/www:/bin/false
pi:x:1000:1000::/home/pi:/bin/sh
`;
const GROUP =
  "root:x:0:\nadm:x:4:\nsudo:x:27:pi\nwww-data:x:33:\nstaff:x:50:\ntsv:x:990:\npi:x:1000:\n";

function program(command: string, more = ""): string {
  return `[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=${command}\nstdout_logfile=NONE\nstderr_logfile=NONE\n${more}`;
}

/** A Debian: /usr/local is root:staff 2775. */
function host(group = GROUP): DoctorHost {
  const made = new DoctorHost()
    .file("/etc/passwd", PASSWD)
    .file("/etc/group", group)
    .directory("/usr/local", { mode: 0o2775, gid: 50 })
    .directory("/usr/local/bin", { mode: 0o2775, gid: 50 })
    .file("/usr/local/bin/app", "\x7fELF", { mode: 0o755 });
  made.groups.push({ name: "staff", gid: 50 }, { name: "sudo", gid: 27 });
  return made;
}

/** pi may not become root. */
function ordinary(): DoctorHost {
  return host();
}

describe("SEC-004", () => {
  test("a healthy Debian has nothing: staff is empty, and /tmp is sticky", () => {
    const healthy = host().directory("/tmp/scratch").file("/tmp/scratch/app", "x", { mode: 0o755 });
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, healthy, program("/usr/local/bin/app")), []);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, healthy, program("/tmp/scratch/app")), []);
  });

  test("a member of staff could replace what root runs", () => {
    const broken = host(GROUP.replace("staff:x:50:", "staff:x:50:www-data"));
    const finding = onlyFinding(WRITABLE_BY_OTHERS, broken, program("/usr/local/bin/app"));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.subject, "/usr/local");
    assert.match(finding.symptom, /^www-data can run commands as root/);
    assert.deepEqual(finding.repair.commands, ["chmod 2755 /usr/local"]);
    repair(broken, finding);
    const inner = onlyFinding(WRITABLE_BY_OTHERS, broken, program("/usr/local/bin/app"));
    assert.equal(inner.subject, "/usr/local/bin");
    repair(broken, inner);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, broken, program("/usr/local/bin/app")), []);
  });

  test("a member who may use sudo changes nothing", () => {
    const healthy = host(GROUP.replace("staff:x:50:", "staff:x:50:pi"));
    healthy.memberships.set("pi", [27]);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, healthy, program("/usr/local/bin/app")), []);
  });

  test("a group with unknown members is a note", () => {
    const unknown = host()
      .directory("/opt", { mode: 0o775, gid: 5000 })
      .file("/opt/app", "x", { mode: 0o755 });
    assert.equal(onlyFinding(WRITABLE_BY_OTHERS, unknown, program("/opt/app")).severity, "info");
  });

  test("a configuration that everybody may write to is closed", () => {
    const text = program("/usr/bin/tsv");
    const broken = ordinary().file("/etc/tsv/tsv.conf", text, { mode: 0o666 });
    const finding = onlyFinding(WRITABLE_BY_OTHERS, broken, null);
    assert.match(finding.symptom, /^every user of this machine can run commands as root/);
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(finding.repair.commands, ["chmod 0664 /etc/tsv/tsv.conf"]);
    repair(broken, finding);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, broken, null), []);
  });

  test("an included file of a user is given to root", () => {
    const text = `${program("/usr/bin/tsv")}[include]\nfiles=conf.d/*.conf\n`;
    const broken = ordinary()
      .directory("/etc/tsv/conf.d")
      .file("/etc/tsv/conf.d/a.conf", "[program:a]\ncommand=/usr/bin/tsv\n", { uid: 1000 });
    const finding = onlyFinding(WRITABLE_BY_OTHERS, broken, text);
    assert.equal(finding.subject, "/etc/tsv/conf.d/a.conf");
    assert.match(finding.symptom, /^pi can run commands as root/);
    repair(broken, finding);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, broken, text), []);
  });

  test("the directory of included files counts, also while it is empty, and sticky is no help there", () => {
    const text = `${program("/usr/bin/tsv")}[include]\nfiles=%(here)s/conf.d/*.conf\n`;
    const broken = ordinary().directory("/etc/tsv/conf.d", { mode: 0o1777 });
    assert.equal(onlyFinding(WRITABLE_BY_OTHERS, broken, text).subject, "/etc/tsv/conf.d");
  });

  test("files in a user's home are moved by hand, and no home changes its owner", () => {
    const broken = ordinary().file("/home/pi/app.py", "x", { uid: 1000, gid: 1000, mode: 0o755 });
    broken.file("/usr/bin/python3", "\x7fELF", { mode: 0o755 });
    const finding = onlyFinding(WRITABLE_BY_OTHERS, broken, program("python3 /home/pi/app.py"));
    assert.equal(finding.subject, "/home/pi");
    assert.equal(finding.repair.class, "C");
    assert.match(finding.repair.advice, /^Run it as pi \(user=pi\)/);
  });

  test("a program of a user may lie in that user's home", () => {
    const healthy = ordinary().file("/home/pi/app", "x", { uid: 1000, gid: 1000, mode: 0o755 });
    const text = program("/home/pi/app", "user=pi\n");
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, healthy, text), []);
  });

  test("a link is followed to what it leads to", () => {
    const broken = ordinary()
      .directory("/srv/open", { mode: 0o777 })
      .file("/srv/open/app", "x", { mode: 0o755 })
      .link("/usr/bin/app", "/srv/open/app");
    assert.equal(
      onlyFinding(WRITABLE_BY_OTHERS, broken, program("/usr/bin/app")).subject,
      "/srv/open",
    );
  });

  test("a directory of logs counts when everybody may write to it, and not when it is a program's", () => {
    const text = program("/usr/bin/tsv").replace(
      "stdout_logfile=NONE",
      "stdout_logfile=/var/log/app/web.log",
    );
    const broken = ordinary().directory("/var/log/app", { mode: 0o777 });
    const finding = onlyFinding(WRITABLE_BY_OTHERS, broken, text);
    assert.match(finding.symptom, /^every user .* remove or replace the logs in \/var\/log\/app$/);
    const asUser = text.replace("[supervisord]", "[supervisord]\nuser=www-data");
    const ofUser = onlyFinding(WRITABLE_BY_OTHERS, broken, asUser);
    assert.match(ofUser.symptom, /any file of www-data, with a symlink in \/var\/log\/app$/);
    repair(broken, finding);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, broken, text), []);
    const ubuntus = ordinary().directory("/var/log", { mode: 0o775, gid: 4 });
    ubuntus.directory("/var/log/app", { uid: 33, gid: 33 });
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, ubuntus, text), []);
  });

  test("a /tmp that is not sticky is made so again", () => {
    const broken = ordinary().directory("/tmp", { mode: 0o777 });
    const text = program("/usr/bin/tsv").replace(
      "stdout_logfile=NONE",
      "stdout_logfile=/tmp/web.log",
    );
    const finding = onlyFinding(WRITABLE_BY_OTHERS, broken, text);
    repair(broken, finding);
    assert.equal(broken.nodes.get("/tmp")?.mode, 0o1777);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, broken, text), []);
  });

  test("a file system without owners is fixed by mount options", () => {
    const broken = ordinary()
      .directory("/mnt/c", { mode: 0o777 })
      .file("/mnt/c/app", "x", { mode: 0o777 })
      .mount("/mnt/c", { type: "vfat" });
    const finding = onlyFinding(WRITABLE_BY_OTHERS, broken, program("/mnt/c/app"));
    assert.equal(finding.repair.class, "C");
  });

  test("in a container the users of the image are a remark", () => {
    const image = ordinary()
      .directory("/app", { uid: 1000 })
      .file("/app/run", "x", { mode: 0o755 });
    const parts = { host: { container: "docker" }, service: { init: null } };
    const finding = onlyFinding(WRITABLE_BY_OTHERS, image, program("/app/run"), parts);
    assert.equal(finding.severity, "info");
    const booted = { host: { container: "lxc" } };
    const onHost = onlyFinding(WRITABLE_BY_OTHERS, image, program("/app/run"), booted);
    assert.equal(onHost.severity, "warning", "a container that boots an init system is a host");
  });

  test("a configuration directory of tsv that a user owns is given to root, with its contents", () => {
    const own = { uid: 1000, gid: 1000 };
    const given = ordinary().directory("/etc/tsv", own);
    const text = program("/usr/bin/tsv");
    const parts = { config: { chosenBy: "service" } } as const;
    const finding = onlyFinding(WRITABLE_BY_OTHERS, given, text, parts);
    assert.deepEqual([finding.severity, finding.subject], ["warning", "/etc/tsv"]);
    assert.deepEqual(finding.repair.commands, ["chown root /etc/tsv"]);
    repair(given, finding);
    assert.deepEqual(findingsOf(WRITABLE_BY_OTHERS, given, text, parts), []);
  });

  test("many programs behind one weakness are one finding", () => {
    const broken = ordinary()
      .directory("/opt", { mode: 0o777 })
      .file("/opt/app", "x", { mode: 0o755 });
    const programs = ["a", "b", "c"].map((name) =>
      program("/opt/app").split("\n").slice(2).join("\n").replace("web", name),
    );
    onlyFinding(
      WRITABLE_BY_OTHERS,
      broken,
      `[supervisord]\nlogfile=/var/log/d.log\n${programs.join("")}`,
    );
  });

  test("a thousand programs take ten times the questions of a hundred", () => {
    assertLinear(
      WRITABLE_BY_OTHERS,
      ordinary,
      (index) =>
        `[program:p${index}]\ncommand=/usr/local/bin/app\nstdout_logfile=/var/log/p${index}.log\n`,
    );
  });
});
