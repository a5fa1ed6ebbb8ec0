// What a command for a fleet came to: one row for each host, one exit status, one document.

import type { Complaint } from "../base/complaint.ts";
import type { Json } from "../base/envelope.ts";

/** What a host came to. */
export interface HostOutcome {
  readonly name: string;
  readonly url: string;
  /** As of the same command on the host itself; 1 if that could not be asked. */
  readonly exitStatus: number;
  /** As `--json` of the same command has them. */
  readonly results: readonly { readonly [member: string]: Json }[];
  /** Empty for a host that was asked, and that did it. */
  readonly errors: readonly Complaint[];
}

/** Exit statuses of the whole. */
export const FLEET_EXIT = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  /** `status`: a program is down. */
  DOWN: 3,
  /** `status`: a name that a host does not know. */
  UNKNOWN: 4,
  /** `run`: a host could not be reached. As of ssh(1). */
  UNREACHED: 255,
} as const;

/** Whether a host was asked and did all of it. A program that is down is an answer to `status`. */
export function isDone({ exitStatus, errors }: HostOutcome, isStatus: boolean): boolean {
  return errors.length === 0 && (exitStatus === 0 || (isStatus && exitStatus === FLEET_EXIT.DOWN));
}

/** The exit status of all hosts. */
export function fleetStatus(action: string, outcomes: readonly HostOutcome[]): number {
  if (action === "run") return Math.max(0, ...outcomes.map(({ exitStatus }) => exitStatus));
  const isStatus = action === "status";
  if (outcomes.some(({ errors }) => errors.length > 0)) return FLEET_EXIT.FAILED;
  const statuses = outcomes.map(({ exitStatus }) => exitStatus);
  if (statuses.every((status) => status === 0)) return FLEET_EXIT.OK;
  if (!isStatus) return FLEET_EXIT.FAILED;
  return statuses.includes(FLEET_EXIT.UNKNOWN) ? FLEET_EXIT.UNKNOWN : FLEET_EXIT.DOWN;
}

/** A row of the document: see docs/json.md. */
export function rowOf(outcome: HostOutcome, isStatus: boolean) {
  const { name, url, exitStatus, results, errors } = outcome;
  const [first = null] = errors;
  return {
    ...{ host: name, url, ok: isDone(outcome, isStatus), exitStatus, results: [...results] },
    error: first === null ? null : { kind: first.kind, message: first.message },
  };
}

/** "198 hosts answered, 2 failed: a, b". */
export function totalText(outcomes: readonly HostOutcome[], isStatus: boolean): string {
  const failed = outcomes.filter((outcome) => !isDone(outcome, isStatus)).map(({ name }) => name);
  const count = outcomes.length === 1 ? "1 host" : `${outcomes.length} hosts`;
  if (failed.length === 0) return count;
  const rest = failed.length > MOST_NAMED ? ", ..." : "";
  return `${count}, ${failed.length} failed: ${failed.slice(0, MOST_NAMED).join(", ")}${rest}`;
}

const MOST_NAMED = 5;

/** A line of a host, which may have several lines: its name comes before the first one. @param width of names */
export function hostLine(name: string, width: number, line: string): string {
  const indent = " ".repeat(width + GAP);
  return `${name.padEnd(width + GAP)}${line.replaceAll("\n", `\n${indent}`)}`;
}

/** Rows with columns of equal widths. */
export function columnLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd((widths[at] ?? 0) + GAP))
      .join("")
      .trimEnd(),
  );
}

/** Columns between a name and its line. */
export const GAP = 2;
