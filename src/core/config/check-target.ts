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
const HOW = `write ${ADDRESSES}, exec:COMMAND, log:PATTERN, notify or fd:N`;
const HOW_HEALTH = `write ${ADDRESSES}, exec:COMMAND or notify`;
/** Descriptors that a program may be given; those below are its input and outputs. */
const LOWEST_FD = 3;
const HIGHEST_FD = 255;
const PORTS = ", with a port from 1 to 65535";
/** Characters of a pattern. */
const LONGEST_PATTERN = 1024;

/**
 * `tcp://HOST:PORT`, `unix:///PATH`, `http://HOST/PATH` with the statuses that are good (`http://… 200,204`),
 * `exec:COMMAND`, `log:PATTERN`, `notify` or `fd:N`. The error is a clause with the value and what to write instead.
 */
export function parseCheck(text: string): Result<CheckTarget, string> {
  return checked(text, "check", parseTarget(text) ?? HOW);
}

/** The same without `log:` and `fd:`: a report of readiness does not show health later. */
export function parseHealthCheck(text: string): Result<CheckTarget, string> {
  const isOnce = /^(?:log|fd):/.test(text);
  return checked(text, "health_check", (isOnce ? null : parseTarget(text)) ?? HOW_HEALTH);
}

/** @param target or what is wrong with it */
function checked(
  text: string,
  what: "check" | "health_check",
  target: CheckTarget | string,
): Result<CheckTarget, string> {
  if (typeof target !== "string") return ok(target);
  return err(`not a valid ${what}: ${pyRepr(text)}: ${target}`);
}

/** @returns what is wrong with a check whose kind is clear; null for another text */
function parseTarget(text: string): CheckTarget | string | null {
  const address = parseTcp(text) ?? parseUnix(text) ?? parseHttp(text);
  return address ?? parseExec(text) ?? parseLog(text) ?? parseSaid(text);
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

/** @returns what is wrong with it; null for another kind of address */
export function parseTcp(text: string): (CheckTarget & { readonly kind: "tcp" }) | string | null {
  if (!text.startsWith("tcp://")) return null;
  const [, bracketed, plain, port] =
    /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s/:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || !isPort(Number(port))) return `write tcp://HOST:PORT${PORTS}`;
  return { kind: "tcp", host, port: Number(port) };
}

/** As `parseTcp`. */
export function parseUnix(text: string): (CheckTarget & { readonly kind: "unix" }) | string | null {
  if (!text.startsWith("unix://")) return null;
  const [, path] = /^unix:\/\/(\/\S+)$/.exec(text) ?? [];
  return path === undefined ? "write unix:///PATH without blanks" : { kind: "unix", path };
}

function parseHttp(text: string): CheckTarget | string | null {
  if (!/^https?:\/\//.test(text)) return null;
  const [, url = "", list] = /^(\S*)(?:[ \t]+(.*))?$/s.exec(text) ?? [];
  const [, authority = ""] = /^https?:\/\/([^/?#]+)(?:[/?][^#]*)?$/.exec(url) ?? [];
  const [, host = "", port] =
    /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  if (host === "" || (port !== undefined && !isPort(Number(port))) || !URL.canParse(url)) {
    return `write http://HOST:PORT/PATH without #${PORTS}`;
  }
  if (list === undefined) return { kind: "http", url, statuses: [] };
  const statuses = /^\d{3}(?:,\d{3})*$/.test(list) ? list.split(",").map(Number) : [0];
  if (statuses.every((status) => status >= 100 && status <= 599)) {
    return { kind: "http", url, statuses };
  }
  return `the statuses are ${pyRepr(list)}: write numbers from 100 to 599, as 200,204`;
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
