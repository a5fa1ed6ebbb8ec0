// How a run ended: what exit statuses and signals mean, and what mostly brings them about.

import { signalName } from "../../core/process/signals.ts";
import type { ProgramRun } from "./program-history.ts";

/** "exit status 127 (command not found, or it could not be executed)", "killed by SIGSEGV (…), core dumped". */
export function describeExit(run: ProgramRun): string {
  if (run.ending === "not-spawned") return "could not be started";
  if (run.signal !== null) {
    const meaning = signalMeaning(run.signal);
    const core = run.core ? ", core dumped" : "";
    return `killed by ${signalName(run.signal)}${meaning === null ? "" : ` (${meaning})`}${core}`;
  }
  const status = run.exitStatus ?? 0;
  const meaning = statusMeaning(status);
  return `exit status ${status}${meaning === null ? "" : ` (${meaning})`}`;
}

/** What an exit status means by custom; null for those that every program uses as it likes. */
export function statusMeaning(status: number): string | null {
  const custom = CUSTOMS.get(status);
  if (custom !== undefined) return custom;
  // 128+n is how a shell tells that its command was killed; programs that catch a signal exit like that too.
  if (status > 128 && status <= 128 + 64) {
    const signal = status - 128;
    const meaning = signalMeaning(signal);
    return `128+${signal}: ended by ${signalName(signal)}${meaning === null ? "" : `, ${meaning}`}`;
  }
  return null;
}

const CUSTOMS: ReadonlyMap<number, string> = new Map([
  [0, "success"],
  [2, "conventionally a usage error"],
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

/** The usual cause of a signal; null where the name says it. */
function signalMeaning(signal: number): string | null {
  return SIGNALS.get(signal) ?? null;
}

const SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, "hung up"],
  [2, "interrupted"],
  [3, "asked to quit"],
  [4, "an instruction that this processor does not have"],
  [5, "a trap of a debugger or an assertion"],
  [6, "it gave itself up: an assertion, or abort()"],
  [7, "memory that cannot be had: a truncated mapped file, or a bad alignment"],
  [8, "a division by zero or the like"],
  [9, "killed without a chance to react"],
  [11, "segmentation fault"],
  [13, "it wrote to a pipe or socket that nobody reads"],
  [14, "an alarm of its own"],
  [15, "asked to end"],
  [24, "its limit of processor time"],
  [25, "its limit of file size"],
  [31, "a system call that a sandbox forbids"],
]);
