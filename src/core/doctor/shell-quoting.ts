// Quotes words for a shell, so that a command can be shown and pasted.

import { isPrintable, replaceControls } from "../base/printable.ts";

/** A word for a shell, quoted only where it has to be. Control characters are spelt: it is shown before it is pasted. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (isPrintable(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const bytes = (found: string): string =>
    Array.from(new TextEncoder().encode(found), (byte) => `\\x${byte.toString(16)}`).join("");
  const padded = (found: string): string => bytes(found).replace(/\\x(.)$/, "\\x0$1");
  return `$'${replaceControls(word.replace(/[\\']/g, "\\$&"), padded)}'`;
}

export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}
