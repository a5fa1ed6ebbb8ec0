// What happened to a program beside its runs: health, readiness, changes of its definition, and requests of clients. The page
// shows these notes among the runs.

import { displayName, type ProcessKey, parseNamespec } from "../base/ids.ts";
import { epochSeconds } from "../base/time.ts";
import type { Happening, LoggedEvent } from "../event-log/event-log.ts";

/** A line among the runs. */
export interface Note {
  /** Seconds since 1970. */
  readonly at: number;
  readonly tone: "good" | "bad" | "calm";
  readonly text: string;
}

/** A request for a change, as the activity log has it. */
export interface Asked {
  /** Epoch milliseconds. */
  readonly at: number;
  /** `stop web (web page)` or `supervisor.stopProcess(web)`. */
  readonly what: string;
  /** As `principalText` names the client. */
  readonly who: string;
}

/** The newest of them are shown. */
const MOST_NOTES = 50;

/** The notes about a process, oldest first. */
export function notesOf(
  key: ProcessKey,
  events: readonly LoggedEvent[],
  asked: readonly Asked[],
): readonly Note[] {
  const happened = events.flatMap(({ at, what }) => {
    const told = "key" in what && what.key === key ? noteOf(what) : null;
    return told === null ? [] : [{ at: epochSeconds(at), ...told }];
  });
  const requests = asked.flatMap(({ at, what, who }): readonly Note[] => {
    if (!concerns(what, key)) return [];
    return [{ at: epochSeconds(at), tone: "calm", text: `asked: ${what} by ${who}` }];
  });
  return [...requests, ...happened].sort((a, b) => a.at - b.at).slice(-MOST_NOTES);
}

/** Null for what the runs say, with more of it. */
function noteOf(what: Happening): Pick<Note, "tone" | "text"> | null {
  if (what.kind === "process-added") return { tone: "calm", text: "added" };
  if (what.kind === "configured") return { tone: "calm", text: "its configuration has changed" };
  if (what.kind === "state" && what.to === "FATAL") {
    return { tone: "bad", text: "FATAL: it is not started again by itself" };
  }
  if (what.kind !== "notice") return null;
  const { about, details, text } = what.notice;
  switch (about) {
    case "READY":
      return { tone: "good", text: "ready" };
    case "HEALTH":
      return details["to"] === "healthy"
        ? { tone: "good", text: "healthy" }
        : { tone: "bad", text: `unhealthy: ${text}` };
    case "HOOK":
      return { tone: "bad", text: `hook ${details["hook"]}: ${text}` };
    case "SCHEDULE":
      return { tone: "calm", text: `scheduled run: ${text}` };
    case "RESTART":
      return null;
  }
}

/** A call or an action of the page, with its first argument. */
const REQUEST = /^(?:[\w.]+\(([^,)]*)|[a-z]+(?: [A-Z0-9]+)? (.*) \(web page\)$)/;

/** Whether a request names the process, its group or its program, or all. */
function concerns(what: string, key: ProcessKey): boolean {
  const { group, process } = parseNamespec(key);
  const [, called, pressed] = REQUEST.exec(what) ?? [];
  if (called === undefined && pressed === undefined) return false;
  // A button may act on several programs: "a, b and 3 more".
  const names = pressed?.replace(/ and \d+ more$/, "").split(", ") ?? [called];
  const own = [key, displayName(group, process ?? ""), group, `${group}:*`, "all", "*", ""];
  return own.some((name) => names.includes(name));
}
