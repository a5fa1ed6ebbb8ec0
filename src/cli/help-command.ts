// `tsv help`, and what is said of a command line that names no verb of tsv.

import { suggestVerb } from "../core/command-line/suggest-verb.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";
import { printReference } from "./conf-help.ts";
import { helpPage } from "./help.ts";

/** Exit status after a command line that cannot be used. */
const USAGE_STATUS = 2;

/** @param words behind `help`; a verb that exists explains itself. @returns the exit status */
export function runHelp(words: readonly string[]): number {
  const [topic] = words;
  if (topic === "conf") return printReference(words.slice(1));
  if (words.length > 1) return refuse(`help takes one command, not ${words.length}`);
  if (topic !== undefined && !["help", "-h", "--help"].includes(topic)) return refuseVerb(topic);
  print(helpPage(outputColumns()));
  return 0;
}

/** A verb that does not exist. */
export function refuseVerb(verb: string): number {
  const meant = suggestVerb(verb);
  return refuse(
    `there is no command '${verb}'${meant === null ? "" : `. Did you mean: tsv ${meant}`}`,
  );
}

/** A command line that cannot be used. */
export function refuse(text: string): number {
  printError(`Error: ${text}\n  For help: tsv help\n`);
  return USAGE_STATUS;
}
