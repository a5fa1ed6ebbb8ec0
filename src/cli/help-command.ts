// `tsv help`, and the error for a command line without a verb of tsv.

import { envelopeText } from "../core/base/envelope.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../core/base/help-page.ts";
import { suggestVerb } from "../core/command-line/help.ts";
import { asksJson } from "../host/terminal/json-answer.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";
import { printReference } from "./conf-help.ts";
import { helpPage } from "./help.ts";

/** Exit status after a command line that cannot be used. */
const USAGE_STATUS = 2;

const PAGE: HelpPage = {
  usage: [
    ["tsv help", "list the commands"],
    ["tsv help <command>", "explain a command"],
    ["tsv help conf [section] [option]", "explain options of the configuration"],
  ],
  about: [],
  options: [HELP_OPTION],
  examples: [
    ["tsv help restart", "options, examples and exit statuses of restart"],
    ["tsv help conf program", "the options of a [program:x] section"],
    ["tsv help conf stopsignal", "one option"],
  ],
  statuses: [
    [0, "success"],
    [2, "there is no such command, section or option"],
  ],
};

function isHelp(word: string): boolean {
  return word === "-h" || word === "--help";
}

/** @param words behind `help`; a verb that exists explains itself. @returns the exit status */
export function runHelp(words: readonly string[]): number {
  const [topic] = words;
  if (topic !== undefined && (topic === "help" || isHelp(topic))) {
    print(helpText(PAGE, outputColumns()));
    return 0;
  }
  if (topic === "conf") return printReference(words.slice(1));
  if (words.length > 1) return refuse(`help takes one command, not ${words.length}`);
  if (topic !== undefined) return refuseVerb([topic]);
  print(helpPage(outputColumns()));
  return 0;
}

/** A verb that does not exist, and the words behind it. */
export function refuseVerb([verb = "", ...words]: readonly string[]): number {
  const meant = suggestVerb(verb);
  const message = `there is no ${verb.startsWith("-") ? "option" : "command"} '${verb}'${meant === null ? "" : `. Did you mean: tsv ${meant}`}`;
  if (!asksJson(words)) return refuse(message);
  const errors = [{ kind: "usage", message, steps: [["For help", "tsv help"]] }] as const;
  print(envelopeText({ verb, exitStatus: USAGE_STATUS, results: [], errors }));
  return USAGE_STATUS;
}

/** A command line that cannot be used. */
export function refuse(text: string): number {
  printError(`Error: ${text}\n  For help: tsv help\n`);
  return USAGE_STATUS;
}
