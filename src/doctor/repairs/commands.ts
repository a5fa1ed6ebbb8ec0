// Commands that are shown and pasted: words quoted for a shell, and tsv commands in the advice of findings.

import { isPrintable, replaceControls } from "../../core/base/printable.ts";
import { shellWord as plainShellWord } from "../../core/base/shell-word.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";

/** A word for a shell. Control characters are escaped for bash, because the word is shown before it is pasted. */
export function shellWord(word: string): string {
  if (isPrintable(word)) return plainShellWord(word);
  const escaped = (found: string): string => {
    const bytes = Array.from(new TextEncoder().encode(found));
    return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  };
  return `$'${replaceControls(word.replace(/[\\']/g, "\\$&"), escaped)}'`;
}

export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}

/**
 * The configuration that commands must name: one that was named explicitly, or found relative to the caller. From another
 * directory or with sudo, a command without it would use another one.
 */
export function configToName({ chosenBy, path }: Pick<DoctorFacts["config"], "chosenBy" | "path">) {
  if (path === null) return null;
  const isRelative = chosenBy === "search" && !path.startsWith("/etc/");
  return chosenBy === "option" || isRelative ? path : null;
}

/** A tsv command to paste, with the configuration if it must be named. */
export function tsvCommand(
  words: readonly string[],
  { config }: Pick<DoctorFacts, "config">,
): string {
  const named = configToName(config);
  const [verb = "", ...rest] = words;
  const option = verb === "doctor" ? "--config" : "-c";
  return shellLine(["tsv", verb, ...(named === null ? [] : [option, named]), ...rest]);
}
