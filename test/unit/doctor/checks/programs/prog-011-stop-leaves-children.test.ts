// PROG-011 on hosts in memory: wrappers that keep the stop signal to themselves.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { STOP_LEAVES_CHILDREN } from "../../../../../src/doctor/checks/programs/stops.ts";
import { config, host, look, one, status, written } from "./rig.ts";

const check = (made: ReturnType<typeof host>, parts = {}, ...lines: readonly string[]) =>
  look(STOP_LEAVES_CHILDREN, made, config(...lines), parts);

/** A shell with a child, run by the program web. */
function wrapped(script = "#!/bin/sh\nnode app.js\n") {
  const made = host().file("/opt/run.sh", script, { mode: 0o755 });
  made.run(700, ["/bin/sh", "/opt/run.sh"], { exe: "/usr/bin/dash", parent: 50 });
  return made.run(701, ["node", "app.js"], { parent: 700 });
}
const RUNNING = { programs: [status({ pid: 700 })] };

describe("PROG-011", () => {
  test("a list of commands in sh -c without exec is reported, and stopasgroup offered", () => {
    const finding = one(check(host(), {}, "command=sh -c 'cd /opt && node app.js'"));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "B");
    assert.match(written(finding), /^stopasgroup=true$/m);
    assert.match(written(finding), /^killasgroup=true$/m);
    assert.deepEqual(look(STOP_LEAVES_CHILDREN, host(), written(finding)), []);
  });

  test("processes of one section are reported once", () => {
    const finding = one(
      check(
        host(),
        {},
        "command=sh -c 'while sleep 2; do echo %(process_num)d; done'",
        "process_name=%(program_name)s_%(process_num)d",
        "numprocs=3",
      ),
    );
    assert.equal(finding.subject, "web:web_0");
    assert.match(finding.evidence.join("\n"), /the same for 2 more of its processes/);
  });

  test("a running script that waits for a program is reported with that program", () => {
    const finding = one(check(wrapped(), RUNNING, "command=/opt/run.sh"));
    assert.match(finding.evidence.join("\n"), /started by its shell: pid 701: node app\.js/);
  });

  test("a script with a trap, and a child that exits by itself, are not reported", () => {
    const trapping = wrapped("#!/bin/sh\ntrap 'kill $!' TERM\nnode app.js & wait\n");
    assert.deepEqual(check(trapping, RUNNING, "command=/opt/run.sh"), []);
    const loop = host().run(700, ["/bin/sh", "/opt/loop"], { exe: "/usr/bin/dash" });
    const { nowMs } = loop.situation();
    loop.run(701, ["sleep", "30"], { parent: 700, startedMs: nowMs - 20_000 });
    assert.deepEqual(check(loop, RUNNING, "command=/opt/loop"), []);
  });

  test("exec, a single command, stopasgroup and programs that are not shells are healthy", () => {
    assert.deepEqual(check(host(), {}, "command=sh -c 'cd /opt && exec node app.js'"), []);
    assert.deepEqual(check(host(), {}, "command=sh -c 'node app.js'"), []);
    assert.deepEqual(check(host(), {}, "command=sh -c 'a && b'", "stopasgroup=true"), []);
    const made = host().run(700, ["nginx"], { exe: "/usr/sbin/nginx" });
    made.run(701, ["nginx: worker"], { parent: 700 });
    assert.deepEqual(check(made, RUNNING, "command=nginx -g 'daemon off;'"), []);
  });
});
