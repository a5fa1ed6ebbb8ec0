// Sends a signal to a process, after verifying that the pid still belongs to it.

import { readFileSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../../host/error-code.ts";

/** The process and the signal. */
interface ProcessSignal {
  readonly pid: number;
  /** Ticks since boot at which the process started; proc_pid_stat(5), field 22. */
  readonly startTicks: number;
  readonly signal: "SIGUSR2" | "SIGCONT";
}

/** The error is a sentence for users. No signal is sent if the process cannot be verified. */
export function signalProcess({ pid, startTicks, signal }: ProcessSignal): Result<true, string> {
  const ticks = startTicksOf(pid);
  if (ticks === null) return err(`process ${pid} has exited meanwhile`);
  if (ticks !== startTicks) {
    return err(`the pid ${pid} belongs to another process now; ${signal} was not sent`);
  }
  try {
    process.kill(pid, signal);
    return ok(true);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ESRCH") return err(`process ${pid} has exited meanwhile`);
    return err(`this user cannot send ${signal} to process ${pid}: ${code}`);
  }
}

/** null: there is no such process, or its start time is unknown. */
export function startTicksOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may contain any character, including spaces and ")".
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[19]);
    return Number.isInteger(ticks) ? ticks : null;
  } catch {
    return null; // exited or hidden; the caller reports it
  }
}
