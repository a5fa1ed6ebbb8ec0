// The terminal of `tsv run`: messages about its programs, one short line each, and the style of each program's lines.

import type { LogLevel } from "../config/model.ts";
import type { Happening } from "../event-log/event-log.ts";
import { type LineStyle, lineTimeOf } from "../logs/line-format.ts";
import { coloursOf, nameColour, namesWidth } from "../logs/line-styles.ts";
import type { EndedRun } from "../process/runs.ts";
import { signalName } from "../process/signals.ts";
import type { RunFormat } from "./arguments.ts";

/** The facts about the process of an event. */
export interface NoticeFacts {
  /** As users see it. */
  readonly name: string;
  /** 0 for none. */
  readonly pid: number;
  /** Its last ended run; null for none. */
  readonly last: EndedRun | null;
  /** Milliseconds until the automatic restart; null for none. */
  readonly nextStart: number | null;
  /** Why the process is down, if no run has the reason. */
  readonly error: string;
  /** Whether everything is being stopped: `own` because this process has ended the run, `all` for another reason. */
  readonly stop: "none" | "own" | "all";
}

/** The message for an event of a process; null for none. */
export function processNotice(what: Happening, facts: NoticeFacts): string | null {
  const { name } = facts;
  switch (what.kind) {
    case "executes":
      return `${name} started, pid ${what.pid}`;
    case "notice": {
      const { about, text } = what.notice;
      if (about === "READY") return `${name} is ready`;
      const detail = text === "" ? "" : `: ${text}`;
      return `${name} ${about.toLowerCase()}${detail}`;
    }
    case "state":
      return stateNotice(what.to, facts);
    default:
      return null;
  }
}

function stateNotice(to: string, facts: NoticeFacts): string | null {
  const { name, last, nextStart, error, stop } = facts;
  switch (to) {
    case "STOPPED":
      return `${name} stopped`;
    case "EXITED":
    case "BACKOFF":
      return `${name} ${endText(last, error)}${againText(nextStart)}`;
    case "FATAL":
      // A stop of everything gives up what waits for its restart. Of a program that ends the run, this was reported.
      if (stop === "own") return null;
      return stop === "all" ? `${name} stopped` : `gave up on ${name}`;
    case "UNKNOWN":
      return `${name} may still be running: ${error}; to end it: sudo kill ${facts.pid}`;
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

/** Lines of the activity log that repeat a notice in Supervisor's words. */
const OF_PROCESSES =
  /^(?:exited|stopped|spawned|success|ready|spawnerr): |^unknown problem killing |^gave up: .* entered FATAL| has ended \((?:exit_on|essential)=/;

/** Whether the terminal shows this line of the activity log. */
export function isShown(level: LogLevel, text: string): boolean {
  if (OF_PROCESSES.test(text)) return false;
  return ["CRIT", "ERRO", "WARN"].includes(level);
}

/** The message about a program that ends the run. @param names of the programs that are still up */
export function endingText(name: string, status: number, names: readonly string[]): string {
  const others = names.length === 0 ? "" : `, stopping ${listed(names)}`;
  return `${name} ends the run with exit status ${status}${others}`;
}

/** The message about a signal that ends the run. @param names of the programs that are up */
export function stoppingText(signal: string, names: readonly string[]): string {
  if (names.length === 0) return `${signal}: nothing is running`;
  return `${signal}: stopping ${listed(names)}; once more kills ${names.length === 1 ? "it" : "them"}`;
}

/** The message about a request of a client that stops everything. @param names of the programs that are up */
export function requestedText(what: string, names: readonly string[]): string {
  const stopped = names.length === 0 ? "nothing is running" : `stopping ${listed(names)}`;
  return `${what} was requested: ${stopped}`;
}

/** The message on standard error when nothing reads standard output. @param names of the programs that are up */
export function unreadText(names: readonly string[]): string {
  const stopped = names.length === 0 ? "" : `: stopping ${listed(names)}`;
  return `nothing reads standard output any more${stopped}`;
}

/**
 * The messages, of one line each, where commands reach another process.
 * @param what is running
 * @param pid of it; 0 if it is not visible
 * @param isByConfig for commands with -c; the others find a run by its directory
 */
export function runningTexts(what: string, pid: number, isByConfig: boolean): readonly string[] {
  return [
    `${what} is running${pid > 0 ? `, pid ${pid}` : ""}`,
    `tsv status and other commands ${isByConfig ? "with -c " : ""}reach that one`,
  ];
}

/** The message where a daemon, or a run, has no private socket for another reason. */
export function unreachableText(what: "daemon" | "run", reason: string): string {
  return `tsv status and other commands cannot reach this ${what}: ${reason}`;
}

/** The message when no program is up or will be started without a request. */
export const IDLE = "nothing is running any more; Ctrl-C or SIGTERM ends the run";

function listed(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? "") : `${names.length} programs`;
}

/** The name of tsv's own lines. */
export const OWN_NAME = "tsv";
/** SGR parameters: bold, in the default colour. */
const OWN_COLOUR = "1";

interface RunLook {
  readonly format: RunFormat;
  readonly hasTime: boolean;
  readonly hasColours: boolean;
  /** Of the control sequences of programs, only colours pass. */
  readonly isFiltered: boolean;
  /** The display names of all programs. */
  readonly names: readonly string[];
}

/** The style of a name and a channel. */
export type StyleOf = (name: string, channel: "stdout" | "stderr") => LineStyle;

export function stylesOf({ format, hasTime, hasColours, isFiltered, names }: RunLook): StyleOf {
  const colours = coloursOf(names);
  const width = namesWidth([OWN_NAME, ...names]);
  const isPrefix = format === "prefix";
  const time = hasTime && format !== "plain" ? lineTimeOf(format, null) : "none";
  return (name, channel) => {
    const colour = name === OWN_NAME ? OWN_COLOUR : (colours.get(name) ?? nameColour(name));
    return {
      ...{ format, time, name, channel, isForPeople: true, isFiltered },
      width: isPrefix ? width : 0,
      colour: hasColours && isPrefix ? colour : null,
    };
  };
}
