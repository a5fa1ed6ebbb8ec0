// How lines are to look on this terminal.

import type { Terminal } from "../../ports/terminal.ts";
import type { Look } from "../report/report.ts";
import { reportColumns } from "../report/wrap.ts";

/** Signs of UTF-8 and colours where the terminal shows them. */
export function lookOf(
  { verbose, quiet }: Pick<Look, "verbose" | "quiet">,
  terminal: Pick<Terminal, "colours" | "size">,
): Look {
  const { LC_ALL, LC_CTYPE, LANG, TERM, NO_COLOR } = process.env;
  const charset = [LC_ALL, LC_CTYPE, LANG].find((one) => one !== undefined && one !== "") ?? "";
  const isPlain = TERM === "dumb" || (NO_COLOR !== undefined && NO_COLOR !== "");
  return {
    unicode: /utf-?8/i.test(charset) && !isPlain,
    colours: terminal.colours,
    verbose,
    quiet,
    columns: reportColumns(terminal.size()?.columns ?? null),
  };
}
