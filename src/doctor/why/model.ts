import type { Clue } from "../../core/why/clues.ts";
import type { LastOutput } from "../../core/why/last-output.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import type { WaitedFor } from "../../core/why/waiting-chain.ts";
import type { KnownProcess } from "../facts/doctor-facts.ts";
import type { CodedFinding } from "../model.ts";
import type { KillSender } from "./memory.ts";

export interface Advice {
  readonly text: string;
  readonly commands: readonly string[];
}

export function advise(text: string, ...commands: readonly string[]): Advice {
  return { text, commands };
}

export interface Explanation extends KnownProcess {
  /** null if no daemon reports it. */
  readonly state: string | null;
  readonly summary: string;
  /** null if no tsv daemon reports it. */
  readonly history: ProgramHistory | null;
  readonly output: LastOutput | null;
  readonly clue: Clue | null;
  /** The sender of a SIGKILL that the daemon did not send. */
  readonly kill: KillSender | null;
  /** The programs that it waits for, the nearest first. */
  readonly waitsFor: readonly WaitedFor[];
  /** Findings of doctor for this program. */
  readonly findings: readonly CodedFinding[];
  readonly unknown: readonly string[];
  /** No daemon runs, the configuration was changed. */
  readonly notes: readonly string[];
  readonly advice: readonly Advice[];
}
