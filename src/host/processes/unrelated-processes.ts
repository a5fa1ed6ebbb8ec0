// Signals to processes that are not our children, through a pidfd, which always refers to the same process (pidfd_open(2)).

import type { HeldProcess, UnrelatedProcesses } from "../../ports/orphans.ts";
import type { Pipes } from "../../ports/pipes.ts";
import { errnoName, posix } from "../posix.ts";
import { LimitedTask } from "../time/limited-task.ts";

export function createUnrelatedProcesses(pipes: Pipes): UnrelatedProcesses {
  return {
    hold(pid) {
      const fd = posix().openProcess(pid);
      return fd < 0 ? errnoName(fd) : heldProcess(pid, fd, pipes);
    },
  };
}

function heldProcess(pid: number, fd: number, pipes: Pipes): HeldProcess {
  const signalled = (signal: number): string | null => {
    const result = posix().signalProcess(fd, signal);
    return result < 0 ? errnoName(result) : null;
  };
  return {
    signal(signal, target) {
      if (target === "process") return signalled(signal);
      // While the leader lives, and programs are leaders, the number of the group is its own.
      const gone = signalled(0);
      if (gone !== null) return gone;
      const result = posix().kill(pid, signal, 1);
      return result < 0 ? errnoName(result) : null;
    },
    exited(timeoutMs, abort) {
      return new Promise((resolve) => {
        const task = new LimitedTask(timeoutMs, resolve, () => false);
        const giveUp = (): void => task.settle(false);
        abort.addEventListener("abort", giveUp, { once: true });
        // A pidfd is readable from the end of its process on.
        pipes.watch(fd, "read", { readable: () => task.settle(true) });
        task.hold(() => {
          abort.removeEventListener("abort", giveUp);
          pipes.unwatch(fd);
        });
        if (abort.aborted) giveUp();
      });
    },
    release: () => pipes.close(fd),
  };
}
