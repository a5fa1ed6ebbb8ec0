// Command lines of verbs with many options, read by commander. Everyday verbs do without: loading it takes them too long.

import { Command, CommanderError } from "commander";
import { printError } from "./output.ts";

export { Command };

/** Exit status after a command line that cannot be used. */
export const USAGE_STATUS = 2;

/** Reads words by a command. @returns an exit status where the command line itself is the end of it and everything is said */
export function readWords(command: Command, words: readonly string[]): number | null {
  try {
    command.parse([...words], { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : USAGE_STATUS;
  }
}

/** The same for a verb of `tsv`, with its help. @param help what comes behind the list of options */
export function readVerb(command: Command, help: string, words: readonly string[]): number | null {
  command
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", help)
    .showHelpAfterError(hint(command))
    .exitOverride();
  return readWords(command, words);
}

/** Says why a command line cannot be used, as commander says it. @returns the exit status */
export function refuseWords(command: Command, problem: string): number {
  printError(`error: ${problem}\n${hint(command)}\n`);
  return USAGE_STATUS;
}

function hint(command: Command): string {
  return `(${command.name()} --help lists the options)`;
}
