// The format of lines on this terminal.

import { textColumns } from "../../core/base/printable.ts";
import { localTime } from "../../core/logs/record.ts";
import { localOffsetMinutes } from "../../host/time/clock.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { Look } from "../report/lines.ts";

/** Narrower lines leave no room beside the labels. */
const LEAST_COLUMNS = 40;

/** UTF-8 signs and colours, if the terminal supports them. */
export function lookOf(
  { verbose, quiet }: Pick<Look, "verbose" | "quiet">,
  terminal: Pick<Terminal, "colours" | "size">,
): Look {
  const { LC_ALL, LC_CTYPE, LANG, TERM } = process.env;
  const charset = [LC_ALL, LC_CTYPE, LANG].find((one) => one !== undefined && one !== "") ?? "";
  return {
    unicode: /utf-?8/i.test(charset) && TERM !== "dumb",
    colours: terminal.colours,
    verbose,
    quiet,
    columns: Math.max(LEAST_COLUMNS, textColumns(terminal.size()?.columns ?? null)),
  };
}

// Formats times for users.

/** "2026-01-02 03:04:05" in the host's time zone. */
export function shownMoment(seconds: number): string {
  const wallMs = seconds * 1000;
  const t = localTime(wallMs, localOffsetMinutes(wallMs));
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
}
