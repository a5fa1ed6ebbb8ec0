// Waits for the end of a process that is nobody's child here, without looking again and again: it holds the one writing
// end of a pipe, which the kernel closes when it dies. Nor does it matter whether anybody reaps it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { Rig } from "./rig.ts";

/** Lengthened, as what starts the process comes before its end. */
const TIMEOUT_MS = 120_000;

/** Makes the pipe and begins to read. @returns a function that waits until the process that opens `path` for writing has exited */
export function lifeline(rig: Rig, path: string): () => Promise<void> {
  assert.equal(spawnSync("mkfifo", ["-m", "666", path]).status, 0);
  const end = rig.command(["cat", path], { timeoutMs: TIMEOUT_MS });
  end.catch(() => {}); // When the test fails before, that is the news.
  return async () => {
    assert.equal((await end).status, 0);
  };
}
