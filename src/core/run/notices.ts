// What `tsv run` itself says of its programs, in short lines. Pure.

import type { LogLevel } from "../config/model.ts";
import type { Happening } from "../event-log/model.ts";
import type { EndedRun } from "../process/runs.ts";
import { signalName } from "../process/signals.ts";

/** What is known of the process that an event is about. */
export interface NoticeFacts {
  /** As users see it. */
  readonly name: string;
  /** Its last run that has ended; null for none. */
  readonly last: EndedRun | null;
  /** Until it is started again by itself, ms; null when it is not. */
  readonly nextStart: number | null;
  /** Why it is down, where no run says so. */
  readonly error: string;
}

/** What to say of an event of a process; null where it is not worth a line. */
export function processNotice(what: Happening, facts: NoticeFacts): string | null {
  const { name } = facts;
  switch (what.kind) {
    case "executes":
      return `${name} started, pid ${what.pid}`;
    case "notice": {
      const { about, text } = what.notice;
      if (about === "READY") return `${name} is ready`;
      const said = text === "" ? "" : `: ${text}`;
      return `${name} ${about.toLowerCase()}${said}`;
    }
    case "state":
      return stateNotice(what.to, facts);
    default:
      return null;
  }
}

function stateNotice(to: string, facts: NoticeFacts): string | null {
  const { name, last, nextStart, error } = facts;
  switch (to) {
    case "STOPPED":
      return `${name} stopped`;
    case "EXITED":
    case "BACKOFF":
      return `${name} ${endText(last, error)}${againText(nextStart)}`;
    case "FATAL":
      return `${name} is given up`;
    case "UNKNOWN":
      return `${name} cannot be stopped: ${error}`;
    default:
      return null;
  }
}

function endText(last: EndedRun | null, error: string): string {
  if (last === null) return error === "" ? "is down" : `is down: ${error}`;
  const { outcome, spawnErr, ending } = last;
  if (outcome === null) return `could not be started: ${spawnErr}`;
  const early = ending === "not-ready" ? " before it was ready" : "";
  if (outcome.signal !== null) {
    return `was ended by ${signalName(outcome.signal)}${outcome.coreDumped ? " (core dumped)" : ""}${early}`;
  }
  return `exited with status ${outcome.exitCode ?? -1}${early}`;
}

function againText(nextStart: number | null): string {
  if (nextStart === null) return "";
  const seconds = Math.ceil(nextStart / 1000);
  return seconds <= 1 ? "; it is started again" : `; it is started again in ${seconds}s`;
}

/** Lines of the activity log that say what the notices say, in Supervisor's words. */
const OF_PROCESSES =
  /^(?:exited|stopped|spawned|success|ready|spawnerr): |^gave up: .* entered FATAL| has ended \((?:exit_on|essential)=/;

/** Whether a line of the activity log is worth one on the terminal. */
export function isShown(level: LogLevel, text: string): boolean {
  if (OF_PROCESSES.test(text)) return false;
  return ["CRIT", "ERRO", "WARN"].includes(level);
}

/** What is said of a program that ends the run. @param names of what is still up */
export function endingText(name: string, status: number, names: readonly string[]): string {
  const others =
    names.length === 0
      ? ""
      : `, stopping ${names.length === 1 ? names[0] : `${names.length} programs`}`;
  return `${name} ends the run with exit status ${status}${others}`;
}

/** What is said of a signal that ends the run. @param names of what is up */
export function stoppingText(signal: string, names: readonly string[]): string {
  const [first = ""] = names;
  const what = names.length === 1 ? first : `${names.length} programs`;
  if (names.length === 0) return `${signal}: nothing is running`;
  return `${signal}: stopping ${what}; once more kills ${names.length === 1 ? "it" : "them"}`;
}

/** What is said, on standard error, when the reader of standard output is gone. @param names of what is up */
export function unreadText(names: readonly string[]): string {
  const what = names.length === 1 ? names[0] : `${names.length} programs`;
  return `nothing reads standard output any more${names.length === 0 ? "" : `: stopping ${what}`}`;
}
