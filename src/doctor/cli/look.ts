// The format of lines on this terminal.

import type { Terminal } from "../../ports/terminal.ts";
import type { Look } from "../report/report.ts";
import { reportColumns } from "../report/wrap.ts";

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
    columns: reportColumns(terminal.size()?.columns ?? null),
  };
}
