// The page of one program as data for its template: its state and the reason, its recent runs, and the ends of its logs.

import { SECOND } from "../base/time.ts";
import { formatUptime } from "../process/describe.ts";
import { signalName } from "../process/signals.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { clueIn } from "../why/clues.ts";
import {
  describeNextStart,
  describeScale,
  describeStartCause,
  describeState,
  formatDuration,
  healthLines,
  pluralize,
} from "../why/describe-state.ts";
import { describeRun, isOfItself } from "../why/exit-status.ts";
import type { ProgramHistory, ProgramRun } from "../why/program-history.ts";
import { type ProgramFacts, rowView, type TickView } from "./status-view.ts";
import type { Note } from "./timeline.ts";

/** A point in time: for people, and for programs. */
export interface TimeView {
  /** `2026-11-23 02:10:05`, in the time zone of the daemon. */
  readonly text: string;
  readonly iso: string;
}

/** Shows seconds since 1970. */
type ShowTime = (seconds: number) => TimeView;

type RunView = ReturnType<typeof runView>;

/** How many runs and notes are shown at once; the others can be unfolded. */
const SHOWN = 6;

/**
 * The page: sentences, times, and its runs with the notes between them, the newest first.
 * @param notes oldest first
 * @param lines the last lines of its output, oldest first, of stderr before those of stdout
 * @param showTime shows a time in the daemon's time zone
 */
export function programView(
  facts: ProgramFacts,
  history: ProgramHistory,
  notes: readonly Note[],
  lines: readonly (readonly string[])[],
  showTime: ShowTime,
) {
  const ended = history.runs.map((run) => ({ at: run.end, view: runView(run, showTime) }));
  const under = runUnderWay(history, showTime);
  const runs = under === null ? ended : [...ended, { at: Number.POSITIVE_INFINITY, view: under }];
  const told = notes.map((note) => ({ at: note.at, view: noteView(note, showTime) }));
  // Of one second, an end comes after what led to it.
  const timeline = [...told, ...runs].sort((a, b) => a.at - b.at).map(({ view }) => view);
  timeline.reverse();
  const older = history.total - history.runs.length;
  return {
    ...rowView(facts),
    summary: describeState(history),
    lastStart:
      history.start === 0 ? null : { ...showTime(history.start), cause: causeText(history) },
    nextStart: describeNextStart(history, (seconds) => showTime(seconds).text),
    health: healthLines(history).join(" "),
    scaled: describeScale(history),
    clue: hasFailed(history) ? clueOf(lines) : null,
    runs: timeline.slice(0, SHOWN),
    moreRuns: timeline.slice(SHOWN),
    older:
      older > 0
        ? `${pluralize(older, "older run")} ${older === 1 ? "is" : "are"} not recorded`
        : "",
    beats: runs.length < 2 ? [] : runs.map(({ view }) => view.tone),
  };
}

function causeText({ cause, restartReason }: ProgramHistory): string {
  const texts = [describeStartCause(cause), restartReason];
  return texts.filter((text) => text !== "").join(": ");
}

function hasFailed({ state, runs, waits }: ProgramHistory): boolean {
  const last = runs.at(-1);
  if (waits !== "" || (last !== undefined && !isOfItself(last))) return false;
  if (state === "FATAL" || state === "BACKOFF") return true;
  return state === "EXITED" && last !== undefined && toneOf(last) === "bad";
}

/** The first line with a known meaning. */
function clueOf(lines: readonly (readonly string[])[]) {
  for (const each of lines) {
    const clue = clueIn(each);
    if (clue !== null) return { ...clue, line: redactPatterns(clue.line) };
  }
  return null;
}

function toneOf({ ending, expected }: ProgramRun): "good" | "bad" | "calm" {
  if (ending === "stopped") return "calm";
  return ending === "exited" && expected ? "good" : "bad";
}

/** One run of the timeline. */
function runView(run: ProgramRun, showTime: ShowTime) {
  const isReal = run.ending !== "not-spawned";
  return {
    /** Class; `now` for the run under way. */
    tone: toneOf(run) as ReturnType<typeof toneOf> | "now",
    isNote: false,
    /** `exit status 64 (sysexits: wrong usage)`. */
    how: describeRun(run),
    /** Empty for a run that never began, and for the one under way. */
    after: isReal ? `after ${formatDuration(run.upMs)}` : "",
    start: showTime(run.start),
    end: endOf(showTime(run.start), showTime(run.end)) as TimeView | null,
    /** `again by autorestart, after it had ended`. */
    cause: describeStartCause(run.cause),
    pid: isReal ? String(run.pid) : "",
    /** Signals that the daemon had sent. */
    sent: sentText(run),
    /** Of its cgroup, that it has reached; empty for none. */
    limits: run.reached.join("; "),
    /** How long the run under way has lasted. */
    up: null as TickView | null,
  };
}

/** A note in the form of a run. */
function noteView({ at, tone, text }: Note, showTime: ShowTime): RunView {
  return {
    ...{ tone, isNote: true, how: text, after: "", start: showTime(at), end: null },
    ...{ cause: "", pid: "", sent: "", limits: "", up: null },
  };
}

/** Without the date if it is that of the start. */
function endOf(start: TimeView, { text, iso }: TimeView): TimeView {
  const [date, time = text] = text.split(" ");
  return { text: start.text.startsWith(`${date} `) ? time : text, iso };
}

function sentText({ signals, ending, reason }: ProgramRun): string {
  const why = reason === "" ? "" : `, because ${reason}`;
  if (signals.length === 0) return ending === "stopped" ? `stopped${why}` : "";
  return `the daemon had sent ${signals.map(signalName).join(" and ")}${why}`;
}

function runUnderWay(history: ProgramHistory, showTime: ShowTime): RunView | null {
  const { state, pid, start, cause } = history;
  const isUp = state === "RUNNING" || state === "STARTING" || state === "STOPPING";
  if (!isUp || pid === 0) return null;
  return {
    tone: "now",
    isNote: false,
    how: state.toLowerCase(),
    after: "",
    start: showTime(start),
    end: null,
    cause: describeStartCause(cause),
    pid: String(pid),
    sent: "",
    limits: "",
    up: { at: start, text: formatUptime((history.now - start) * SECOND) },
  };
}
