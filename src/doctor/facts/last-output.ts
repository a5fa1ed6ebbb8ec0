// The end of a program's output, and the error in it that explains how its last run ended.

import type { ProcessConfig } from "../../core/config/model.ts";
import { type Clue, clueIn } from "../../core/why/clues.ts";
import { isOfItself } from "../../core/why/exit-status.ts";
import type { ProgramHistory, ProgramRun } from "../../core/why/program-history.ts";
import type { ProgramStatus } from "./doctor-facts.ts";
import { lastLines, linesOfPart } from "./logs.ts";
import type { Probe } from "./probe.ts";

/** The end of the most relevant log. */
export interface LastOutput {
  readonly path: string;
  readonly channel: "stdout" | "stderr";
  /** Oldest first; null if the file is missing or not readable. */
  readonly lines: readonly string[] | null;
  /** Why there are no lines; null if the log was read. */
  readonly problem: "missing" | "unreadable" | null;
  /** The lines are those of the last run that ended; otherwise they may be of any run. */
  readonly isOfLastRun: boolean;
}

const CHANNELS = ["stderr", "stdout"] as const;

const UP: ReadonlySet<string> = new Set(["STARTING", "RUNNING", "STOPPING"]);

/** Number of output lines to show. */
const LINES = 10;

/**
 * The ends of its logs, stderr first: of the last run that ended, if the daemon knows its place, unless a present run is in order.
 * @param status null: it has written nothing
 */
export function lastOutputs(
  written: ProcessConfig | null,
  status: ProgramStatus | null,
  history: ProgramHistory | null,
  probe: Probe,
): readonly LastOutput[] {
  const isUp = status !== null && UP.has(status.state) && !isOfOutput(status, history);
  return CHANNELS.flatMap((channel): readonly LastOutput[] => {
    const target = written?.[channel].logfile;
    const used = (channel === "stderr" ? status?.stderrLog : status?.stdoutLog) ?? "";
    const path = used === "" && target?.kind === "file" ? target.path : used;
    if (!path.startsWith("/") || path.startsWith("/dev/")) return [];
    const found = probe.look(path);
    if (!found.ok && found.error === "ENOENT") {
      // A file that the daemon writes to was removed.
      const isOpen = used !== "" && (status?.start ?? 0) > 0;
      return isOpen ? [{ path, channel, lines: null, problem: "missing", isOfLastRun: false }] : [];
    }
    const part = isUp ? null : (history?.output[channel] ?? null);
    const ofRun = part === null ? null : linesOfPart(path, part, LINES, probe);
    const lines = ofRun ?? lastLines(path, LINES, probe);
    const problem = lines === null ? "unreadable" : null;
    return [{ path, channel, lines, problem, isOfLastRun: ofRun !== null }];
  });
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

/** The error with which the last run ended, and the log that has it; null if it is unknown, or if no output explains the end. */
export function lastClue(
  outputs: readonly LastOutput[],
  status: ProgramStatus | null,
  history: ProgramHistory | null,
  probe: Probe,
): { readonly clue: Clue; readonly output: LastOutput } | null {
  if (status !== null && !isOfOutput(status, history)) return null;
  const begun = (history?.runs.at(-1)?.start ?? 0) * 1000;
  const [newest] = outputs
    .flatMap((output) => {
      const found = probe.look(output.path);
      return found.ok &&
        (output.lines?.length ?? 0) > 0 &&
        (output.isOfLastRun || found.modifiedMs >= begun)
        ? [{ output, modifiedMs: found.modifiedMs }]
        : [];
    })
    .sort((a, b) => b.modifiedMs - a.modifiedMs);
  const clue = newest === undefined ? null : clueIn(newest.output.lines ?? []);
  return newest === undefined || clue === null ? null : { clue, output: newest.output };
}

/** Whether its last run failed in a way that its output can explain. */
function isOfOutput({ state, spawnError }: ProgramStatus, history: ProgramHistory | null): boolean {
  const isDown = state === "FATAL" || state === "BACKOFF";
  if (isDown && spawnError.startsWith("blocked: ")) return false;
  const last = history?.runs.at(-1);
  if (history === null || last === undefined) return isDown;
  if (!isOfItself(last)) return false;
  return isDown || (state === "EXITED" ? !last.expected : isFlapping(history));
}

const HOUR_S = 3600;
const MOST_CRASHES = 5;
/** Runs shorter than this count as crashes. */
const SHORT_MS = 60_000;

/** Whether it crashes again and again, late enough to count as started. */
export function isFlapping(history: Pick<ProgramHistory, "runs" | "now">): boolean {
  return crashesOf(history).length >= MOST_CRASHES;
}

/** The crashes of the last hour. */
export function crashesOf({
  runs,
  now,
}: Pick<ProgramHistory, "runs" | "now">): readonly ProgramRun[] {
  return runs.filter(
    ({ cause, ending, end, expected, upMs }) =>
      // Runs of a schedule follow each other as they should.
      cause !== "schedule" &&
      ending === "exited" &&
      now - end < HOUR_S &&
      (!expected || upMs < SHORT_MS),
  );
}
