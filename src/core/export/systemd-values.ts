// Values of a configuration as a unit has them.

import { joinPath } from "../config/paths.ts";
import { splitCommand } from "../config/posix-lexer.ts";

/** Of a value in a configuration: `%%` means the same, `%(process_num)d` is the name of an instance, other signs are plain. */
export function specified(value: string): string {
  return value.replace(/%%|%\(process_num\)[-+ #0]*\d*[sd]|%/g, (found) =>
    found.startsWith("%(") ? "%i" : "%%",
  );
}

/** A word of a command line: systemd replaces `$`, and reads quotes and backslashes as C does. */
function word(text: string): string {
  const escaped = specified(text).replaceAll("$", "$$$$");
  return /^[\w./:=@+,%$-]+$/.test(escaped) ? escaped : quoted(escaped);
}

/** A value in quotes, as systemd reads them. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

/** A command line. systemd takes no path that is relative to the working directory. */
export function commandLine(command: string, directory: string): string {
  const words = splitCommand(command);
  const [first = "", ...others] = words.ok ? words.value : [command];
  const path = first.includes("/") ? joinPath(directory, first) : first;
  return [path, ...others].map(word).join(" ");
}

/** Whether the program of a command line is a path that systemd does not take. */
export function isRelative(line: string): boolean {
  return /^(?:"[^/"]+|[^/\s"]+)\//.test(line);
}

export function isTrue(value: string | undefined): boolean {
  return /^(?:true|yes|on|1|t|y)$/i.test(value?.trim() ?? "");
}
