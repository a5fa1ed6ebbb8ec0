// The parameters of the page of logs, which are its whole state, so that its address can be kept and sent:
//
//   name=web&name=pool:*&channel=stderr&level=warning&since=10m&search=timeout&lines=2000&wrap=off

import type { OffsetMinutes } from "../logs/calendar.ts";
import { LEVELS } from "../logs/line-level.ts";
import { parseAskedTime } from "../logs/time-texts.ts";
import type { LineFilter } from "./log-lines.ts";

/** Most programs of one view: each has two logs, which are read and followed. */
export const MOST_PROGRAMS = 20;
/** Lines that a view begins with. */
const FEW_LINES = 500;
export const MOST_LINES = 2000;
const LONGEST_SEARCH = 200;
/** Characters of a name, and how many names are looked at. */
const LONGEST_NAME = 400;
const MOST_NAMES = 100;

export interface LogsQuery extends LineFilter {
  /** Names of programs and `group:*`; empty for all programs. */
  readonly names: readonly string[];
  /** Null for both. */
  readonly channel: "stdout" | "stderr" | null;
  /** As the request wrote it; empty for none. */
  readonly sinceText: string;
  /** The newest lines that a view begins with. */
  readonly lines: number;
  readonly isWrapped: boolean;
  /** What is wrong with a parameter, which is left out then; null for nothing. */
  readonly problem: string | null;
}

/** @param now milliseconds since 1970 */
export function readLogsQuery(target: string, now: number, offset: OffsetMinutes): LogsQuery {
  const question = target.indexOf("?");
  const given = new URLSearchParams(question < 0 ? "" : target.slice(question + 1));
  const channel = given.get("channel");
  const level = LEVELS.find((each) => each === given.get("level"));
  const sinceText = (given.get("since") ?? "").trim().slice(0, LONGEST_SEARCH);
  const since = sinceText === "" ? null : parseAskedTime(sinceText, now, offset);
  const lines = Number(given.get("lines"));
  const names = given.getAll("name").slice(0, MOST_NAMES);
  return {
    names: names.map((name) => name.slice(0, LONGEST_NAME)).filter((name) => name !== ""),
    channel: channel === "stdout" || channel === "stderr" ? channel : null,
    level: level ?? null,
    search: (given.get("search") ?? "").slice(0, LONGEST_SEARCH),
    since: since?.ok === true ? since.value : null,
    sinceText,
    lines: Number.isInteger(lines) && lines > 0 ? Math.min(lines, MOST_LINES) : FEW_LINES,
    isWrapped: given.get("wrap") !== "off",
    problem: since === null || since.ok ? null : `Since: ${since.error}`,
  };
}

/** The same parameters in an address. */
export function queryText(query: LogsQuery): string {
  const { names, channel, level, sinceText, search, lines, isWrapped } = query;
  const given = new URLSearchParams();
  for (const name of names) given.append("name", name);
  if (channel !== null) given.set("channel", channel);
  if (level !== null) given.set("level", level);
  if (sinceText !== "") given.set("since", sinceText);
  if (search !== "") given.set("search", search);
  if (lines !== FEW_LINES) given.set("lines", String(lines));
  if (!isWrapped) given.set("wrap", "off");
  return given.toString();
}
