// Claims of socket paths, by this process and by another one.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { SocketProblem } from "../../../../src/host/sockets/socket-problem.ts";
import { type ClaimedSocket, claimUnixSocket } from "../../../../src/host/sockets/sockets.ts";
import type { Spawned } from "../../../../src/ports/spawner.ts";
import { death, pipes, spawner, spec, waitFor } from "../processes/rig.ts";

/** Whom root becomes. */
export const nobody = { uid: 65_534, gid: 65_534, groups: [65_534] };
/** The program that claims a path and holds it. */
export const CLAIM_CHILD = fileURLToPath(new URL("./claim-child.js", import.meta.url));

/** What is asked for: the socket of the user that asks. */
export function request(path: string, mode = 0o700) {
  return { path, mode, owner: null, backlog: 64 };
}

/** A socket that must be had. */
export function claimed(path: string, mode = 0o700): ClaimedSocket {
  const result = claimUnixSocket(request(path, mode));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

/** Why it cannot be had. */
export function refused(path: string): SocketProblem {
  const result = claimUnixSocket(request(path));
  assert.ok(!result.ok, "the claim should have been refused");
  return result.error;
}

/** Another process that claims `path`, as `user` if given, and holds it until it is killed. */
export async function otherHolder(
  t: TestContext,
  path: string,
  user: typeof nobody | null = null,
): Promise<Spawned> {
  const argv = [process.execPath, CLAIM_CHILD, path];
  const started = spawner.spawn(spec(argv, { user, redirectStderr: true }));
  assert.ok(started.ok);
  t.after(async () => {
    spawner.kill(started.value.pid, 9, "process");
    await death(started.value.pid);
    pipes.close(started.value.stdout);
  });
  await waitFor(started.value.stdout, "listening");
  return started.value;
}
