// The host, as the keeper of the record of programs uses it: the file, facts about processes from the kernel, and signals to
// processes that are not our children.

import type { ProcessTable } from "../core/orphans/record.ts";

/** A file that only the daemon's user may read. Its parts never wait on the main thread. */
export interface RecordFile {
  /** @returns the text; null when there is none, or another user may have written it */
  read(): Promise<string | null>;
  /** Replaces the file as a whole. @returns null, or why it could not be written, in a clause */
  write(text: string): Promise<string | null>;
  remove(): Promise<void>;
}

export interface ProcessFacts extends ProcessTable {
  /** Seconds since boot, by the clock that dates the starts of processes. */
  uptimeSecs(): number;
}

/** A process that is not ours, held so that no other one can take its id meanwhile. */
export interface HeldProcess {
  /** @param target the process, or its whole process group @returns null, or the errno; "ESRCH" when it has ended */
  signal(signal: number, target: "process" | "group"): string | null;
  /** Settles when it has ended: true, or when the time is over: false. */
  ended(timeoutMs: number, abort: AbortSignal): Promise<boolean>;
  release(): void;
}

export interface Strangers {
  /** Takes hold of a process. @returns the errno when that cannot be done */
  hold(pid: number): HeldProcess | string;
}
