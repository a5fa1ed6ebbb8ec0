// Command lines of verbs with many options, parsed by commander. Everyday verbs do not use it, because loading it takes long.

import { Command, CommanderError, type Option } from "commander";
import { complaintLines } from "../../core/base/complaint.ts";
import { envelopeText } from "../../core/base/envelope.ts";
import { HELP_OPTION, type HelpPage, type HelpRow, helpText } from "../../core/base/help-page.ts";
import { textColumns } from "../../core/base/printable.ts";
import { asksJson } from "./json-answer.ts";
import { outputColumns, print, printError } from "./output.ts";

export { Command };

/** Exit status after a command line that cannot be used. */
export const USAGE_STATUS = 2;

/** What a page of help says besides the options, which are the command's. */
export type VerbPage = Omit<HelpPage, "options">;

/**
 * Reads the words behind a verb of `tsv` by its command, whose name is the whole of it: `tsv doctor`.
 * @returns an exit status if the command line needs no further action
 */
export function readVerb(
  command: Command,
  page: VerbPage,
  words: readonly string[],
): number | null {
  command
    .helpOption("-h, --help", HELP_OPTION[1])
    .configureHelp({
      formatHelp: () => helpText({ ...page, options: optionRows(command) }, outputColumns()),
    })
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .exitOverride();
  try {
    command.parse(words.map(shortened), { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    return refuseWords(command, plainProblem(error.message, command), words);
  }
}

/** In the words of the other verbs. */
function plainProblem(message: string, command: Command): string {
  const verb = command.name().replace(/^tsv /, "");
  return message
    .replace(/^error: /, "")
    .replace(/^option '(?:-\w, )?(--[\w-]+).*' argument missing$/, "option $1 requires an argument")
    .replace(/^too many arguments.* Expected 0 .*$/, `${verb} takes no arguments`);
}

/** supervisorctl has this option as `--configuration`; every verb takes both. */
function shortened(word: string): string {
  return word.replace(/^--configuration(?==|$)/, "--config");
}

/** Says why a command line cannot be used, in JSON where that was asked for. @returns the exit status */
export function refuseWords(command: Command, problem: string, words: readonly string[]): number {
  const message = problem.replaceAll(/\n\(?/g, ". ").replace(/\?\)$/, "?").replace(/\.$/, "");
  const steps = [["For help", `${command.name()} -h`]] as const;
  if (asksJson(words)) {
    const verb = command.name().replace(/^tsv /, "");
    const errors = [{ kind: "usage", message, steps }] as const;
    print(envelopeText({ verb, exitStatus: USAGE_STATUS, results: [], errors }));
  } else {
    const lines = complaintLines({ message, steps }, textColumns(outputColumns()));
    printError(lines.map((line) => `${line}\n`).join(""));
  }
  return USAGE_STATUS;
}

function optionRows(command: Command): readonly HelpRow[] {
  const rows = command.options.map(
    (option): HelpRow => [option.flags, option.description + defaultOf(option)],
  );
  return [...rows, HELP_OPTION];
}

function defaultOf({ defaultValue }: Option): string {
  return typeof defaultValue === "string" ? ` (default: ${defaultValue})` : "";
}
