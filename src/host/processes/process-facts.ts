// Start times of processes, from the kernel. Procfs is memory; reading it does not block.

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { parseProcessStat } from "../../core/usage/proc-stat.ts";
import type { ProcessFacts } from "../../ports/orphans.ts";

/** Dead, and waiting to be reaped. */
const IS_DEAD = /\) [ZX] /;

/** Elsewhere than on Linux, and without procfs, no process is known. */
export function createProcessFacts(root = "/proc"): ProcessFacts {
  const text = (path: string): string => {
    try {
      return readFileSync(`${root}/${path}`, "latin1");
    } catch {
      return "";
    }
  };
  // proc_pid_stat(5): 52 fields, of which one is a name. Read into the same place for each process of a thousand.
  const line = Buffer.allocUnsafe(2048);
  const statOf = (pid: number): string => {
    let fd = -1;
    try {
      fd = openSync(`${root}/${pid}/stat`, "r");
      return line.toString("latin1", 0, readSync(fd, line));
    } catch {
      return "";
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  };
  let bootId: string | null = null;
  return {
    get bootId() {
      bootId ??= text("sys/kernel/random/boot_id").trim();
      return bootId;
    },
    startTicks(pid) {
      const stat = statOf(pid);
      return IS_DEAD.test(stat) ? null : (parseProcessStat(stat)?.startTicks ?? null);
    },
    uptimeSecs: () => Number.parseFloat(text("uptime")) || 0,
  };
}
