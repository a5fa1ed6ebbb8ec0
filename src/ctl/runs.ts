// How often a program ended and how last, as a tsv daemon tells it.

import { isStruct, numberOf, textOf } from "../core/xmlrpc/fields.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../core/xmlrpc/value.ts";
import type { ProcessRow } from "./answers.ts";

export interface LastExit {
  /** exited, too-early, stopped, not-spawned. */
  readonly ending: string;
  /** Seconds since 1970. */
  readonly end: number;
  /** null where a signal ended it, or there was no process. */
  readonly exitStatus: number | null;
  /** null where none ended it. */
  readonly signal: number | null;
  readonly expected: boolean;
}

export interface Runs {
  readonly total: number;
  readonly last:
    | (LastExit & { readonly [member: string]: string | number | boolean | null })
    | null;
}

/** By `group:name`; empty where the answer makes no sense. */
export function readRuns(value: XmlRpcValue): ReadonlyMap<string, Runs> {
  return byName(value, (struct) => {
    const ending = textOf(struct["ending"]);
    const status = numberOf(struct["exitstatus"]);
    const signal = numberOf(struct["signal"]);
    const last = {
      ...{ ending, end: numberOf(struct["end"]) },
      exitStatus: status < 0 ? null : status,
      signal: signal === 0 ? null : signal,
      expected: struct["expected"] === true,
    };
    return { total: numberOf(struct["total"]), last: ending === "" ? null : last };
  });
}

/** The same of what programs use. */
export function readUsages(
  value: XmlRpcValue,
): ReadonlyMap<string, { readonly cpuPercent: number; readonly memoryBytes: number }> {
  return byName(value, (struct) => ({
    cpuPercent: doubleOf(struct["cpu_percent"]),
    memoryBytes: doubleOf(struct["memory_bytes"]),
  }));
}

function byName<T>(value: XmlRpcValue, read: (struct: XmlRpcStruct) => T): ReadonlyMap<string, T> {
  const rows = Array.isArray(value) ? (value as readonly XmlRpcValue[]) : [];
  return new Map(
    rows.flatMap((row) =>
      isStruct(row) ? [[`${textOf(row["group"])}:${textOf(row["name"])}`, read(row)] as const] : [],
    ),
  );
}

function doubleOf(value: XmlRpcValue | undefined): number {
  if (typeof value === "number") return value;
  const wrapped = value as { readonly kind?: string; readonly value?: number } | undefined;
  return wrapped?.kind === "double" && typeof wrapped.value === "number" ? wrapped.value : -1;
}

const UP: readonly string[] = ["RUNNING", "STARTING", "STOPPING"];

/** How often it was started again: the run under way is none, nor is one that it ended with. */
export function restartsOf({ stateName }: ProcessRow, { total }: Runs): number {
  return UP.includes(stateName) ? total : Math.max(0, total - 1);
}

/** A run that ended by itself this short ago says that the program does not stay up. */
const RECENT_SECONDS = 300;

/** It runs, and has ended by itself just before. */
export function isRestless({ stateName, now }: ProcessRow, runs: Runs | null): boolean {
  const last = runs?.last ?? null;
  if (last === null || !["RUNNING", "STARTING"].includes(stateName)) return false;
  return last.ending !== "stopped" && now - last.end < RECENT_SECONDS;
}

/** `, 23 restarts, exit status 2 3s ago` and shorter ones, best first; none where there is nothing to say. */
export function runsText(row: ProcessRow, runs: Runs): readonly string[] {
  const { last } = runs;
  const count = restartsOf(row, runs);
  if (last === null || last.ending === "stopped") return [];
  if (row.stateName === "EXITED") return [` (${exitText(last)})`];
  if (count === 0) return [];
  const restarts = `, ${count} ${count === 1 ? "restart" : "restarts"}`;
  // Short: 80 columns with the name, the state and the uptime.
  const exit =
    last.signal === null && last.ending !== "not-spawned"
      ? `exit ${last.exitStatus ?? "?"}`
      : exitText(last);
  return [`${restarts}, last ${exit} ${agoText(row.now - last.end)}`, restarts];
}

function exitText({ ending, exitStatus, signal }: LastExit): string {
  if (ending === "not-spawned") return "not started";
  return signal === null ? `exit status ${exitStatus ?? "?"}` : `signal ${signal}`;
}

function agoText(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, seconds)}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  return seconds < 86400
    ? `${Math.floor(seconds / 3600)}h ago`
    : `${Math.floor(seconds / 86400)}d ago`;
}
