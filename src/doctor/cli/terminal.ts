// What all verbs do with a terminal: the format of lines, times, and questions.

import { textColumns } from "../../core/base/printable.ts";
import { localTime } from "../../core/logs/calendar.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import { localOffsetMinutes } from "../../host/time/local-time.ts";
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

/** "2026-01-02 03:04:05" in the host's time zone. */
export function localTimeText(seconds: number): string {
  const wallMs = seconds * 1000;
  const t = localTime(wallMs, localOffsetMinutes(wallMs));
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
}

/** Asks before a change. If the answer is not yes, reports that nothing was changed. "unable": there is no terminal. */
export async function confirm(
  question: string,
  terminal: Terminal,
): Promise<"yes" | "no" | "unable"> {
  if (!canAsk(terminal)) {
    terminal.writeError(
      "Nothing was changed: cannot ask for confirmation without a terminal; add --yes.\n",
    );
    return "unable";
  }
  if (await isConfirmed(terminal, question)) return "yes";
  terminal.write("Nothing was changed.\n");
  return "no";
}
