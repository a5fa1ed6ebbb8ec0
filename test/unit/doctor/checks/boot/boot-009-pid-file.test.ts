// BOOT-009 on hosts in memory: pid files that are left over, and the proof that they are.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PID_FILE } from "../../../../../src/doctor/checks/boot/pid-file.ts";
import { healthyHost, look, only, repair, stepsOf } from "./boot-host.ts";

const PATH = "/run/tsv/tsv.pid";
const HOUR = 3_600_000;
const WRITTEN = Date.UTC(2026, 0, 2, 3, 4, 5) - 24 * HOUR;

/** A file with a number that is nobody's, and nobody has a lock. */
function leftOver(text = "812\n"): ReturnType<typeof healthyHost> {
  return healthyHost()
    .file(PATH, text)
    .file("/proc/locks", "1: FLOCK  ADVISORY  WRITE 5 08:01:99999 0 EOF\n");
}

describe("BOOT-009", () => {
  test("a pid without a process is stale, and the file is removed", () => {
    const host = leftOver();
    const finding = only(look(PID_FILE, host));
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(stepsOf(finding), [{ kind: "remove-stale", path: PATH }]);
    repair(finding, host);
    assert.deepEqual(look(PID_FILE, host), []);
  });

  test("a number that another process has by now is stale", () => {
    const later = leftOver().run(812, ["/usr/bin/tsv", "daemon"], { startedMs: WRITTEN + HOUR });
    assert.match(
      only(look(PID_FILE, later)).evidence.join("\n"),
      /started after the file was written/,
    );
    const other = leftOver().run(812, ["/usr/sbin/cron"], { startedMs: WRITTEN - HOUR });
    assert.match(only(look(PID_FILE, other)).evidence.join("\n"), /is not a daemon/);
  });

  test("a file that may be a daemon's is not changed", () => {
    for (const command of [
      ["/usr/bin/python3", "/usr/bin/supervisord"],
      ["/opt/tsv", "daemon"],
      [],
    ]) {
      const host = leftOver().run(812, command, { startedMs: WRITTEN - HOUR });
      assert.deepEqual(look(PID_FILE, host), []);
    }
  });

  test("a locked file, or one with unknown locks, is not changed", () => {
    const host = leftOver();
    const inode = host.nodes.get(PATH)?.inode;
    host.file("/proc/locks", `1: FLOCK  ADVISORY  WRITE 5 08:01:${inode} 0 EOF\n`);
    assert.deepEqual(look(PID_FILE, host), []);
    assert.deepEqual(look(PID_FILE, leftOver().remove("/proc/locks")), []);
  });

  test("a lock on another file system, or on a device of that number, hides nothing", () => {
    const host = leftOver();
    const inode = host.nodes.get(PATH)?.inode ?? 0;
    for (const held of [`00:2f:${inode}`, `08:${inode}:7`, `00:${inode}:${inode}1`]) {
      host.file("/proc/locks", `1: POSIX  ADVISORY  WRITE 23 ${held} 0 EOF\n`);
      assert.equal(look(PID_FILE, host).length, 1, held);
    }
  });

  test("a file without a number, or another kind of file, is not a pid file", () => {
    for (const text of ["", "secret\n", "12 34\n", "99999999999\n"]) {
      assert.deepEqual(look(PID_FILE, leftOver(text)), []);
    }
    const linked = leftOver().remove(PATH).file("/srv/x", "812\n").link(PATH, "/srv/x");
    assert.deepEqual(look(PID_FILE, linked), []);
  });

  test("outside of tsv's own directory doctor asks first", () => {
    const text = "[supervisord]\npidfile=/var/run/supervisord.pid\n";
    const host = leftOver().directory("/var/run").file("/var/run/supervisord.pid", "812\n");
    const finding = only(look(PID_FILE, host, {}, { text }));
    assert.equal(finding.repair.class, "B");
    assert.equal(finding.place?.line, 2);
  });

  test("a missing run directory is reported with the configuration", () => {
    assert.deepEqual(look(PID_FILE, healthyHost().remove("/run/tsv")), []);
  });

  test("a directory without write permission for the daemon's user is reported", () => {
    const text = "[supervisord]\nuser=pi\npidfile=/run/tsv.pid\n";
    const finding = only(look(PID_FILE, healthyHost(), {}, { text }));
    assert.match(finding.evidence[0] ?? "", /EACCES: \/run is root:root 0755/);
    assert.equal(finding.repair.class, "C");
  });

  test("the usual place is not named again where that is the one that is closed", () => {
    const text = "[supervisord]\nuser=pi\npidfile=/run/tsv/tsv.pid\n";
    const { repair } = only(look(PID_FILE, healthyHost(), {}, { text }));
    assert.deepEqual(repair.commands, ["# in [supervisord]: pidfile=/var/lib/tsv/run/tsv.pid"]);
    assert.equal(repair.class, "C");
  });
});
