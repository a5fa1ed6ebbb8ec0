// Sends a signal to a process that was seen before, once it is proved that its pid has not become another's.

import { readFileSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../../host/error-code.ts";

/** Who gets which signal. */
export interface ProcessSignal {
  readonly pid: number;
  /** Ticks since boot at which the process started; proc_pid_stat(5), field 22. */
  readonly startTicks: number;
  readonly signal: "SIGUSR2" | "SIGCONT";
}

/** The error is a sentence for people. Nothing is sent to a process that is not proved to be the one that was meant. */
export function signalProcess({ pid, startTicks, signal }: ProcessSignal): Result<true, string> {
  const ticks = startTicksOf(pid);
  if (ticks === null) return err(`process ${pid} has ended meanwhile`);
  if (ticks !== startTicks) {
    return err(`process ${pid} is another one by now, and gets no ${signal}`);
  }
  try {
    process.kill(pid, signal);
    return ok(true);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ESRCH") return err(`process ${pid} has ended meanwhile`);
    return err(`process ${pid} cannot be sent ${signal} by this user: ${code}`);
  }
}

/** null: there is no such process, or no /proc that tells when it started. */
export function startTicksOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may hold anything, also blanks and ")".
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[19]);
    return Number.isInteger(ticks) ? ticks : null;
  } catch {
    return null; // gone, or hidden from us: the caller says so
  }
}
