// Starts a program on a pseudo-terminal: node-pty opens the pair, our own spawn puts the program on its other side, so
// that the one reaper knows it like any other.

import type { LaunchSpec, SpawnResult } from "../../ports/spawner.ts";
import { errnoName, posix } from "../posix.ts";
import { programOomScore } from "./oom-score.ts";
import { openPty, type PtyPair } from "./pty.ts";
import { START, startProcess } from "./start-process.ts";

/** Starts `spec` as the leader of a session whose controlling terminal is its stdin, stdout and stderr. */
export function spawnOnPty(spec: LaunchSpec): SpawnResult {
  const opened = openPty(spec.user?.uid ?? null);
  if (!opened.ok) {
    return { ok: false, error: { stage: "terminal", errno: "ENXIO", detail: opened.error } };
  }
  const result = start(spec, opened.value);
  // Ours would keep the terminal alive when the program and its children have let go of it.
  posix().close(opened.value.slave);
  if (!result.ok) posix().close(opened.value.master);
  return result;
}

function start(spec: LaunchSpec, { master, slave }: PtyPair): SpawnResult {
  const stdin = posix().duplicate(master);
  if (stdin < 0) return { ok: false, error: { stage: "pipe", errno: errnoName(stdin) } };
  const started = startProcess({
    ...spec,
    ...programOomScore(),
    flags: START.setsid | START.controllingTerminal,
    descriptors: [0, 1, 2].map((target) => ({ target, source: slave })),
  });
  if (!started.ok) {
    posix().close(stdin);
    return started;
  }
  return { ok: true, value: { pid: started.value.pid, stdin, stdout: master, stderr: null } };
}
