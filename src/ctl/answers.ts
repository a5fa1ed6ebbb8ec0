// Reads the answers of a supervisor. An answer of another shape is a failure, never an `undefined` in the output.

import {
  fieldOf,
  isStruct,
  textOf,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "../core/xmlrpc/value.ts";
import { UnhandledFailure } from "./failure.ts";

/** The part of getProcessInfo that commands use. */
export interface ProcessRow {
  readonly group: string;
  readonly name: string;
  readonly state: number;
  readonly stateName: string;
  readonly description: string;
  readonly pid: number;
  readonly start: number;
  readonly stop: number;
  readonly now: number;
  readonly exitStatus: number;
  readonly spawnErr: string;
  /** Paths of the logs; empty where there is none. */
  readonly stdoutLog: string;
  readonly stderrLog: string;
}

/** One result of startAllProcesses and similar methods. */
export interface ResultRow {
  readonly group: string;
  readonly name: string;
  readonly status: number;
  readonly description: string;
}

/** The part of getAllConfigInfo that `avail` shows. */
export interface ConfigRow {
  readonly group: string;
  readonly name: string;
  readonly inUse: boolean;
  readonly autostart: boolean;
  readonly groupPriority: number;
  readonly processPriority: number;
}

/** The answer of reloadConfig. */
export interface ConfigChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Of each changed group, the options that differ. */
export type ChangedOptions = ReadonlyMap<string, readonly string[]>;

/** Reads the answer of getChangedOptions. */
export function readChangedOptions(value: XmlRpcValue): ChangedOptions {
  const groups = asArray(value).map((each) => {
    const struct = asStruct(each);
    return [text(struct, "group"), asArray(struct["options"] ?? []).map(String)] as const;
  });
  return new Map(groups);
}

/** Reads one process. */
export function readProcessRow(value: XmlRpcValue): ProcessRow {
  const struct = asStruct(value);
  return {
    group: text(struct, "group"),
    name: text(struct, "name"),
    state: number(struct, "state"),
    stateName: text(struct, "statename"),
    description: text(struct, "description"),
    pid: number(struct, "pid"),
    start: number(struct, "start"),
    stop: number(struct, "stop"),
    now: number(struct, "now"),
    exitStatus: number(struct, "exitstatus"),
    spawnErr: text(struct, "spawnerr"),
    stdoutLog: textOf(struct["stdout_logfile"]),
    stderrLog: textOf(struct["stderr_logfile"]),
  };
}

/** Reads all processes. */
export function readProcessRows(value: XmlRpcValue): readonly ProcessRow[] {
  return asArray(value).map(readProcessRow);
}

/** Reads the results of a command on many processes. */
export function readResultRows(value: XmlRpcValue): readonly ResultRow[] {
  return asArray(value).map((item) => {
    const struct = asStruct(item);
    return {
      group: text(struct, "group"),
      name: text(struct, "name"),
      status: number(struct, "status"),
      description: text(struct, "description"),
    };
  });
}

/** Reads the configured processes. */
export function readConfigRows(value: XmlRpcValue): readonly ConfigRow[] {
  return asArray(value).map((item) => {
    const struct = asStruct(item);
    return {
      group: text(struct, "group"),
      name: text(struct, "name"),
      inUse: flag(struct, "inuse"),
      autostart: flag(struct, "autostart"),
      groupPriority: number(struct, "group_prio"),
      processPriority: number(struct, "process_prio"),
    };
  });
}

/** Reads the answer of reloadConfig. The three lists come wrapped in an array of one. */
export function readConfigChanges(value: XmlRpcValue): ConfigChanges {
  const [added = [], changed = [], removed = []] = asArray(asArray(value)[0] ?? []);
  return { added: names(added), changed: names(changed), removed: names(removed) };
}

/** Reads an answer that is one text. */
export function readText(value: XmlRpcValue): string {
  return typeof value === "string" ? value : unexpected("a string", value);
}

/** Reads an answer that is one number. */
export function readNumber(value: XmlRpcValue): number {
  return typeof value === "number" ? value : unexpected("an integer", value);
}

/** A number that may be sent as a double; `absent` for another value. */
export function doubleOf(value: XmlRpcValue | null | undefined, absent = 0): number {
  if (typeof value === "number") return value;
  const number = fieldOf(value, "value");
  return typeof number === "number" ? number : absent;
}

function names(value: XmlRpcValue): readonly string[] {
  return asArray(value).map(readText);
}

function asArray(value: XmlRpcValue): readonly XmlRpcValue[] {
  return Array.isArray(value) ? value : unexpected("an array", value);
}

function asStruct(value: XmlRpcValue): XmlRpcStruct {
  return isStruct(value) ? value : unexpected("a struct", value);
}

function text(struct: XmlRpcStruct, member: string): string {
  const value = struct[member];
  return typeof value === "string" ? value : unexpected(`a string as ${member}`, value);
}

function number(struct: XmlRpcStruct, member: string): number {
  const value = struct[member];
  return typeof value === "number" ? value : unexpected(`an integer as ${member}`, value);
}

function flag(struct: XmlRpcStruct, member: string): boolean {
  const value = struct[member];
  if (typeof value === "number") return value !== 0;
  return typeof value === "boolean" ? value : unexpected(`a boolean as ${member}`, value);
}

function unexpected(wanted: string, value: unknown): never {
  const got = JSON.stringify(value)?.slice(0, 80) ?? "nothing";
  throw new UnhandledFailure({
    kind: "other",
    exception: "xmlrpc.client.ResponseError",
    text: `the server should have answered ${wanted}, not ${got}`,
  });
}
