// The end of a run: the meaning and the usual causes of exit statuses and signals.

import { printable } from "../base/printable.ts";
import { signalName } from "../process/signals.ts";
import type { ProgramRun } from "./program-history.ts";

/** "exit status 127 (command not found, or it could not be executed)", "killed by SIGSEGV (…), core dumped". */
export function describeExit(run: ProgramRun): string {
  if (run.ending === "not-spawned") return "could not be started";
  if (run.signal !== null) {
    const meaning = SIGNALS.get(run.signal);
    const core = run.core ? ", core dumped" : "";
    return `killed by ${signalName(run.signal)}${meaning === undefined ? "" : ` (${meaning})`}${core}`;
  }
  const status = run.exitStatus ?? 0;
  const meaning = statusMeaning(status);
  return `exit status ${status}${meaning === null ? "" : ` (${meaning})`}`;
}

/** SIGILL, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS: the program could print nothing about them. */
const OF_KERNEL: ReadonlySet<number> = new Set([4, 7, 8, 9, 11, 24, 25, 31]);

/** Whether it ended in a way that its output can explain: it ran, and neither the daemon nor the kernel ended it. */
export function isOfItself({ ending, reason, signal, signals }: ProgramRun): boolean {
  if (ending === "not-spawned" || ending === "stopped" || reason !== "") return false;
  return signal === null || !OF_KERNEL.has(signal) || signals.includes(signal);
}

/** One line for a run. */
export function describeRun(run: ProgramRun): string {
  if (run.ending === "not-spawned") return printable(run.spawnError);
  return describeExit(run);
}

/** The conventional meaning of an exit status; null if every program defines it. */
export function statusMeaning(status: number): string | null {
  const custom = CUSTOMS.get(status);
  if (custom !== undefined) return custom;
  // A shell exits with 128+n if a signal killed its command; programs that catch a signal may do the same.
  if (status > 128 && status <= 128 + 64) {
    const signal = status - 128;
    const meaning = SIGNALS.get(signal);
    return `128+${signal}: ended by ${signalName(signal)}${meaning === undefined ? "" : `, ${meaning}`}`;
  }
  return null;
}

const CUSTOMS: ReadonlyMap<number, string> = new Map([
  [0, "success"],
  [64, "sysexits: wrong usage"],
  [65, "sysexits: bad input data"],
  [66, "sysexits: an input file is missing"],
  [67, "sysexits: unknown user"],
  [68, "sysexits: unknown host"],
  [69, "sysexits: a service it needs is unavailable"],
  [70, "sysexits: internal error"],
  [71, "sysexits: operating system error"],
  [72, "sysexits: a system file is missing"],
  [73, "sysexits: cannot make an output file"],
  [74, "sysexits: input or output error"],
  [75, "sysexits: try again later"],
  [76, "sysexits: protocol error"],
  [77, "sysexits: permission denied"],
  [78, "sysexits: configuration error"],
  [126, "found, but it could not be executed"],
  [127, "not found, or it could not be executed"],
]);

/** The usual causes of signals whose name is not sufficient. */
const SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, "hung up"],
  [2, "interrupted"],
  [3, "quit request"],
  [4, "illegal instruction, often built for another processor"],
  [5, "a debugger trap or an assertion"],
  [6, "it called abort(), often after a failed assertion"],
  [7, "invalid memory access: a truncated mapped file, or bad alignment"],
  [8, "arithmetic error, such as a division by zero"],
  [9, "cannot be caught"],
  [11, "segmentation fault"],
  [13, "it wrote to a pipe or socket without a reader"],
  [14, "its own alarm timer"],
  [15, "termination request"],
  [24, "limit of processor time exceeded"],
  [25, "limit of file size exceeded"],
  [31, "system call denied by a sandbox"],
]);
