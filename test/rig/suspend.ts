// Stopping a process, as a debugger or Ctrl-Z does.

import { readFileSync } from "node:fs";
import { until } from "./wait.ts";

/**
 * Sends SIGSTOP and waits until the process is stopped. It stops only when it is its turn on a processor, and until then it
 * handles other signals and answers clients. Only proc(5) reports it, so this polls.
 */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const state = (): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1] ?? "";
  await until(() => state().startsWith("T"), { what: `process ${pid} to stop`, left: state });
}
