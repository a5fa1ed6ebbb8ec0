// The commands of tsv that findings suggest.

import type { Situation } from "../facts/situation.ts";
import { shellLine } from "./shell-quoting.ts";

/** A command of tsv's, ready to paste: for the configuration that was named, where one was. */
export function tsvCommand(
  words: readonly string[],
  { config }: Pick<Situation, "config">,
): string {
  const isNamed = config.chosenBy === "option" && config.path !== null;
  const [verb = "", ...rest] = words;
  const option = verb === "doctor" ? "--config" : "-c";
  return shellLine(["tsv", verb, ...(isNamed ? [option, config.path ?? ""] : []), ...rest]);
}
