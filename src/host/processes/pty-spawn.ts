// Starts a program on a pseudo-terminal: node-pty opens the pair, our own spawn puts the program on its other side, so
// that the one reaper knows it like any other.

import type { LaunchSpec, PendingSpawn, SpawnResult } from "../../ports/spawner.ts";
import { errnoName, posix } from "../posix.ts";
import { programOomScore } from "./oom-score.ts";
import { openPty, type PtyPair } from "./pty.ts";
import { START } from "./start-process.ts";
import type { Starts } from "./starts.ts";

type Settled = (result: SpawnResult) => void;

/** Starts `spec` as the leader of a session whose controlling terminal is its stdin, stdout and stderr. */
export function spawnOnPty(starts: Starts, spec: LaunchSpec, settled: Settled): PendingSpawn {
  const opened = openPty(spec.user?.uid ?? null);
  if (!opened.ok) {
    const error = { stage: "terminal", errno: "ENXIO", detail: opened.error } as const;
    settled({ ok: false, error });
    return { abandon: () => "terminal" };
  }
  return begin(starts, { spec, settled }, opened.value);
}

function begin(
  starts: Starts,
  { spec, settled }: { readonly spec: LaunchSpec; readonly settled: Settled },
  { master, slave }: PtyPair,
): PendingSpawn {
  const stdin = posix().duplicate(master);
  const close = (...fds: readonly number[]): void => {
    for (const fd of fds) posix().close(fd);
  };
  if (stdin < 0) {
    close(master, slave);
    settled({ ok: false, error: { stage: "pipe", errno: errnoName(stdin) } });
    return { abandon: () => "pipe" };
  }
  const request = {
    ...spec,
    ...programOomScore(),
    file: spec.candidates,
    flags: START.setsid | START.controllingTerminal,
    descriptors: [
      ...[0, 1, 2].map((target) => ({ target, source: slave })),
      ...(spec.passed ?? []),
    ],
  };
  const start = starts.begin(request, (result) => {
    // Ours would keep the terminal alive when the program and its children have let go of it.
    close(slave);
    if (!result.ok) {
      close(stdin, master);
      settled(result);
      return;
    }
    const { pid } = result.value;
    settled({ ok: true, value: { pid, stdin, stdout: master, stderr: null } });
  });
  return {
    abandon() {
      const stage = start.abandon();
      close(slave, stdin, master);
      return stage;
    },
  };
}
