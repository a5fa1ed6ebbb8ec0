// SOCK-004 on hosts in memory: users with permission by the configuration, and what denies them access.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_PERMISSION } from "../../../../../src/doctor/checks/socket/socket-access.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { bareSteps } from "../../../../fakes/doctor-repairs.ts";
import { answer, CONFIG, host, lookAt, one, repair, SOCKET, UP, withDaemon } from "./rig.ts";

const DENIED = { ...UP, servers: [answer("denied")] };

function as(uid: number, on: DoctorHost = withDaemon(host())): DoctorHost {
  on.uid = uid;
  return on;
}

describe("SOCK-004", () => {
  test("a user outside the socket's group gets its name, and a warning that it equals root", () => {
    const finding = one(lookAt(NO_PERMISSION, as(1000), CONFIG, DENIED));
    assert.equal(finding.severity, "error");
    assert.match(finding.symptom, /\[Errno 13\] Permission denied/);
    assert.match(
      finding.evidence[0] ?? "",
      /EACCES: .*tsv\.sock is root:tsv 0660; pi has no write \(w\) permission/,
    );
    assert.deepEqual(finding.repair.commands, ["sudo usermod -aG tsv pi   # then log in again"]);
    assert.deepEqual([finding.repair.class, finding.repair.steps], ["C", []]);
  });

  test("a directory on the way that is closed is what has to be opened", () => {
    const on = as(1000, withDaemon(host()).directory("/run/tsv", { mode: 0o700 }));
    on.memberships.set("pi", [990]);
    const { repair: way } = one(lookAt(NO_PERMISSION, on, CONFIG, DENIED));
    assert.deepEqual(way.commands, ["sudo chgrp tsv /run/tsv && sudo chmod g+x /run/tsv"]);
    on.directory("/run/tsv", { mode: 0o700, gid: 990 });
    const { repair: own } = one(lookAt(NO_PERMISSION, on, CONFIG, DENIED));
    assert.deepEqual(own.commands, ["sudo chmod g+x /run/tsv"]);
  });

  test("a socket of root alone is opened to a group, by commands that a person gives", () => {
    const text = CONFIG.replace("chmod=0660\nchown=root:tsv\n", "");
    const on = as(1000, withDaemon(host()).socket(SOCKET));
    const { repair: fix } = one(lookAt(NO_PERMISSION, on, text, DENIED));
    assert.equal(fix.class, "C");
    assert.match(
      fix.commands.join("\n"),
      /write: chmod=0770\n.*write: chown=root:tsv\nsudo chgrp tsv \/run/,
    );
  });

  test("a member since after the login logs in again", () => {
    const on = as(1000);
    on.memberships.set("pi", [990]);
    const finding = one(lookAt(NO_PERMISSION, on, CONFIG, { ...DENIED, caller: { gids: [1000] } }));
    assert.match(finding.cause, /after this login/);
    assert.match(finding.repair.advice, /Log in again/);
  });

  test("a closed directory on the way is named", () => {
    const on = as(1000, withDaemon(host().directory("/run/tsv", { mode: 0o700 })));
    assert.match(
      one(lookAt(NO_PERMISSION, on, CONFIG, DENIED)).evidence[0] ?? "",
      /EACCES: \/run\/tsv is root:root 0700; pi has no search \(x\) permission/,
    );
  });

  test("as root, a group that chown names and chmod keeps out is let in, now and in the file", () => {
    const text = CONFIG.replace("chmod=0660\n", "");
    const on = withDaemon(host()).socket(SOCKET, { mode: 0o700, gid: 990 });
    const finding = one(lookAt(NO_PERMISSION, on, text, UP));
    assert.match(finding.cause, /chmod=0700 denies its members access/);
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(bareSteps(finding).slice(1), [
      { kind: "own", path: SOCKET, mode: 0o760, uid: 0, gid: 990 },
    ]);
    repair(on, finding);
    assert.match(on.readText("/etc/tsv/tsv.conf") ?? "", /^chmod=0760$/m);
    on.socket(SOCKET, { mode: 0o760, gid: 990 });
    assert.deepEqual(lookAt(NO_PERMISSION, on, null, UP), []);
  });

  test("as root, a socket that is closer than the configuration says is opened", () => {
    const on = withDaemon(host()).socket(SOCKET, { mode: 0o700 });
    const finding = one(lookAt(NO_PERMISSION, on, CONFIG, UP));
    assert.deepEqual(bareSteps(finding), [
      { kind: "own", path: SOCKET, mode: 0o660, uid: 0, gid: 990 },
    ]);
    const [planned] = finding.repair.steps;
    assert.equal(planned?.step.kind === "own" ? planned.step.seen?.kind : null, "socket");
    assert.equal(finding.repair.class, "B");
  });

  test("where others could put a link in its place, the socket is left to a person", () => {
    const on = withDaemon(host().directory("/run/tsv", { mode: 0o777 })).socket(SOCKET);
    assert.deepEqual(one(lookAt(NO_PERMISSION, on, CONFIG, UP)).repair.steps, []);
  });

  test("as root, the runtime directory is opened for members on their way", () => {
    const on = withDaemon(host().directory("/run/tsv", { mode: 0o700 }));
    const finding = one(lookAt(NO_PERMISSION, on, CONFIG, UP));
    assert.match(finding.cause, /group tsv may use the socket, but cannot reach it/);
    assert.equal(finding.subject, "/run/tsv");
    assert.equal(finding.repair.class, "A");
    repair(on, finding);
    assert.deepEqual(lookAt(NO_PERMISSION, on, CONFIG, UP), []);
  });

  for (const [what, text, on] of [
    ["a healthy host", CONFIG, withDaemon(host())],
    [
      "a socket of root alone",
      CONFIG.replace("chmod=0660\nchown=root:tsv\n", ""),
      withDaemon(host()).socket(SOCKET, { mode: 0o700 }),
    ],
    [
      "a socket that belongs to one user",
      CONFIG.replace("chmod=0660\nchown=root:tsv", "chmod=0700\nchown=www-data:www-data"),
      withDaemon(host()).socket(SOCKET, { mode: 0o700, uid: 33, gid: 33 }),
    ],
    [
      "a socket that somebody opened further",
      CONFIG,
      withDaemon(host()).socket(SOCKET, { mode: 0o666, gid: 990 }),
    ],
  ] as const) {
    test(`as root, is silent on ${what}`, () => {
      assert.deepEqual(lookAt(NO_PERMISSION, on, text, UP), []);
    });
  }

  test("is silent for a user whom the socket lets in", () => {
    const on = as(1000);
    on.memberships.set("pi", [990]);
    assert.deepEqual(lookAt(NO_PERMISSION, on, CONFIG, UP), []);
  });
});
