// Why an installation is refused, with the exact commands to proceed.

import { commandLine } from "../plan/conflicts.ts";

/** In a dry run. */
export const INTERRUPTED = "note: an interrupted installation would be rolled back first\n";

export function notRoot(running: string, words: readonly string[]): string {
  return `Error: this needs root. Run it as:\n\n  sudo ${commandLine(running, words)}\n`;
}

/** After a dry run: the command that carries out the plan. */
export function dryRunOnly(running: string, words: readonly string[], isAllowed: boolean): string {
  const rest = words.filter((word) => word !== "--dry-run" && word !== "--plan");
  const line = `${isAllowed ? "" : "sudo "}${commandLine(running, rest)}`;
  return `Dry run: nothing was changed. To make these changes:\n\n  ${line}\n`;
}

export function nobodyToAsk(running: string, words: readonly string[]): string {
  return (
    "Nothing was changed: cannot ask for confirmation because this is not a terminal.\nTo proceed:\n\n" +
    `  ${commandLine(running, [...words, "--yes"])}\n`
  );
}
