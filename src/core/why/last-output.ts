// The end of a program's output, and the error in it that explains how its last run ended.

import { printable } from "../base/printable.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { type Clue, clueIn } from "./clues.ts";
import { isFlapping } from "./crashes.ts";
import { isOfItself } from "./exit-status.ts";
import type { ProgramHistory } from "./program-history.ts";
import { withoutFrames, withoutRepeats } from "./stack-frames.ts";

/** The end of a log. */
export interface LastOutput {
  /** Empty for output that has no file. */
  readonly path: string;
  readonly channel: "stdout" | "stderr";
  /** Oldest first; null if the file is missing or not readable. */
  readonly lines: readonly string[] | null;
  /** Why there are no lines; null if the log was read. */
  readonly problem: "missing" | "unreadable" | null;
  /** The lines are those of the last run that ended; otherwise they may be of any run. */
  readonly isOfLastRun: boolean;
  /** When the log was written last, milliseconds since 1970; null where that is not known. */
  readonly changedMs: number | null;
}

/** In the order in which they are looked at. */
export const CHANNELS = ["stderr", "stdout"] as const;

/** Most lines that are shown of a log. */
export const MOST_LINES = 10;
/** Most bytes that are read of it. */
export const MOST_BYTES = 16_384;
const LONGEST = 500;

const UP: ReadonlySet<string> = new Set(["STARTING", "RUNNING", "STOPPING"]);

/** The state of a program, and the error of its last start. */
type State = Pick<ProgramHistory, "spawnError"> & { readonly state: string };

/** Whether the output of the last run that ended tells most: unless a present run is in order. */
export function isAboutLastRun(now: State, history: ProgramHistory | null): boolean {
  return !UP.has(now.state) || isOfOutput(now, history);
}

/** The lines at the end of a text, safe for a terminal: at most `most`, without stacks, oldest first. */
export function shownLines(text: string, most: number): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return withoutRepeats(withoutFrames(lines.filter((line) => line.trim() !== "")))
    .slice(-most)
    .map(plainLine);
}

/** Removes colours and cursor movements, escapes other control characters and redacts secrets. */
function plainLine(line: string): string {
  const plain = line.replace(
    /\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g,
    "",
  );
  const safe = redactPatterns(printable(plain.replaceAll("\t", "    ")));
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST - 1)}…` : safe;
}

/** The log that explains most: of stderr first, else a log that could not be read, else an empty one; null if none is known. */
export function shownOutput(outputs: readonly LastOutput[]): LastOutput | null {
  return (
    outputs.find(({ lines }) => lines !== null && lines.length > 0) ??
    outputs.find(({ lines }) => lines === null) ??
    outputs.at(-1) ??
    null
  );
}

/**
 * The error with which the last run ended, and the log that has it; null if it is unknown, or if no output explains the end.
 * @param now null for a program whose state is not known
 */
export function lastClue(
  outputs: readonly LastOutput[],
  now: State | null,
  history: ProgramHistory | null,
): { readonly clue: Clue; readonly output: LastOutput } | null {
  if (now !== null && !isOfOutput(now, history)) return null;
  const begun = (history?.runs.at(-1)?.start ?? 0) * 1000;
  const [newest] = outputs
    .flatMap((output) => {
      const { lines, isOfLastRun, changedMs } = output;
      if (changedMs === null || (lines?.length ?? 0) === 0) return [];
      return isOfLastRun || changedMs >= begun ? [{ output, changedMs }] : [];
    })
    .sort((a, b) => b.changedMs - a.changedMs);
  const clue = newest === undefined ? null : clueIn(newest.output.lines ?? []);
  return newest === undefined || clue === null ? null : { clue, output: newest.output };
}

/** Whether its last run failed in a way that its output can explain. */
function isOfOutput({ state, spawnError }: State, history: ProgramHistory | null): boolean {
  const isDown = state === "FATAL" || state === "BACKOFF";
  if (isDown && spawnError.startsWith("blocked: ")) return false;
  const last = history?.runs.at(-1);
  if (history === null || last === undefined) return isDown;
  if (!isOfItself(last)) return false;
  return isDown || (state === "EXITED" ? !last.expected : isFlapping(history));
}
