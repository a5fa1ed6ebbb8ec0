// The command line of `tsv doctor`.

import { absolutePath } from "../../core/config/paths.ts";
import { Command, readVerb, refuseWords } from "../../host/terminal/command-line.ts";

/** What doctor is asked to do. */
export interface DoctorArguments {
  /** Areas and codes; none: everything. */
  readonly words: readonly string[];
  readonly mode: "examine" | "fix" | "undo" | "list" | "explain" | "bundle";
  /** For "explain": the code; for "bundle": the file. */
  readonly target: string;
  readonly config: string | null;
  readonly yes: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly strict: boolean;
}

const HELP = `
AREA is one of binary, boot, socket, config, programs, logs, limits, security, board; CODE one of --list.

--fix does what is safe: it touches only what is tsv's own and disturbs no program. What edits your files or changes
owners, it asks about, showing what would change; --yes is the answer. What would end somebody else's process, weaken a
protection or delete data it only prints. Everything it does is written down first, and --undo takes the last run back.

Exit status: 0 nothing is wrong, or no more than warnings; 1 errors remain, with --strict also warnings; 2 doctor could
not run: wrong use, or nothing to write to.`;

interface Flags {
  readonly fix?: true;
  readonly undo?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly verbose?: true;
  readonly quiet?: true;
  readonly strict?: true;
  readonly list?: true;
  readonly explain?: string;
  readonly bundle?: string;
  readonly config?: string;
}

/** Reads the words after `tsv doctor`. A number is an exit status: everything is said. @param cwd what paths mean */
export function parseDoctor(words: readonly string[], cwd: string): DoctorArguments | number {
  const command = new Command("tsv doctor")
    .description("Finds what is wrong with tsv on this host, and mends it.")
    .argument("[area|code...]", "look only at these (default: everything)")
    .option("--fix", "put right what can be put right, then look again")
    .option("-y, --yes", "with --fix or --undo: do it without asking")
    .option("--undo", "take back what the last --fix has done")
    .option("-c, --config <file>", "examine this configuration")
    .option("--json", "print one JSON document")
    .option("-v, --verbose", "also what is only worth knowing")
    .option("-q, --quiet", "only what is wrong")
    .option("--strict", "warnings count as errors for the exit status")
    .option("--list", "list the codes")
    .option("--explain <code>", "say what a code means")
    .option("--bundle <file>", "write a .tar.gz for whoever is to help, without secrets");
  const status = readVerb(command, HELP, words);
  if (status !== null) return status;
  const flags = command.opts<Flags>();
  const modes = (["fix", "undo", "list", "explain", "bundle"] as const).filter(
    (mode) => flags[mode] !== undefined,
  );
  const [mode = "examine", other] = modes;
  const problem = problemOf(flags, mode, other, command.args);
  if (problem !== null) return refuseWords(command, problem);
  const { config, explain = "", bundle } = flags;
  return {
    words: command.args,
    mode,
    target: bundle === undefined ? explain : absolutePath(bundle, cwd),
    config: config === undefined ? null : absolutePath(config, cwd),
    yes: flags.yes === true,
    json: flags.json === true,
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
    strict: flags.strict === true,
  };
}

function problemOf(
  { yes, json, verbose, quiet }: Flags,
  mode: DoctorArguments["mode"],
  other: string | undefined,
  words: readonly string[],
): string | null {
  if (other !== undefined) return `--${mode} and --${other} do not go together`;
  if (yes === true && mode !== "fix" && mode !== "undo") return "--yes goes with --fix or --undo";
  if (json === true && mode !== "examine" && mode !== "fix") {
    return `--json and --${mode} do not go together`;
  }
  if (verbose === true && quiet === true) return "--verbose and --quiet do not go together";
  const takesWords = mode === "examine" || mode === "fix" || mode === "list";
  return words.length > 0 && !takesWords ? `--${mode} takes no areas or codes` : null;
}
