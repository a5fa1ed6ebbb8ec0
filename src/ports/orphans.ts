// The record of running programs, facts about processes from the kernel, and signals to processes that are not
// children of the daemon.

import type { Result } from "../core/base/result.ts";
import type { ProcessTable } from "../core/orphans/record.ts";

/** A file that only the daemon's user can read. Nothing blocks the main thread. */
export interface RecordFile {
  /** @returns the text, null if there is none or if another user may have written it; or the error in a clause */
  read(): Promise<Result<string | null, string>>;
  /** Replaces the file as a whole. @returns null, or the error in a clause */
  write(content: string | Uint8Array): Promise<string | null>;
  remove(): Promise<void>;
}

export interface ProcessFacts extends ProcessTable {
  /** Seconds since boot, by the clock that dates the starts of processes. */
  uptimeSecs(): number;
}

/** An unrelated process, held so that no other one can get its pid. */
export interface HeldProcess {
  /** @param target the process, or its whole process group @returns null, or the errno; "ESRCH" if it has exited */
  signal(signal: number, target: "process" | "group"): string | null;
  /** Settles with true when it has exited, with false after the limit. */
  exited(timeoutMs: number, abort: AbortSignal): Promise<boolean>;
  release(): void;
}

export interface UnrelatedProcesses {
  /** Holds a process. @returns the errno on failure */
  hold(pid: number): HeldProcess | string;
}
