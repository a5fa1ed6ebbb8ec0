// Kills a daemon at each of its system calls in turn: see dies-at.c.

import { spawn } from "node:child_process";
import { compiled } from "../../rig/compiled.ts";
import { event } from "../../rig/wait.ts";
import type { Daemon } from "../rig/daemon.ts";
import { Deaths } from "./deaths.ts";

interface Sweep {
  /** The daemon is killed at this call, at the next one, and so on; by default from the first on. */
  readonly first?: number;
  /** The last one. */
  readonly calls: number;
  /** What the daemon does meanwhile, again and again. It may fail, because the daemon dies. */
  readonly act: () => Promise<unknown>;
  /** @param what names the death */
  readonly check: (what: string) => Promise<void>;
}

export async function diesAtEach(
  daemon: Daemon,
  { first = 1, calls, act, check }: Sweep,
): Promise<void> {
  const deaths = new Deaths(daemon);
  for (let count = first; count <= calls; count += 1) {
    const { isOver } = await diesAt(daemon, count);
    while (!isOver()) await act().catch(() => {});
    await deaths.answers();
    await check(`at system call ${count}`);
  }
}

/**
 * @param calls those that count; by default all that change anything
 * @returns when the calls are counted: whether the daemon has died
 */
export async function diesAt(
  daemon: Pick<Daemon, "process">,
  count: number,
  calls?: "bind" | "listen" | "unlink",
): Promise<{ isOver(): boolean }> {
  const args = [String(daemon.process), String(count), ...(calls === undefined ? [] : [calls])];
  const killer = spawn(compiled("test/e2e/deaths/dies-at.c"), args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await event(killer.stdout, "data", { what: "the count of system calls" });
  return { isOver: () => killer.exitCode !== null };
}
