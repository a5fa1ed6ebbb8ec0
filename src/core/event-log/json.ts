// An event of the log as clients get it: the same members as JSON and in XML-RPC, flat, in snake_case as in Supervisor's.

import { type ProcessKey, parseNamespec } from "../base/ids.ts";
import type { Happening, LoggedEvent } from "./model.ts";

type EventFields = Readonly<Record<string, string | number>>;

/**
 * `seq`, `at_ms` (epoch milliseconds), `kind`, and by kind: `group`, `name`, `from`, `to`, `pid`, `tries`, `expected` (0 or 1),
 * `about` (READY, HEALTH …) with its details and its `text`.
 */
export function eventFields({ seq, at, what }: LoggedEvent): EventFields {
  return { seq, at_ms: at, kind: what.kind, ...fieldsOf(what) };
}

function fieldsOf(what: Happening): EventFields {
  switch (what.kind) {
    case "state":
      return { ...names(what.key), from: what.from, to: what.to, ...what.details };
    case "executes":
      return { ...names(what.key), pid: what.pid };
    case "notice": {
      const { about, details, text } = what.notice;
      return { ...names(what.key), about, ...details, ...(text === "" ? {} : { text }) };
    }
    case "process-added":
    case "process-removed":
      return names(what.key);
    case "group-added":
    case "group-removed":
      return { group: what.group };
    case "stopping":
      return {};
  }
}

function names(key: ProcessKey): { readonly group: string; readonly name: string } {
  const { group, process } = parseNamespec(key);
  return { group, name: process ?? "" };
}
