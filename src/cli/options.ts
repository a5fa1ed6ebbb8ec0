// The command line of `tsv` itself. Everyday verbs never come here, they are listed for `tsv help`.

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

/** [verb and arguments, what it does], in the order of `tsv help`. */
export const EVERYDAY: readonly (readonly [string, string])[] = [
  ["daemon [options]", "run the daemon; the same as supervisord"],
  ["ctl [options] [action]", "control a daemon; the same as supervisorctl"],
  ["status [name...]", "show programs and their states"],
  ["start <name...>", "start programs (`all` for every one)"],
  ["stop <name...>", "stop programs"],
  ["restart <name...>", "stop, then start programs"],
  ["signal <signal> <name...>", "send a signal to programs"],
  ["tail [-f] <name> [channel]", "show the end of a program's output"],
  ["logs [-f] <name...>", "show the output of several programs"],
  ["maintail [-f]", "show the end of the daemon's own log"],
  ["clear <name...>", "empty the logs of programs"],
  ["reread", "read the configuration and show what changed"],
  ["update [group...]", "read the configuration and apply what changed"],
  ["add <group...>", "activate groups that are configured"],
  ["remove <group...>", "deactivate stopped groups"],
  ["avail", "show the programs that are configured"],
  ["pid [name...]", "show process ids"],
  ["fg <name>", "attach to a program's output and input"],
  ["reload", "stop everything and start over with a fresh configuration"],
  ["shutdown", "stop everything, then the daemon"],
  ["upgrade [path]", "replace the daemon by its new version; programs go on running"],
  ["install [options]", "set tsv up on this host; with --boot, start it now and at each boot"],
  ["uninstall [options]", "remove what tsv install made"],
  ["why <name>", "say why a program is as it is, and what to do about it"],
  ["doctor [area|code...]", "find what is wrong on this host; with --fix, put it right"],
  ["version", "print tsv's version"],
];

/** The parser. `run` returns an exit status when the command line itself settles it, else null. */
export function createProgram(actions: TsvActions): {
  run(args: readonly string[]): number | null;
} {
  const program = new Command("tsv")
    .description("Runs programs and keeps them running: Supervisor, done again.")
    .usage("<command> [options]")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show this help, or that of a command")
    .exitOverride()
    .addHelpText("after", "\nThe options of a configuration: tsv help conf [section or option]")
    .showHelpAfterError("(tsv help lists the commands)");
  for (const [verb, summary] of EVERYDAY) program.command(verb).description(summary);
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
