// SOCK-003 on hosts in memory: when the file of a socket is stale, and when it is not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { STALE_SOCKET } from "../../../../../src/doctor/checks/socket/socket-file.ts";
import { answer, CONFIG, host, lookAt, one, repair, SOCKET, UP, URL } from "./rig.ts";

const REFUSED = { servers: [answer("refused")] };

describe("SOCK-003", () => {
  test("a socket that refuses, without a holder and a daemon, is stale and is removed", () => {
    const on = host().socket(SOCKET);
    const finding = one(lookAt(STALE_SOCKET, on, CONFIG, REFUSED));
    assert.equal(finding.subject, SOCKET);
    assert.equal(finding.symptom, `${URL} refused connection`);
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(finding.place, {
      file: "/etc/tsv/tsv.conf",
      line: 2,
      section: "unix_http_server",
      key: "file",
    });
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => step),
      [{ kind: "remove-stale", path: SOCKET }],
    );
    repair(on, finding);
    assert.deepEqual(lookAt(STALE_SOCKET, on, CONFIG), []);
  });

  test("another user's in a sticky directory is named as what keeps the daemon from starting", () => {
    const text = CONFIG.replaceAll(SOCKET, "/tmp/x.sock")
      .replace("chown=root:tsv\n", "")
      .replace("[supervisord]\n", "[supervisord]\nuser=pi\n");
    const on = host().socket("/tmp/x.sock");
    const parts = { servers: [answer("refused", { url: "unix:///tmp/x.sock" })] };
    const finding = one(lookAt(STALE_SOCKET, on, text, parts));
    assert.match(finding.cause, /runs as pi, which has no permission to remove it/);
    assert.match(finding.evidence[0] ?? "", /root:root 0700/);
  });

  test("a pid file that names another living process proves nothing", () => {
    const on = host()
      .socket(SOCKET)
      .file("/run/tsv/tsv.pid", "4711\n")
      .run(4711, ["/usr/sbin/cron"]);
    assert.equal(one(lookAt(STALE_SOCKET, on, CONFIG, REFUSED)).repair.class, "A");
  });

  test("Supervisor's linked socket is stale if no socket of its name exists, whatever has its pid now", () => {
    const on = host().socket(SOCKET).run(812, ["/usr/sbin/cron"]);
    assert.equal(one(lookAt(STALE_SOCKET, on, CONFIG, REFUSED)).repair.class, "A");
    on.listen({ kind: "unix", address: `${SOCKET}.812`, pid: 812 });
    assert.deepEqual(lookAt(STALE_SOCKET, on, CONFIG, REFUSED), []);
  });

  test("is found by a user who cannot connect, because the kernel's list is public", () => {
    const parts = { servers: [answer("denied")] };
    assert.equal(one(lookAt(STALE_SOCKET, host().socket(SOCKET), CONFIG, parts)).subject, SOCKET);
  });

  test("a file that is no socket is not touched, nor a link to one", () => {
    assert.deepEqual(lookAt(STALE_SOCKET, host().file(SOCKET), CONFIG, REFUSED), []);
    const linked = host().socket("/run/tsv/real").link(SOCKET, "/run/tsv/real");
    assert.deepEqual(lookAt(STALE_SOCKET, linked, CONFIG, REFUSED), []);
  });

  test("a socket that the kernel still lists has a holder", () => {
    const on = host().socket(SOCKET).listen({ kind: "unix", address: SOCKET });
    assert.deepEqual(lookAt(STALE_SOCKET, on, CONFIG, REFUSED), []);
  });

  test("nothing is stale while the daemon of the configuration runs", () => {
    assert.deepEqual(
      lookAt(STALE_SOCKET, host().socket(SOCKET), CONFIG, { ...UP, ...REFUSED }),
      [],
    );
  });
});
