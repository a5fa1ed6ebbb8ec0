// Quotes words for a shell, so that a command can be shown and pasted.

import { isPrintable, replaceControls } from "../../core/base/printable.ts";
import { shellWord as plainShellWord } from "../../core/base/shell-word.ts";

/** A word for a shell. Control characters are escaped for bash, because the word is shown before it is pasted. */
export function shellWord(word: string): string {
  if (isPrintable(word)) return plainShellWord(word);
  const bytes = (found: string): string =>
    Array.from(new TextEncoder().encode(found), (byte) => `\\x${byte.toString(16)}`).join("");
  const padded = (found: string): string => bytes(found).replace(/\\x(.)$/, "\\x0$1");
  return `$'${replaceControls(word.replace(/[\\']/g, "\\$&"), padded)}'`;
}

export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}
