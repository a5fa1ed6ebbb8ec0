// How to find out whether a program is ready and healthy, and what to do with an unhealthy one:
// the values of ready_check, health_check and health_action.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { partsOf } from "../logs/line-match.ts";
import { parseSignal, signalName } from "../process/signals.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { splitCommand } from "./posix-lexer.ts";
import type { CheckTarget, HealthAction } from "./value-types.ts";

const ADDRESSES = "tcp://HOST:PORT, unix:///PATH, http://HOST:PORT/PATH";
const ASKED = `${ADDRESSES}, exec:COMMAND or notify`;
const HOW = `write ${ADDRESSES}, exec:COMMAND, log:PATTERN, notify or fd:N`;
/** Descriptors that a program may be given; those below are its input and outputs. */
const LOWEST_FD = 3;
const HIGHEST_FD = 255;
/** Characters of a pattern. */
const LONGEST_PATTERN = 1024;

/**
 * `tcp://HOST:PORT`, `unix:///PATH`, `http://HOST/PATH` with the statuses that are good (`http://… 200,204`),
 * `exec:COMMAND`, `log:PATTERN`, `notify` or `fd:N`. The error is a clause with the value and what to write instead.
 */
export function parseCheck(text: string): Result<CheckTarget, string> {
  const address = parseTcp(text) ?? parseUnix(text) ?? parseHttp(text);
  const target = address ?? parseExec(text) ?? parseLog(text) ?? parseSaid(text);
  if (target === null) return err(`not a valid check: ${pyRepr(text)}: ${HOW}`);
  if (typeof target === "string") return err(`not a valid check: ${pyRepr(text)}: ${target}`);
  return ok(target);
}

/** The same as a file has it. */
export function checkText(target: CheckTarget): string {
  switch (target.kind) {
    case "tcp":
      return `tcp://${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`;
    case "unix":
      return `unix://${target.path}`;
    case "http":
      return [target.url, target.statuses.join(",")].filter((part) => part !== "").join(" ");
    case "exec":
      return `exec:${target.command}`;
    case "log":
      return `log:${target.pattern}`;
    case "notify":
      return "notify";
    case "fd":
      return `fd:${target.fd}`;
  }
}

/** The same without secrets, for messages. */
export function shownCheck(target: CheckTarget): string {
  return redactPatterns(checkText(target));
}

/** A report of readiness does not show health later. @returns why a check does not fit health_check; null if it does */
export function whyNotForHealth(target: CheckTarget): string | null {
  if (target.kind !== "log" && target.kind !== "fd") return null;
  return `not a valid health_check: ${pyRepr(checkText(target))}: write ${ASKED}`;
}

function parseTcp(text: string): CheckTarget | null {
  const [, bracketed, plain, port] =
    /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s/:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || !isPort(Number(port))) return null;
  return { kind: "tcp", host, port: Number(port) };
}

function parseUnix(text: string): CheckTarget | null {
  const [, path] = /^unix:\/\/(\/\S+)$/.exec(text) ?? [];
  return path === undefined ? null : { kind: "unix", path };
}

function parseHttp(text: string): CheckTarget | null {
  const [, url, authority, list] =
    /^(https?:\/\/([^\s/?#]+)(?:[/?][^\s#]*)?)(?:[ \t]+(\d{3}(?:,\d{3})*))?$/.exec(text) ?? [];
  if (url === undefined || authority === undefined) return null;
  const [, host = "", port] =
    /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const isWrong = host === "" || (port !== undefined && !isPort(Number(port)));
  if (isWrong || !URL.canParse(url)) return null;
  const statuses = (list ?? "").split(",").filter(Boolean).map(Number);
  return statuses.some((status) => status < 100 || status > 599)
    ? null
    : { kind: "http", url, statuses };
}

/** @returns a text when the command cannot be one */
function parseExec(text: string): CheckTarget | string | null {
  const command = argumentOf(text, "exec");
  if (command === null) return null;
  const words = splitCommand(command);
  if (!words.ok) return words.error;
  return words.value.length === 0 ? "exec: needs a command" : { kind: "exec", command };
}

function parseLog(text: string): CheckTarget | string | null {
  const pattern = argumentOf(text, "log");
  if (pattern === null) return null;
  if (partsOf(pattern).length === 0) return "log: needs a text to look for";
  if (pattern.length > LONGEST_PATTERN) return `longer than ${LONGEST_PATTERN} characters`;
  return { kind: "log", pattern };
}

function parseSaid(text: string): CheckTarget | string | null {
  if (text === "notify") return { kind: "notify" };
  const written = argumentOf(text, "fd");
  if (written === null) return null;
  const fd = /^\d{1,3}$/.test(written) ? Number(written) : -1;
  if (fd < LOWEST_FD || fd > HIGHEST_FD) return `fd: is from ${LOWEST_FD} to ${HIGHEST_FD}`;
  return { kind: "fd", fd };
}

/** What follows `KIND:`, without spaces around it; null for another kind. */
function argumentOf(text: string, kind: string): string | null {
  return text.startsWith(`${kind}:`) ? text.slice(kind.length + 1).trim() : null;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

/** `restart`, `report` or `signal:NAME`. */
export function parseHealthAction(text: string): Result<HealthAction, string> {
  const lower = text.toLowerCase();
  if (lower === "restart" || lower === "report") return ok({ kind: lower });
  const name = lower.startsWith("signal:") ? text.slice("signal:".length).trim() : "";
  const signal = name === "" ? null : parseSignal(name);
  if (signal?.ok === true) return ok({ kind: "signal", signal: signal.value });
  const how = "it is restart, report or signal:NAME, as signal:USR1";
  return err(`invalid 'health_action' value ${pyRepr(text)}: ${how}`);
}

/** The same as a file has it. */
export function healthActionText(action: HealthAction): string {
  if (action.kind !== "signal") return action.kind;
  return `signal:${signalName(action.signal).replace(/^SIG/, "")}`;
}
