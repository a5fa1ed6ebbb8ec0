// SEC-007 on hosts in memory: the cure of many blog posts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPEN_SOCKET } from "../../../../../src/doctor/checks/security/control-access.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

function config(more: string): string {
  return `[supervisord]\n[unix_http_server]\nfile=/run/x.sock\n${more}`;
}

describe("SEC-007", () => {
  test("chmod=0777 becomes 0770 with the group of tsv, in the configuration and on the socket", () => {
    const host = new DoctorHost().socket("/run/x.sock", { mode: 0o777 });
    const finding = onlyFinding(OPEN_SOCKET, host, config("chmod=0777\n"));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.subject, "/run/x.sock");
    assert.equal(finding.place?.line, 4);
    assert.equal(finding.repair.class, "B");
    repair(host, finding);
    const text = host.readText("/etc/tsv/tsv.conf") ?? "";
    assert.match(text, /^chmod=0770$/m);
    assert.match(text, /^chown=root:tsv$/m);
    const { mode, gid } = host.nodes.get("/run/x.sock") ?? {};
    assert.deepEqual([mode, gid], [0o770, 990]);
    assert.deepEqual(findingsOf(OPEN_SOCKET, host, null), []);
  });

  test("a group that the configuration names stays", () => {
    const host = new DoctorHost().socket("/run/x.sock", { mode: 0o777, gid: 4 });
    repair(host, onlyFinding(OPEN_SOCKET, host, config("chmod=0777\nchown=root:adm\n")));
    assert.match(host.readText("/etc/tsv/tsv.conf") ?? "", /^chown=root:adm$/m);
    assert.equal(host.nodes.get("/run/x.sock")?.gid, 4);
    assert.deepEqual(findingsOf(OPEN_SOCKET, host, null), []);
  });

  test("without a group of tsv's only the daemon's user is left", () => {
    const host = new DoctorHost();
    host.groups.splice(0, host.groups.length, { name: "root", gid: 0 });
    repair(host, onlyFinding(OPEN_SOCKET, host, config("chmod=0777\n")));
    assert.match(host.readText("/etc/tsv/tsv.conf") ?? "", /^chmod=0700$/m);
    assert.deepEqual(findingsOf(OPEN_SOCKET, host, null), []);
  });

  test("a daemon that is not root cannot give its socket to a group of others", () => {
    const text = config("chmod=0777\n").replace("[supervisord]", "[supervisord]\nuser=pi");
    const host = new DoctorHost();
    repair(host, onlyFinding(OPEN_SOCKET, host, text));
    assert.match(host.readText("/etc/tsv/tsv.conf") ?? "", /^chmod=0700$/m);
    const member = new DoctorHost();
    member.memberships.set("pi", [990]);
    repair(member, onlyFinding(OPEN_SOCKET, member, text));
    assert.match(member.readText("/etc/tsv/tsv.conf") ?? "", /^chown=pi:tsv$/m);
  });

  test("a manual chmod is reverted on the socket alone", () => {
    const host = new DoctorHost().socket("/run/x.sock", { mode: 0o777 });
    const finding = onlyFinding(OPEN_SOCKET, host, config(""));
    assert.deepEqual(finding.repair.commands, [
      "chown -h root:tsv /run/x.sock",
      "chmod 0770 /run/x.sock",
    ]);
    repair(host, finding);
    assert.deepEqual(findingsOf(OPEN_SOCKET, host, null), []);
    assert.doesNotMatch(host.readText("/etc/tsv/tsv.conf") ?? "", /chmod/);
  });

  test("a manual chmod is reverted to the mode and the group in the configuration", () => {
    const host = new DoctorHost().socket("/run/x.sock", { mode: 0o777, gid: 4 });
    repair(host, onlyFinding(OPEN_SOCKET, host, config("chmod=0660\nchown=root:adm\n")));
    const { mode, gid } = host.nodes.get("/run/x.sock") ?? {};
    assert.deepEqual([mode, gid], [0o660, 4]);
  });

  test("a stale socket accepts no connections and is not changed; the configuration is", () => {
    const dead = new DoctorHost().socket("/run/x.sock", { mode: 0o777 });
    const server = { section: "unix_http_server", url: "unix:///run/x.sock", detail: "" } as const;
    const refused = { servers: [{ ...server, kind: "refused", daemon: null }] } as const;
    assert.deepEqual(findingsOf(OPEN_SOCKET, dead, config(""), refused), []);
    const { repair: fix } = onlyFinding(OPEN_SOCKET, dead, config("chmod=0777\n"), refused);
    assert.deepEqual(
      fix.steps.map(({ step }) => step.kind),
      ["file"],
    );
  });

  test("0700, 0770, a password, and a directory closed to others are healthy", () => {
    const host = new DoctorHost().socket("/run/x.sock", { mode: 0o770 });
    for (const more of ["", "chmod=0770\n", "chmod=0777\nusername=a\npassword=b\n"]) {
      assert.deepEqual(findingsOf(OPEN_SOCKET, host, config(more)), [], more);
    }
    const closed = new DoctorHost()
      .directory("/run/tsv", { mode: 0o750, gid: 990 })
      .socket("/run/tsv/x.sock", { mode: 0o777 });
    const text = config("chmod=0777\n").replace("/run/x.sock", "/run/tsv/x.sock");
    assert.deepEqual(findingsOf(OPEN_SOCKET, closed, text), []);
  });
});
