// PROG-014 to PROG-018 on hosts in memory: what is worth knowing of programs that run, and listeners that are in trouble.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HOME } from "../../../../../../src/core/doctor/checks/programs/prog-014-home.ts";
import { LISTENER_UNKNOWN } from "../../../../../../src/core/doctor/checks/programs/prog-015-listener-unknown.ts";
import { EVENTS_DROPPED } from "../../../../../../src/core/doctor/checks/programs/prog-016-events-dropped.ts";
import { DELETED } from "../../../../../../src/core/doctor/checks/programs/prog-017-deleted.ts";
import { PRIORITY } from "../../../../../../src/core/doctor/checks/programs/prog-018-priority.ts";
import { config, host, look, one, status, written } from "./rig.ts";

const SLEEP = "command=sleep 5";

describe("PROG-014", () => {
  test("user= without HOME is worth knowing, no more", () => {
    const finding = one(look(HOME, host(), config(SLEEP, "user=pi")));
    assert.equal(finding.severity, "info");
    assert.deepEqual(finding.repair.steps, []);
    assert.match(finding.repair.commands.join(), /HOME="\/home\/pi",USER="pi"/);
  });

  test("its own home, no user, and the daemon's own user are well", () => {
    assert.deepEqual(
      look(HOME, host(), config(SLEEP, "user=pi", 'environment=HOME="/home/pi"')),
      [],
    );
    assert.deepEqual(look(HOME, host(), config(SLEEP)), []);
    assert.deepEqual(look(HOME, host(), config(SLEEP, "user=root")), []);
  });
});

const POOL = "[supervisord]\n[eventlistener:mail]\ncommand=sleep 5\nevents=TICK_60\n";
const pool = (changes = {}) => ({
  pools: [
    {
      ...{ name: "mail", bufferSize: 10, waiting: 0, dropped: 0, rejected: 0 },
      ...{ listeners: [{ name: "mail:mail", state: "READY" }], ...changes },
    },
  ],
});

describe("PROG-015", () => {
  test("a listener that is out of step is told with what it wrote", () => {
    const made = host().file("/var/log/mail.out", "READY\nhello from print\n");
    const mail = status({ group: "mail", name: "mail", stdoutLog: "/var/log/mail.out" });
    const parts = {
      ...pool({ listeners: [{ name: "mail:mail", state: "UNKNOWN" }] }),
      programs: [mail],
    };
    const finding = one(look(LISTENER_UNKNOWN, made, POOL, parts));
    assert.equal(finding.severity, "error");
    assert.match(finding.evidence.join("\n"), /hello from print/);
    assert.equal(finding.place?.section, "eventlistener:mail");
  });

  test("listeners that keep to the protocol are well, and a daemon that does not tell says nothing", () => {
    assert.deepEqual(look(LISTENER_UNKNOWN, host(), POOL, pool()), []);
    assert.deepEqual(look(LISTENER_UNKNOWN, host(), POOL), []);
  });
});

describe("PROG-016", () => {
  test("lost events are counted, and a larger buffer offered", () => {
    const finding = one(look(EVENTS_DROPPED, host(), POOL, pool({ dropped: 3 })));
    assert.equal(finding.symptom, "pool mail lost 3 events");
    assert.match(written(finding), /^buffer_size=100$/m);
  });

  test("a buffer that is large already is not made larger", () => {
    const full = pool({ dropped: 3, bufferSize: 10_000 });
    assert.equal(one(look(EVENTS_DROPPED, host(), POOL, full)).repair.class, "C");
    assert.deepEqual(look(EVENTS_DROPPED, host(), POOL, pool()), []);
  });
});

describe("PROG-017", () => {
  const check = (more: object) => {
    const made = host().file("/opt/serve", "\x7fELF", { mode: 0o755 });
    made.run(700, ["/opt/serve"], { cwd: "/opt/releases/7", ...more });
    return look(DELETED, made, config(SLEEP), { programs: [status({ pid: 700 })] });
  };

  test("a program whose directory was deleted may be restarted with a yes", () => {
    const finding = one(check({ cwdDeleted: true }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "B");
    const [planned] = finding.repair.steps;
    assert.ok(planned?.step.kind === "command");
    assert.deepEqual(planned.step.argv, [
      "/usr/bin/tsv",
      "restart",
      "-c",
      "/etc/tsv/tsv.conf",
      "web",
    ]);
  });

  test("an executable that was replaced is worth knowing, one that is gone is a warning", () => {
    assert.equal(one(check({ exeDeleted: true })).severity, "info");
    assert.equal(one(check({ exeDeleted: true, exe: "/opt/gone" })).severity, "warning");
    assert.deepEqual(check({}), []);
  });
});

describe("PROG-018", () => {
  test("priorities that somebody set are explained, no more", () => {
    const text = `${config(SLEEP, "priority=1")}[program:b]\n${SLEEP}\npriority=2\n`;
    assert.equal(one(look(PRIORITY, host(), text)).severity, "info");
    assert.deepEqual(look(PRIORITY, host(), config(SLEEP, "priority=1")), []);
    assert.deepEqual(look(PRIORITY, host(), `${config(SLEEP)}[program:b]\n${SLEEP}\n`), []);
  });
});
