// A program with stopasgroup is down when its whole group has exited, in a shutdown of PID 1 and in `tsv run`. A
// shell often exits before the server that it has started: the kernel would kill the server when PID 1 exits
// (pid_namespaces(7)), and in a restart, the old server would still have the port of the new one.

import { SIGKILL } from "../../core/process/signals.ts";
import type { Reaped, Spawner } from "../../ports/spawner.ts";

/** Which stops wait for the whole group. Orphans of such a daemon must be its children: it is PID 1, or a subreaper (prctl(2)). */
export type GroupWait = "none" | "shutdown" | "every-stop";

interface WholeGroupsDeps {
  readonly spawner: Spawner;
  /** Whether the group of this process was stopped, and is waited for. */
  readonly awaits: (pid: number) => boolean;
  /** Calls `reap` in a turn of its own. */
  readonly reapSoon: () => void;
}

/**
 * A spawner that reports the exit of such a process when its group is empty, or when the group is sent SIGKILL for
 * the second time: killed processes free their memory before their ports, and the kernel may hold one of them for
 * longer. It needs no timer: SIGKILL is sent after stopwaitsecs, repeatedly, and the kernel reports the exit of every
 * orphan to the daemon. The exit of a member whose parent lives outside of the group is noticed with the next one, or
 * at a SIGKILL.
 */
export function awaitingGroups({ spawner, awaits, reapSoon }: WholeGroupsDeps): Spawner {
  /** By pid, which is the id of the group too: the kernel does not reuse it while the group exists. */
  const held = new Map<number, Reaped>();
  const killed = new Set<number>();
  const killedAgain = new Set<number>();
  // The process itself was reaped. If its pid exists, the group has ended, and a new process has it.
  const isReused = (pid: number): boolean => spawner.kill(pid, 0, "process") !== "gone";
  // A group of processes of another user (EPERM, kill(2)) cannot be awaited or killed.
  const exists = (pid: number): boolean =>
    spawner.kill(pid, 0, "group") === "sent" && !isReused(pid);
  const isOver = (pid: number): boolean => killedAgain.has(pid) || !exists(pid);
  return {
    admit: (...asked) => spawner.admit(...asked),
    spawn: (spec, settled, leave) => spawner.spawn(spec, settled, leave),
    find: (...asked) => spawner.find(...asked),
    settle: () => spawner.settle(),
    resize: (fd, size) => spawner.resize(fd, size),
    *reap() {
      for (const death of spawner.reap()) {
        if (awaits(death.pid)) held.set(death.pid, death);
        else yield death;
      }
      for (const death of [...held.values()].filter(({ pid }) => isOver(pid))) {
        for (const pids of [held, killed, killedAgain]) pids.delete(death.pid);
        yield death;
      }
    },
    kill(pid, signal, target) {
      if (!held.has(pid)) return spawner.kill(pid, signal, target);
      if (signal === SIGKILL) {
        if (killed.has(pid)) killedAgain.add(pid);
        killed.add(pid);
        reapSoon();
      }
      // The group may have ended unnoticed, and its id may be that of another group.
      const isSame = target === "group" && exists(pid);
      return isSame && spawner.kill(pid, signal, "group") === "sent" ? "sent" : "gone";
    },
  };
}
