// Results of start, stop, signal, clear, rotate and reopen: one line for each process, and its part of the exit status.

import { displayName, type Namespec } from "../core/base/ids.ts";
import { FAULT_CODES, type FaultName } from "../core/xmlrpc/faults.ts";
import type { ResultRow } from "./answers.ts";
import type { CallResult } from "./client.ts";
import type { CommandContext } from "./context.ts";
import { UnhandledFailure } from "./failure.ts";
import type { Item } from "./report.ts";

/** How an action words its results. */
export interface ResultWords {
  /** "started" */
  readonly success: string;
  /** A fault that is no failure: start of a program that runs. */
  readonly ignored?: FaultName;
  /** The text for each fault; null shows the fault's own text as the whole line. */
  readonly faults: Readonly<
    Partial<Record<FaultName, string | null | ((row: ResultRow) => string)>>
  >;
}

/**
 * The item for one result.
 * @throws UnhandledFailure for a code that the action does not know
 */
function resultItem(words: ResultWords, row: ResultRow): Item {
  const shown = displayName(row.group, row.name);
  const data = { group: row.group, name: row.name };
  if (row.status === FAULT_CODES.SUCCESS) {
    const line = `${shown}: ${words.success}`;
    return {
      line,
      data: { ...data, ok: true, result: words.success },
      mark: { from: shown.length + 2, to: line.length, tone: "good" },
    };
  }
  const known = Object.entries(words.faults).find(
    ([name]) => FAULT_CODES[name as FaultName] === row.status,
  );
  if (known === undefined) {
    const text = `Unknown result code ${row.status} for ${shown}`;
    throw new UnhandledFailure({ kind: "other", exception: "ValueError", text });
  }
  const [name, word] = known;
  const reason = typeof word === "function" ? word(row) : word;
  const line = reason === null ? row.description : `${shown}: ERROR (${reason})`;
  const text = reason ?? row.description;
  return {
    line,
    data:
      name === words.ignored
        ? { ...data, ok: true, result: text }
        : { ...data, ok: false, error: text, fault: row.status },
    mark: { from: reason === null ? 0 : shown.length + 2, to: line.length, tone: "bad" },
  };
}

/** Reports one result. */
export function reportRow(context: CommandContext, words: ResultWords, row: ResultRow): void {
  context.report.item(resultItem(words, row));
  if (row.status === FAULT_CODES.BAD_NAME) {
    context.unknownNames.push(displayName(row.group, row.name));
  }
  context.fold(row.status, words.ignored === undefined ? null : FAULT_CODES[words.ignored]);
}

/** The result of a method that takes one process. @throws UnhandledFailure unless it is a value or a fault */
export function rowOf({ group, process }: Namespec, result: CallResult): ResultRow {
  const row = { group, name: process ?? "*" };
  if (result.ok) return { ...row, status: FAULT_CODES.SUCCESS, description: "" };
  if (result.error.kind !== "fault") throw new UnhandledFailure(result.error);
  return { ...row, status: result.error.code, description: result.error.text };
}

/** Reports a group that does not exist. */
export function reportNoGroup(context: CommandContext, group: string, exitStatus: number): void {
  const line = `${group}: ERROR (no such group)`;
  context.report.item({
    line,
    data: { group, name: null, ok: false, error: "no such group", fault: FAULT_CODES.BAD_NAME },
    mark: { from: group.length + 2, to: line.length, tone: "bad" },
  });
  context.unknownNames.push(`${group}:*`);
  context.exitStatus = exitStatus;
}
