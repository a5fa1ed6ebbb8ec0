// The actions of the web page: which there are, what they are called, and the messages that Supervisor shows after them.

import type { Permission } from "../access/permissions.ts";
import { type LocalTime, MONTHS } from "../logs/calendar.ts";
import { FAULT_CODES, type Fault, type FaultName, faultText } from "../xmlrpc/faults.ts";

/**
 * Parameters of a request to the web page, as Supervisor puts them together: the first of a name in the query, the last in
 * the body, the body before the query; empty values do not count. Of `program`, all are kept, one a line.
 */
export type Form = ReadonlyMap<string, string>;

/** The parameter of selected programs. */
const PROGRAM = "program";

/** Reads query and body. */
export function readForm(target: string, body = ""): Form {
  const form = new Map<string, string>();
  const question = target.indexOf("?");
  const query = question < 0 ? "" : (target.slice(question + 1).split("#", 1)[0] ?? "");
  const [asked, sent] = [new URLSearchParams(query), new URLSearchParams(body)];
  for (const [name, value] of asked) {
    if (value !== "" && !form.has(name)) form.set(name, value);
  }
  for (const [name, value] of sent) {
    if (value !== "") form.set(name, value);
  }
  const programs = [...asked.getAll(PROGRAM), ...sent.getAll(PROGRAM)].filter(Boolean);
  if (programs.length > 0) form.set(PROGRAM, programs.join("\n"));
  return form;
}

export type ProgramVerb = "start" | "stop" | "restart" | "clearlog";
export type AllVerb = "start" | "stop" | "restart";

/** What a request asks for. */
export type WebAction =
  | { readonly kind: "refresh" }
  | { readonly kind: "all"; readonly verb: AllVerb }
  /** @remarks Programs that a person selected, each as `program` below */
  | { readonly kind: "some"; readonly verb: AllVerb; readonly names: readonly string[] }
  /** @remarks `name` as the request wrote it: `web`, `group:web`, or `group:*` */
  | { readonly kind: "program"; readonly verb: ProgramVerb; readonly name: string }
  /** @remarks `signal` as the request wrote it: `HUP`, `SIGHUP` or `1` */
  | {
      readonly kind: "signal";
      readonly verb: "signal";
      readonly name: string;
      readonly signal: string;
    };

/** An action that changes something. */
export type Change = Exclude<WebAction, { readonly kind: "refresh" }>;

function isProgramVerb(text: string): text is ProgramVerb {
  return Object.hasOwn(QUESTIONS, text);
}

/** `SIGRTMIN` and the like are shorter. */
const MOST_SIGNAL = 20;

/** Programs that one request acts on. */
export const MOST_SELECTED = 1000;

/** The buttons of a row have a program's name as their value, which keeps a page of many rows small. */
const ROW_VERBS = ["start", "stop", "restart"] as const;

/** Null when none is asked for; `unknown` when it is not one of ours, or lacks the program's name. */
export function readAction(form: Form): WebAction | "unknown" | null {
  const action = form.get("action");
  if (action === undefined) return readRowAction(form);
  if (action === "refresh") return { kind: "refresh" };
  if (action === "startall") return { kind: "all", verb: "start" };
  if (action === "stopall") return { kind: "all", verb: "stop" };
  if (action === "restartall") return { kind: "all", verb: "restart" };
  const selected = ROW_VERBS.find((verb) => action === `${verb}selected`);
  if (selected !== undefined) return readSelected(selected, form.get(PROGRAM));
  const name = form.get("processname");
  const signal = form.get("signal");
  if (action === "signal" && name !== undefined && signal !== undefined) {
    return { kind: "signal", verb: "signal", name, signal: signal.slice(0, MOST_SIGNAL) };
  }
  if (name === undefined || !isProgramVerb(action)) return "unknown";
  return { kind: "program", verb: action, name };
}

function readRowAction(form: Form): WebAction | null {
  for (const verb of ROW_VERBS) {
    const name = form.get(verb);
    if (name !== undefined) return { kind: "program", verb, name };
  }
  const name = form.get("kill");
  return name === undefined ? null : { kind: "signal", verb: "signal", name, signal: "KILL" };
}

function readSelected(verb: AllVerb, text: string | undefined): WebAction | "unknown" {
  const names = [...new Set(text?.split("\n"))];
  const isFew = names.length > 0 && names.length <= MOST_SELECTED;
  return isFew ? { kind: "some", verb, names } : "unknown";
}

/** The word of an action in a form. */
export function actionWord({ kind, verb }: Change): string {
  if (kind === "all") return `${verb}all`;
  return kind === "some" ? `${verb}selected` : verb;
}

/** `a, b and 3 more`. @param most names that are listed */
export function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}

/** Permission that an action requires; the RPC methods that execute it declare the same one. */
export function permissionFor({ kind }: WebAction): Permission {
  return kind === "refresh" ? "read" : "control";
}

/** Supervisor has this action too, so old links to it may work as there. */
export function isSupervisors({ kind, verb }: Change): boolean {
  return kind === "program" || (kind === "all" && verb !== "start");
}

const QUESTIONS: Readonly<Record<ProgramVerb, string>> = {
  start: "Start",
  stop: "Stop",
  restart: "Restart",
  clearlog: "Clear both logs of",
};

/** Names in a question. */
const MOST_ASKED = 5;

/** The question before an action, for example `Stop web?`. */
export function questionFor(action: Change): string {
  if (action.kind === "all") return `${QUESTIONS[action.verb]} all programs?`;
  if (action.kind === "signal") return `Send ${action.signal} to ${action.name}?`;
  if (action.kind === "some") {
    const { verb, names } = action;
    const count = names.length === 1 ? "" : ` ${names.length} programs:`;
    return `${QUESTIONS[verb]}${count} ${listed(names, MOST_ASKED)}?`;
  }
  return `${QUESTIONS[action.verb]} ${action.name}?`;
}

const DONE: Readonly<Record<AllVerb, string>> = {
  start: "started",
  stop: "stopped",
  restart: "restarted",
};

/** The message of an action that went well. @param at when it was complete */
export function doneMessage(action: WebAction, at: LocalTime): string {
  if (action.kind === "refresh") return `Page refreshed at ${ctime(at)}`;
  if (action.kind === "signal") return `${action.signal} sent to ${action.name}`;
  if (action.kind === "all") return `All ${DONE[action.verb]} at ${ctime(at)}`;
  if (action.kind === "some") {
    const count = action.names.length;
    return `${count} ${count === 1 ? "program" : "programs"} ${DONE[action.verb]} at ${ctime(at)}`;
  }
  const { verb, name } = action;
  return verb === "clearlog" ? `Log for ${name} cleared` : `Process ${name} ${DONE[verb]}`;
}

const START_FAULTS: Partial<Readonly<Record<FaultName, string>>> = {
  NO_FILE: "no such file",
  NOT_EXECUTABLE: "file not executable",
  ALREADY_STARTED: "already started",
  SPAWN_ERROR: "spawn error",
  ABNORMAL_TERMINATION: "abnormal termination",
};

/** The message of an action that failed. */
export function faultMessage(verb: ProgramVerb, name: string, fault: Fault): string {
  const unexpected = `unexpected rpc fault [${FAULT_CODES[fault.name]}] ${faultText(fault)}`;
  if (verb !== "start") return unexpected;
  return `ERROR: Process ${name}: ${START_FAULTS[fault.name] ?? unexpected}`;
}

/** The message of a signal that could not be sent. */
export function signalFaultMessage(name: string, signal: string, fault: Fault): string {
  if (fault.name === "BAD_NAME") return noSuchMessage(name);
  const why =
    fault.name === "BAD_SIGNAL"
      ? `there is no signal ${signal}`
      : fault.name === "NOT_RUNNING"
        ? "it is not running"
        : faultText(fault);
  return `ERROR: Process ${name}: ${why}`;
}

/** The program whose failure a message reports; null for none. */
export function failedProgram(message: string): string | null {
  return /^ERROR: Process (.+?): /.exec(message)?.[1] ?? null;
}

/** A message travels in an address. */
const MOST_FAILURES = 5;

/** The message of an action on a group that went wrong for some. @param failures of each, what and why */
export function groupMessage(name: string, failures: readonly string[]): string {
  return `ERROR: Group ${name}: ${first(failures)}`;
}

/** The message of an action on all programs that went wrong for some. */
export function allMessage(verb: AllVerb, failures: readonly string[]): string {
  return `ERROR: Not all ${DONE[verb]}: ${first(failures)}`;
}

function first(failures: readonly string[]): string {
  const shown = failures.slice(0, MOST_FAILURES);
  if (failures.length > shown.length) shown.push(`and ${failures.length - shown.length} more`);
  return shown.join("; ");
}

/** The message about a program that is not there. */
export function noSuchMessage(name: string): string {
  return `No such process named ${name}`;
}

/** True for messages about a failure; the others are shown as success. */
export function isFailure(message: string): boolean {
  return /^(?:ERROR|No such process|unexpected rpc fault|Refused)/.test(message);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `Sat Nov 21 08:17:32 2026`, as Python's time.ctime writes it. */
export function ctime(t: LocalTime): string {
  const two = (n: number) => String(n).padStart(2, "0");
  // biome-ignore lint/style/noRestrictedGlobals: a given day, and no clock
  const weekday = DAYS[new Date(Date.UTC(t.year, t.month - 1, t.day)).getUTCDay()] ?? "???";
  const date = `${weekday} ${MONTHS[t.month - 1] ?? "???"} ${String(t.day).padStart(2, " ")}`;
  return `${date} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}`;
}
