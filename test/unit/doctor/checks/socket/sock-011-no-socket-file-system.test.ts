// SOCK-011 on hosts in memory: file systems that take no sockets.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_SOCKET_FILE_SYSTEM } from "../../../../../src/doctor/checks/socket/socket-file.ts";
import { answer, CONFIG, host, lookAt, one, repair, SOCKET, UP, withDaemon } from "./rig.ts";

const SHARED = CONFIG.replaceAll(SOCKET, "/vagrant/run/tsv.sock");

describe("SOCK-011", () => {
  for (const type of ["vfat", "exfat", "vboxsf", "9p", "cifs", "fuse.sshfs"]) {
    test(`a socket on ${type} moves to the runtime directory`, () => {
      const on = host().directory("/vagrant/run").mount("/vagrant", { type });
      const finding = one(lookAt(NO_SOCKET_FILE_SYSTEM, on, SHARED));
      assert.deepEqual([finding.severity, finding.repair.class], ["error", "B"]);
      assert.deepEqual(finding.evidence, [`/vagrant is of type ${type}`]);
      repair(on, finding);
      assert.deepEqual(lookAt(NO_SOCKET_FILE_SYSTEM, on, null), []);
    });
  }

  test("on a network file system it is worth knowing", () => {
    const on = host().directory("/vagrant/run").mount("/vagrant", { type: "nfs4" });
    assert.equal(one(lookAt(NO_SOCKET_FILE_SYSTEM, on, SHARED)).severity, "info");
  });

  test("is silent where a socket plainly works, and on ordinary file systems", () => {
    const on = withDaemon(host()).mount("/run", { type: "fuse.overlay" });
    assert.deepEqual(lookAt(NO_SOCKET_FILE_SYSTEM, on, CONFIG, UP), []);
    const denied = { ...UP, servers: [answer("denied")] };
    assert.deepEqual(lookAt(NO_SOCKET_FILE_SYSTEM, on, CONFIG, denied), []);
    for (const type of ["tmpfs", "ext4", "overlay", "btrfs", "fuseblk", "virtiofs"]) {
      assert.deepEqual(lookAt(NO_SOCKET_FILE_SYSTEM, host().mount("/run", { type }), CONFIG), []);
    }
  });
});
