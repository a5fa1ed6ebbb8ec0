// Waits without polling until a process exits that is not a child of this one: it holds the only writing end of a pipe, and the
// kernel closes that end when the process exits. The process need not be reaped: kill(2) still finds a zombie, a pipe does not.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { Rig } from "./rig.ts";

/** Lengthened, as what starts the process comes before its end. */
const TIMEOUT_MS = 120_000;

/** Makes the pipe and begins to read. @returns a function that waits until the process that opens `path` for writing has exited */
export function lifeline(rig: Rig, path: string): () => Promise<void> {
  assert.equal(spawnSync("mkfifo", ["-m", "666", path]).status, 0);
  const end = rig.command(["cat", path], { timeoutMs: TIMEOUT_MS });
  end.catch(() => {}); // If the test fails earlier, its own error is the one to report.
  return async () => {
    assert.equal((await end).status, 0);
  };
}
