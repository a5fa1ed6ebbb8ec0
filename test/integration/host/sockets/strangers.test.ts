// Another user's file in the place of a socket does not prevent root's daemon from listening. (strangers-cleared)

import assert from "node:assert/strict";
import { chmodSync, closeSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { claimUnixSocket } from "../../../../src/host/sockets/sockets.ts";
import { asPython, withoutStranger } from "../../../rig/stranger.ts";
import { scratchDirectory } from "../processes/rig.ts";

const skip = { skip: withoutStranger };

/** A directory like /tmp. */
function shared(t: TestContext): string {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o1777);
  return directory;
}

const LISTENER = `
import os, signal, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(PATH)
s.listen(BACKLOG)
others = [socket.socket(socket.AF_UNIX) for _ in range(FULL)]
for other in others:
    other.setblocking(False)
    other.connect_ex(PATH)
print("ready", flush=True)
signal.pause()`;

for (const [what, full] of [
  ["listens", 0],
  ["listens and takes no connections", 5],
] as const) {
  test(
    `another user who ${what} at the path of our socket does not prevent it`,
    skip,
    async (t) => {
      const path = join(shared(t), "sock");
      const values = `PATH, BACKLOG, FULL = ${JSON.stringify(path)}, 0, ${full}`;
      await asPython(t, `${values}\n${LISTENER}`);
      const socket = claimUnixSocket({ path, mode: 0o700, owner: null, backlog: 8 });
      assert.ok(socket.ok, JSON.stringify(socket));
      const peer = posix().probeUnix(path);
      assert.ok(typeof peer !== "number" && peer.pid === process.pid);
      closeSync(socket.value.fd);
      socket.value.release();
    },
  );
}
