// tsv commands in the advice of findings.

import type { Situation } from "../facts/situation.ts";
import { shellLine } from "./shell-quoting.ts";

/**
 * The configuration that commands must name: one that was named explicitly, or found relative to the caller. From another
 * directory or with sudo, a command without it would use another one.
 */
export function configToName({ chosenBy, path }: Pick<Situation["config"], "chosenBy" | "path">) {
  if (path === null) return null;
  const isRelative = chosenBy === "search" && !path.startsWith("/etc/");
  return chosenBy === "option" || isRelative ? path : null;
}

/** A tsv command to paste, with the configuration if it must be named. */
export function tsvCommand(
  words: readonly string[],
  { config }: Pick<Situation, "config">,
): string {
  const named = configToName(config);
  const [verb = "", ...rest] = words;
  const option = verb === "doctor" ? "--config" : "-c";
  return shellLine(["tsv", verb, ...(named === null ? [] : [option, named]), ...rest]);
}
