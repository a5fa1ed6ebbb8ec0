// Commands of a repair as lines of text.

import { wrapWords } from "../../core/base/printable.ts";

/** A command stays whole, because it is there to be pasted; a comment among commands is wrapped as comments. */
export function commandLines(command: string, columns: number): readonly string[] {
  return command.startsWith("# ") ? wrapWords(command, columns, "#   ") : [command];
}
