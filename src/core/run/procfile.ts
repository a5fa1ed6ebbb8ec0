// Parses the Procfile of foreman and similar tools: `NAME: COMMAND` lines, blank lines and comments. Any other line is an
// error. foreman ignores it silently, and a program is missing.

import { isPrintable } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";

/** Its usual name. */
export const PROCFILE = "Procfile";

/** `Procfile`, `Procfile.dev` */
export function isProcfile(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith(PROCFILE);
}

/** One type of process. */
interface ProcfileEntry {
  readonly name: string;
  /** Run by /bin/sh. */
  readonly command: string;
  /** 1-based. */
  readonly line: number;
}

/** The first mistake. */
interface ProcfileError {
  /** 1-based; null for an error of the whole file. */
  readonly line: number | null;
  /** A sentence. */
  readonly text: string;
}

/** The syntax of foreman and honcho. */
const ENTRY = /^([A-Za-z0-9_-]+):[ \t]*(.*?)[ \t]*$/;

/** The text in place of a name, if it is short enough for a message. */
const WRONG_NAME = /^([^:]{1,60}):/;

/** Parses a Procfile. Lines end in LF or CRLF. */
export function parseProcfile(text: string): Result<readonly ProcfileEntry[], ProcfileError> {
  const entries = new Map<string, ProcfileEntry>();
  for (const [index, written] of text
    .replace(/^\u{feff}/u, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (/^\s*(?:#|$)/.test(written)) continue;
    const [, name = "", command = ""] = ENTRY.exec(written) ?? [];
    if (name === "") return err({ line, text: mistakeOf(written) });
    if (command === "") return err({ line, text: `${name} has no command` });
    const before = entries.get(name);
    if (before !== undefined) return err({ line, text: `${name} is also in line ${before.line}` });
    entries.set(name, { name, command, line });
  }
  if (entries.size === 0) return err({ line: null, text: "it contains no line NAME: COMMAND" });
  return ok([...entries.values()]);
}

function mistakeOf(written: string): string {
  const [, name = ""] = WRONG_NAME.exec(written) ?? [];
  return name === "" || !isPrintable(name)
    ? "expected NAME: COMMAND, or # in front of a comment"
    : `'${name}' is not a valid name: use letters, digits, '_' and '-'`;
}

/** The number of processes of each type: `web=2,worker=3`, `all=0,web=1`. */
export type Formation = ReadonlyMap<string, number>;

/** Most processes of one type. */
const MOST_COPIES = 1000;

/** Parses a formation. The error is a message. */
export function parseFormation(text: string): Result<Formation, string> {
  const formation = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, name = "", count = ""] = /^\s*([A-Za-z0-9_-]+)=(\d+)\s*$/.exec(part) ?? [];
    if (name === "") return err(`'${part.trim()}' is no NAME=NUMBER, such as web=2`);
    if (Number(count) > MOST_COPIES) return err(`${name}=${count}: at most ${MOST_COPIES}`);
    if (formation.has(name)) return err(`${name} is there twice`);
    formation.set(name, Number(count));
  }
  return ok(formation);
}

/** The same for some types alone. */
export function onlyTypes(types: readonly string[], formation: Formation): Formation {
  const numberOf = (type: string): number => formation.get(type) ?? formation.get("all") ?? 1;
  const none = ["all", ...formation.keys()].map((type) => [type, 0] as const);
  return new Map([...none, ...types.map((type) => [type, numberOf(type)] as const)]);
}

/** The difference between the ports of two types, as in foreman. */
const PORT_STEP = 100;
const LAST_PORT = 65_535;

/** All processes. Types are 100 ports apart, processes of a type one port, from `basePort` on. The error is a message. */
export function processesOf(
  entries: readonly ProcfileEntry[],
  formation: Formation,
  basePort: number,
) {
  const names = new Set(entries.map(({ name }) => name));
  const unknown = [...formation.keys()].find((name) => name !== "all" && !names.has(name));
  if (unknown !== undefined) {
    return err(`it has no ${unknown}, only ${[...names].join(", ")}`);
  }
  const others = formation.get("all") ?? 1;
  const all = entries.flatMap((entry, type) =>
    Array.from({ length: formation.get(entry.name) ?? others }, (_, index) => ({
      ...entry,
      /** `web.1` */
      processName: `${entry.name}.${index + 1}`,
      port: basePort + type * PORT_STEP + index,
    })),
  );
  if (all.length === 0) return err("nothing is left to run with these numbers");
  const beyond = all.find(({ port }) => port > LAST_PORT);
  return beyond === undefined
    ? ok(all)
    : err(`${beyond.processName} would have port ${beyond.port}; use a smaller PORT, or -p`);
}
