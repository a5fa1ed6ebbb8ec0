// How often a program ended and how last, as a tsv daemon tells it.

import type { RunEnding } from "../core/process/runs.ts";
import {
  agoText,
  exitText,
  type LastExit,
  restartsOf,
  shortExitText,
} from "../core/why/restarts.ts";
import {
  isStruct,
  numberOf,
  textOf,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "../core/xmlrpc/value.ts";
import type { ProcessRow } from "./answers.ts";

export interface Runs {
  readonly total: number;
  readonly last:
    | (LastExit & { readonly [member: string]: string | number | boolean | null })
    | null;
  /** Why its output is dropped; null while it is written, and from a daemon that does not say. */
  readonly logError: {
    readonly errno: string;
    readonly path: string;
    readonly lost: number;
  } | null;
  /** It is done when it exits. */
  readonly isOneshot: boolean;
  /** null without health_check, and from a daemon that does not say. */
  readonly health: {
    readonly state: string;
    readonly said: string;
    readonly failures: number;
  } | null;
  /** null for a program without one, and from a daemon that does not say. */
  readonly schedule: {
    readonly text: string;
    /** The next run, seconds since 1970; null for none. */
    readonly next: number | null;
    readonly suspended: boolean;
    readonly queued: boolean;
  } | null;
}

/** By `group:name`; empty where the answer makes no sense. */
export function readRuns(value: XmlRpcValue): ReadonlyMap<string, Runs> {
  return byName(value, (struct) => {
    const ending = textOf(struct["ending"]) as RunEnding | "";
    const status = numberOf(struct["exitstatus"]);
    const signal = numberOf(struct["signal"]);
    const last = {
      ...{ ending, end: numberOf(struct["end"]) },
      exitStatus: status < 0 ? null : status,
      signal: signal === 0 ? null : signal,
      expected: struct["expected"] === true,
      reason: textOf(struct["reason"]),
    };
    const errno = textOf(struct["log_error"]);
    const lost = { errno, path: textOf(struct["log_path"]), lost: numberOf(struct["log_lost"]) };
    return {
      total: numberOf(struct["total"]),
      last: ending === "" ? null : last,
      logError: errno === "" ? null : lost,
      isOneshot: struct["oneshot"] === true,
      health: readHealth(struct),
      schedule: scheduleOf(struct),
    };
  });
}

function readHealth(struct: XmlRpcStruct): Runs["health"] {
  const state = textOf(struct["health"]);
  if (state === "") return null;
  const { health_said: said, health_failures: failures } = struct;
  return { state, said: textOf(said), failures: numberOf(failures) };
}

function scheduleOf(struct: XmlRpcStruct): Runs["schedule"] {
  const text = textOf(struct["schedule"]);
  if (text === "") return null;
  const next = numberOf(struct["schedule_next"]);
  return {
    ...{ text, next: next === 0 ? null : next },
    suspended: struct["schedule_suspended"] === true,
    queued: struct["schedule_queued"] === true,
  };
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

/** How often it was restarted: runs of a schedule are no restarts. */
export function restartsIn({ stateName }: Pick<ProcessRow, "stateName">, runs: Runs): number {
  return runs.schedule === null ? restartsOf(stateName, runs.total) : 0;
}

/** `, 23 restarts, last exit 2, 3s ago` and shorter ones, best first; none where there is nothing to say. */
export function runsText(row: ProcessRow, runs: Runs): readonly string[] {
  const { last } = runs;
  const count = restartsIn(row, runs);
  if (last === null || last.ending === "stopped") return [];
  const restarts = `, ${count} ${count === 1 ? "restart" : "restarts"}`;
  if (row.stateName === "EXITED") {
    const exit = ` (${exitText(last)})`;
    return count === 0 ? [exit] : [exit + restarts, exit];
  }
  if (count === 0) return [];
  // Short: 80 columns with the name, the state and the uptime.
  const exit = shortExitText(last);
  return [`${restarts}, last ${exit}, ${agoText(row.now - last.end)}`, restarts];
}
