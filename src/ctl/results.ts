// The lines of start, stop, signal and clear: one result of one process each.

import { displayName } from "../core/base/ids.ts";
import { FAULT_CODES, type FaultName } from "../core/xmlrpc/faults.ts";
import { errnoText } from "../host/error-code.ts";
import type { ResultRow } from "./answers.ts";
import { UnhandledFailure } from "./failure.ts";
import type { Item } from "./report.ts";

/** How one kind of command words its results. */
export interface ResultWords {
  /** "started" */
  readonly success: string;
  /** "already started", in a total; for commands that ignore a fault. */
  readonly unneeded?: string;
  /** What each fault means here, or says; null shows the fault's own text as the whole line. */
  readonly faults: Readonly<
    Partial<Record<FaultName, string | null | ((row: ResultRow) => string)>>
  >;
}

export const START_WORDS: ResultWords = {
  success: "started",
  unneeded: "already started",
  faults: {
    BAD_NAME: "no such process",
    NO_FILE: "no such file",
    NOT_EXECUTABLE: "file is not executable",
    ALREADY_STARTED: "already started",
    SPAWN_ERROR: "spawn error",
    ABNORMAL_TERMINATION: "abnormal termination",
    // Of a daemon that is replaced meanwhile.
    FAILED: null,
  },
};

export const SIGNAL_WORDS: ResultWords = {
  success: "signalled",
  faults: {
    BAD_NAME: "no such process",
    BAD_SIGNAL: "bad signal name",
    NOT_RUNNING: "not running",
    FAILED: null,
  },
};

export const STOP_WORDS: ResultWords = {
  ...SIGNAL_WORDS,
  success: "stopped",
  unneeded: "not running",
};

export const CLEAR_WORDS: ResultWords = {
  success: "cleared",
  faults: { BAD_NAME: "no such process", FAILED: "failed" },
};

/** `clear`, `rotate` and `reopen` under tsv's own name: why a log cannot be used. */
export const LOG_FAULTS: ResultWords["faults"] = { BAD_NAME: "no such process", FAILED: logReason };

/** `FAILED: web: /root/web.log: EACCES` without the name, and with words for the error. */
function logReason({ group, name, description }: ResultRow): string {
  const text = description.replace(/^FAILED(?:: |$)/, "");
  const shown = [`${group}:${name}`, displayName(group, name)].find(
    (each) => text === each || text.startsWith(`${each}: `),
  );
  const reason = shown === undefined ? text : text.slice(shown.length + 2);
  if (reason === "") return "failed";
  return reason.replace(/(?<=: )E[A-Z0-9]+$/, errnoText);
}

/**
 * The item for one result.
 * @param ignored a fault that is no failure: start of a program that runs
 * @throws UnhandledFailure for a code that the command does not know
 */
export function resultItem(
  words: ResultWords,
  row: ResultRow,
  ignored: number | null = null,
): Item {
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
  if (known === undefined) throw unknownCode(row.status, shown);
  const why = typeof known[1] === "function" ? known[1](row) : known[1];
  const line = why === null ? row.description : `${shown}: ERROR (${why})`;
  const text = why ?? row.description;
  return {
    line,
    data:
      row.status === ignored
        ? { ...data, ok: true, result: text }
        : { ...data, ok: false, error: text, fault: row.status },
    mark: { from: why === null ? 0 : shown.length + 2, to: line.length, tone: "bad" },
  };
}

/** The item for a group that does not exist. */
export function noSuchGroup(group: string): Item {
  const line = `${group}: ERROR (no such group)`;
  return {
    line,
    data: { group, name: null, ok: false, error: "no such group", fault: FAULT_CODES.BAD_NAME },
    mark: { from: group.length + 2, to: line.length, tone: "bad" },
  };
}

function unknownCode(code: number, shown: string): UnhandledFailure {
  const text = `Unknown result code ${code} for ${shown}`;
  return new UnhandledFailure({ kind: "other", exception: "ValueError", text });
}
