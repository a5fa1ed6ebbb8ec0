// The page of one program as data for its template: its state and the reason, its recent runs, and the error that explains its end.

import { SECOND } from "../base/time.ts";
import { formatUptime } from "../process/describe.ts";
import { signalName } from "../process/signals.ts";
import type { Clue } from "../why/clues.ts";
import { describeStartCause, formatDuration } from "../why/describe-state.ts";
import { describeRun } from "../why/exit-status.ts";
import { explained } from "../why/explanation.ts";
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
 * @param clue the error in its output that explains its end
 * @param showTime shows a time in the daemon's time zone
 */
export function programView(
  facts: ProgramFacts,
  history: ProgramHistory,
  notes: readonly Note[],
  clue: Clue | null,
  showTime: ShowTime,
) {
  const ended = history.runs.map((run) => ({ at: run.end, view: runView(run, showTime) }));
  const under = runUnderWay(history, showTime);
  const runs = under === null ? ended : [...ended, { at: Number.POSITIVE_INFINITY, view: under }];
  const told = notes.map((note) => ({ at: note.at, view: noteView(note, showTime) }));
  // Of one second, an end comes after what led to it.
  const timeline = [...told, ...runs].sort((a, b) => a.at - b.at).map(({ view }) => view);
  timeline.reverse();
  const said = explained(history, (seconds) => showTime(seconds).text);
  return {
    ...rowView(facts),
    summary: said.summary,
    lastStart: history.start === 0 ? null : { ...showTime(history.start), cause: said.startCause },
    nextStart: said.nextStart,
    health: said.health.join(" "),
    scaled: said.scaled,
    clue,
    runs: timeline.slice(0, SHOWN),
    moreRuns: timeline.slice(SHOWN),
    older: said.older,
    beats: runs.length < 2 ? [] : runs.map(({ view }) => view.tone),
  };
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
