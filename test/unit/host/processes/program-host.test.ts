// Answers of the name service for a program.

import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import type { UserGroups } from "../../../../src/host/posix.ts";
import { createProgramHost } from "../../../../src/host/processes/program-host.ts";

test("a user, no such user, and a service that failed", async () => {
  const { EIO, ENOENT } = constants.errno;
  const answers = new Map<number, UserGroups | number>([
    [1, { gid: 2, groups: [2, 3], name: "a", home: "/a", shell: "" }],
    [4, -EIO],
    [5, -ENOENT],
  ]);
  const host = createProgramHost(async (uid) => answers.get(uid) ?? 0);
  const ask = (uid: number) => new Promise((resolve) => void host.user(uid, resolve));
  assert.deepEqual(await Promise.all([1, 4, 5, 6].map(ask)), [
    { uid: 1, gid: 2, groups: [2, 3], entry: { name: "a", home: "/a", shell: "" } },
    { errno: "EIO" },
    null,
    null,
  ]);
});
