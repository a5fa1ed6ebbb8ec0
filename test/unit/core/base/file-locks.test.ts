// The table of locks, as the kernel prints it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isLocked, lockDevice, locksOn, parseMounts } from "../../../../src/core/base/procfs.ts";

const TABLE = `1: POSIX  ADVISORY  WRITE 23 00:2f:19 0 EOF
1: -> POSIX  ADVISORY  WRITE 24 00:2f:77 0 EOF
2: FLOCK  ADVISORY  READ  708 fd:01:2351 0 EOF
3: OFDLCK ADVISORY  WRITE -1 00:29:2162808 0 0
4: LEASE  ACTIVE    READ 12 08:01:5 0 EOF
`;

describe("locks on files", () => {
  test("a lock has its kind, access and holder", () => {
    const on = (inode: number, device: string | null = null) => locksOn(TABLE, { inode, device });
    assert.deepEqual(on(2351), [{ kind: "FLOCK", isExclusive: false, pid: 708 }]);
    assert.deepEqual(on(2162808), [{ kind: "OFDLCK", isExclusive: true, pid: -1 }]);
    assert.deepEqual(on(2351, "253:1").length, 1, "the table's device is hexadecimal");
    assert.deepEqual(on(2351, "8:1"), [], "the same number on another file system");
  });

  test("neither a device nor a process is taken for an inode", () => {
    for (const inode of [29, 1, 23, 708, 2, 0]) {
      assert.equal(isLocked(TABLE, { inode, device: null }), false, String(inode));
    }
  });

  test("who waits for a lock does not hold one", () => {
    assert.equal(isLocked(TABLE, { inode: 77, device: "0:47" }), false);
  });

  test("only the kinds asked for count", () => {
    const file = { inode: 5, device: "8:1" };
    assert.equal(isLocked(TABLE, file, ["POSIX", "OFDLCK"]), false);
    assert.equal(isLocked(TABLE, file), true);
  });

  test("a file is locked if a line has both of its numbers, and never otherwise", () => {
    const number = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number, number)),
        number,
        number,
        (rows, minor, inode) => {
          const table = rows
            .map(([pid, own, ino], at) => {
              const hex = own.toString(16).padStart(2, "0");
              return `${at + 1}: FLOCK  ADVISORY  WRITE ${pid} 00:${hex}:${ino} 0 EOF\n`;
            })
            .join("");
          assert.equal(
            isLocked(table, { inode, device: `0:${minor}` }),
            rows.some(([, own, ino]) => own === minor && ino === inode),
          );
          assert.equal(
            isLocked(table, { inode, device: null }),
            rows.some(([, , ino]) => ino === inode),
          );
        },
      ),
    );
  });
});

describe("the table of mounts", () => {
  test("a mount has its id, device, place, type and options", () => {
    const text =
      "36 35 98:0 / /mnt/a\\040b rw,noatime master:1 - ext4 /dev/root rw,errors=continue\n" +
      "37 36 0:47 / /ro ro - overlay overlay rw,lowerdir=/x\nbroken\n";
    assert.deepEqual(parseMounts(text), [
      {
        id: 36,
        device: "98:0",
        point: "/mnt/a b",
        type: "ext4",
        options: ["rw", "noatime", "errors=continue"],
      },
      { id: 37, device: "0:47", point: "/ro", type: "overlay", options: ["ro", "lowerdir=/x"] },
    ]);
  });

  test("a union of file systems has no device of its own in the table of locks", () => {
    const devices = parseMounts("1 0 0:4 / / rw - overlay o rw\n2 1 0:5 / /run rw - tmpfs t rw\n");
    assert.deepEqual(devices.map(lockDevice), [null, "0:5"]);
  });
});
