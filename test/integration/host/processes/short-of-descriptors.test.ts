// Starts when all descriptors of the daemon are in use, some of them by what matters less than a program.

import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { createSpawner } from "../../../../src/host/processes/spawner.ts";
import type { SpawnResult } from "../../../../src/ports/spawner.ts";
import { spawnNow } from "../../../rig/spawn-now.ts";
import { withoutPty } from "./pty-rig.ts";
import { death, pipes, spec, startScript } from "./rig.ts";

/** Starts a program while no descriptor is left but those that `held` holds. */
function startWhenShort(tty: boolean, held: number[]): SpawnResult {
  const spawner = createSpawner(pipes, () => {
    const fd = held.pop();
    if (fd !== undefined) closeSync(fd);
    return fd !== undefined;
  });
  const { nofile: files } = posix().limits;
  const limit = posix().getLimit(files);
  assert.ok(typeof limit !== "number");
  const filler: number[] = [];
  posix().setLimit(files, 200, limit.hard);
  try {
    for (let fd = posix().duplicate(0); fd >= 0; fd = posix().duplicate(0)) filler.push(fd);
    return spawnNow(spawner, spec(["/bin/true"], { tty, redirectStderr: tty }));
  } finally {
    posix().setLimit(files, limit.soft, limit.hard);
    for (const fd of [...filler, ...held]) posix().close(fd);
  }
}

for (const tty of [false, true]) {
  const skip = tty && withoutPty();
  const what = tty ? "a start on a terminal" : "a start";

  test(`${what} gets descriptors that matter less, and no more than it needs`, {
    skip,
  }, async () => {
    // Loads the addon for terminals.
    await death(startScript("true", { tty, redirectStderr: tty }).pid);
    const held = Array.from({ length: 20 }, () => openSync("/dev/null", "r"));
    const result = startWhenShort(tty, held);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(held.length, 12);
    await death(result.value.pid);
    for (const fd of [result.value.stdin, result.value.stdout, result.value.stderr]) {
      if (fd !== null) pipes.close(fd);
    }
  });

  test(`${what} that gets none is a failure of the host, not of the program`, { skip }, () => {
    const result = startWhenShort(tty, [openSync("/dev/null", "r")]);
    assert.deepEqual(result, { ok: false, error: { stage: "pipe", errno: "EMFILE" } });
  });
}
