// The kernel's word on processes: when each started. Procfs is memory; reading it waits for nothing.

import { readFileSync } from "node:fs";
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
  let bootId: string | null = null;
  return {
    get bootId() {
      bootId ??= text("sys/kernel/random/boot_id").trim();
      return bootId;
    },
    startTicks(pid) {
      const line = text(`${pid}/stat`);
      return IS_DEAD.test(line) ? null : (parseProcessStat(line)?.startTicks ?? null);
    },
    uptimeSecs: () => Number.parseFloat(text("uptime")) || 0,
  };
}
