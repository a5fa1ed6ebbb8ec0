// The command lines of the verbs that need no daemon. The list of all verbs is in help.ts.

import { Command, readWords } from "../host/terminal/command-line.ts";

export interface TsvActions {
  sampleConf(): void;
  check(files: readonly string[], options: CheckOptions): void;
}

export interface CheckOptions {
  readonly json?: true;
  /** Also notes: what is worth knowing, although nothing is wrong. */
  readonly verbose?: true;
  /** `NAME=VALUE`, or a file with such lines. */
  readonly env?: readonly string[];
}

/** The parser. `run` returns an exit status when the command line itself settles it, else null. */
export function createProgram(actions: TsvActions): {
  run(args: readonly string[]): number | null;
} {
  const program = new Command("tsv")
    .exitOverride()
    .showHelpAfterError("(tsv help lists the commands)");
  program
    .command("check [file...]")
    .summary("check a configuration file: every error and everything suspicious, with its line")
    .description(
      "Checks configuration files: every error and everything suspicious, with its line. - is standard input; without a file the installed configuration is checked.",
    )
    .option("--json", "print the problems as JSON")
    .option("-v, --verbose", "also show notes: what is only worth knowing")
    .option(
      "--env <file|NAME=VALUE>",
      "check with these environment variables; may be repeated",
      (word: string, before: readonly string[] | undefined) => [...(before ?? []), word],
    )
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", "\nExit status: 0 no errors, warnings or not; 1 errors; 2 wrong use.")
    .action((files: readonly string[], options: CheckOptions) => actions.check(files, options));
  program
    .command("sample-conf")
    .summary("print a commented sample configuration; the same as echo_supervisord_conf")
    .description("Prints a commented sample configuration; the same as echo_supervisord_conf.")
    .action(() => actions.sampleConf());
  return {
    run: (args) => readWords(program, args.length === 0 ? ["help"] : args),
  };
}
