// The command lines of the verbs that need no daemon. The list of all verbs is in help.ts.

import { Command, readWords } from "../host/terminal/command-line.ts";

export interface TsvActions {
  sampleConf(): void;
  check(file: string, options: CheckOptions): void;
}

export interface CheckOptions {
  readonly json?: true;
  /** Also notes: what is worth knowing, although nothing is wrong. */
  readonly verbose?: true;
}

/** The parser. `run` returns an exit status when the command line itself settles it, else null. */
export function createProgram(actions: TsvActions): {
  run(args: readonly string[]): number | null;
} {
  const program = new Command("tsv")
    .exitOverride()
    .showHelpAfterError("(tsv help lists the commands)");
  program
    .command("check <file>")
    .summary("check a configuration file: every error and everything suspicious, with its line")
    .description(
      "Checks a configuration file: every error and everything suspicious, with its line.",
    )
    .option("--json", "print the problems as JSON")
    .option("-v, --verbose", "also what is only worth knowing")
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", "\nExit status: 0 no errors, warnings or not; 1 errors; 2 wrong use.")
    .action((file: string, options: CheckOptions) => actions.check(file, options));
  program
    .command("sample-conf")
    .summary("print a commented sample configuration; the same as echo_supervisord_conf")
    .description("Prints a commented sample configuration; the same as echo_supervisord_conf.")
    .action(() => actions.sampleConf());
  return {
    run: (args) => readWords(program, args.length === 0 ? ["help"] : args),
  };
}
