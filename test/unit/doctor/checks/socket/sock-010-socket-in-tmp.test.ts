// SOCK-010 on hosts in memory: when a socket in /tmp is in danger, and when it is only unwise.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SOCKET_IN_TMP } from "../../../../../src/doctor/checks/socket/socket-file.ts";
import { CONFIG, daemon, host, lookAt, one, PID, repair, SOCKET, UP } from "./rig.ts";

const TMP = CONFIG.replaceAll(SOCKET, "/tmp/supervisor.sock");
const AGED = "# rules\nq /tmp 1777 root root 10d\nq /var/tmp 1777 root root 30d\n";

describe("SOCK-010", () => {
  test("is worth knowing, and moved in both sections where no daemon runs", () => {
    const on = host();
    const finding = one(lookAt(SOCKET_IN_TMP, on, TMP));
    assert.equal(finding.severity, "info");
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    const text = on.readText("/etc/tsv/tsv.conf") ?? "";
    assert.match(text, /^file=\/run\/tsv\/tsv\.sock$/m);
    assert.match(text, /^serverurl=unix:\/\/\/run\/tsv\/tsv\.sock$/m);
    assert.deepEqual(lookAt(SOCKET_IN_TMP, on, null), []);
  });

  test("under a daemon that runs, moving is left to a person", () => {
    const { repair: fix } = one(lookAt(SOCKET_IN_TMP, host(), TMP, UP));
    assert.deepEqual([fix.class, fix.steps], ["C", []]);
    assert.match(fix.commands.join("\n"), /write: file=\/run\/tsv\/tsv\.sock/);
  });

  test("Supervisor's is in danger where systemd cleans by age, tsv's is not", () => {
    const on = host().file("/usr/lib/tmpfiles.d/tmp.conf", AGED);
    const other = daemon({ kind: "supervisor" });
    const finding = one(lookAt(SOCKET_IN_TMP, on, TMP, { daemon: other, daemons: [other] }));
    assert.equal(finding.severity, "warning");
    assert.match(finding.evidence.join("\n"), /older than 10d/);
    assert.equal(one(lookAt(SOCKET_IN_TMP, on, TMP, UP)).severity, "info");
  });

  test("an administrator's rule without an age takes the danger away", () => {
    const on = host()
      .file("/usr/lib/tmpfiles.d/tmp.conf", AGED)
      .file("/etc/tmpfiles.d/tmp.conf", "D /tmp 1777 root root -\n");
    const other = daemon({ kind: "supervisor" });
    assert.equal(
      one(lookAt(SOCKET_IN_TMP, on, TMP, { daemon: other, daemons: [other] })).severity,
      "info",
    );
  });

  test("a /tmp of the service's own keeps ctl out", () => {
    const service = { properties: { PrivateTmp: "yes", MainPID: String(PID) } };
    const finding = one(lookAt(SOCKET_IN_TMP, host(), TMP, { ...UP, service }));
    assert.equal(finding.severity, "error");
    assert.match(finding.evidence.join(), /PrivateTmp=yes/);
  });

  test("is silent about other places, also of similar names", () => {
    for (const path of [SOCKET, "/tmpfiles/x.sock", "/home/pi/tmp/x.sock"]) {
      assert.deepEqual(lookAt(SOCKET_IN_TMP, host(), CONFIG.replaceAll(SOCKET, path)), []);
    }
  });
});
