import type { Clue } from "../facts/log-end.ts";
import type { ProgramHistory } from "../facts/program-history.ts";
import type { CodedFinding } from "../model.ts";
import type { KillWords } from "./memory.ts";
import type { KnownProcess } from "./names.ts";

/** The end of the log that says most. */
export interface LastOutput {
  readonly path: string;
  readonly channel: "stdout" | "stderr";
  /** Oldest first; null when the file is missing or may not be read. */
  readonly lines: readonly string[] | null;
  /** Why there are no lines to show; null when the log was read. */
  readonly problem: "missing" | "unreadable" | null;
}

export interface Advice {
  readonly text: string;
  readonly commands: readonly string[];
}

export interface Explanation extends KnownProcess {
  /** null when no daemon says. */
  readonly state: string | null;
  readonly summary: string;
  /** null when no daemon of tsv's tells. */
  readonly history: ProgramHistory | null;
  readonly output: LastOutput | null;
  readonly clue: Clue | null;
  /** Who sent a SIGKILL that the daemon did not send. */
  readonly kill: KillWords | null;
  /** What the doctor finds for this program. */
  readonly findings: readonly CodedFinding[];
  readonly unseen: readonly string[];
  /** What else should be known: that no daemon runs, that the configuration was changed. */
  readonly remarks: readonly string[];
  readonly advice: readonly Advice[];
}
