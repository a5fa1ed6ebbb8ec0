import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { compiled } from "./compiled.ts";
import { event } from "./wait.ts";

/**
 * Resolves when all of these processes have exited, whoever their parents are. They need not be reaped: kill(2) still finds a
 * zombie, a pidfd tells.
 * @throws after 30 s, with the states of those that are left
 */
export async function gone(...pids: readonly (number | string)[]): Promise<void> {
  const program = compiled("test/rig/gone.c");
  const waiting = spawn(program, pids.map(String), { stdio: ["ignore", "ignore", "inherit"] });
  try {
    const left = (): string => pids.map(stateOf).join("\n");
    const [status] = await event(waiting, "exit", { what: `the end of ${pids.join(", ")}`, left });
    if (status !== 0) throw new Error(`cannot wait for ${pids.join(", ")}: status ${status}`);
  } finally {
    waiting.kill("SIGKILL");
  }
}

function stateOf(pid: number | string): string {
  try {
    const [name, state] =
      readFileSync(`/proc/${pid}/status`, "utf8").match(/^(?:Name|State):.*/gm) ?? [];
    return `${pid}: ${name}, ${state}`;
  } catch {
    return `${pid}: no process`;
  }
}
