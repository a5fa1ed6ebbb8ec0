// The command line of `tsv doctor`.

import { absolutePath } from "../../core/config/paths.ts";
import { Command, readVerb, refuseWords, type VerbPage } from "../../host/terminal/command-line.ts";

interface Flags {
  readonly yes: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly strict: boolean;
  readonly fix?: true;
  readonly undo?: true;
  readonly list?: true;
  readonly explain?: string;
  readonly bundle?: string;
  readonly config?: string;
}

/** The parsed command line. */
export interface DoctorArguments
  extends Pick<Flags, "yes" | "json" | "verbose" | "quiet" | "strict"> {
  /** Areas and codes; empty means all. */
  readonly words: readonly string[];
  readonly mode: "examine" | "fix" | "undo" | "list" | "explain" | "bundle";
  /** For "explain": the code; for "bundle": the file. */
  readonly target: string;
  readonly config: string | null;
}

const PAGE: VerbPage = {
  usage: [["tsv doctor [options] [area|code...]", ""]],
  about: [
    "Find problems with tsv on this host, explain them, and fix them on request. Without an area or a code, everything is checked.",
    "AREA is one of binary, boot, socket, config, programs, logs, limits, security, board; CODE is one of those that --list shows.",
    "--fix makes repairs that touch only tsv's own files and disturb no program. It shows and asks before it edits your files or changes ownership. For repairs that kill other programs, weaken a protection or delete data, it prints the command only. Every change is recorded, and --undo reverts those of the last run.",
  ],
  examples: [
    ["tsv doctor", "check everything"],
    ["tsv doctor socket -c tsv.conf", "check the sockets of a configuration"],
    ["sudo tsv doctor --fix", "fix what can be fixed"],
    ["tsv doctor --explain SOCK-003", "explain a code"],
    ["tsv doctor --bundle help.tar.gz", "write a support bundle"],
  ],
  statuses: [
    [0, "no findings, or only warnings"],
    [1, "errors remain, or a daemon that should run does not; with --strict also warnings"],
    [2, "usage error, or nothing could be written"],
  ],
};

/** Parses the words after `tsv doctor`. A number is an exit status, with output already printed. @param cwd for relative paths */
export function parseDoctor(words: readonly string[], cwd: string): DoctorArguments | number {
  const command = new Command("tsv doctor")
    .argument("[area|code...]")
    .option("-c, --config <file>", "examine this configuration")
    .option("--fix", "fix what can be fixed automatically, then check again")
    .option("--undo", "revert the changes of the last --fix")
    .option("-y, --yes", "with --fix or --undo: do not ask", false)
    .option("-v, --verbose", "also show notes, and all of repeated findings", false)
    .option("-q, --quiet", "show only findings", false)
    .option("--strict", "exit with status 1 for warnings too", false)
    .option("--list", "list the codes")
    .option("--explain <code>", "explain a code")
    .option("--bundle <file>", "write a support bundle (.tar.gz) with secrets removed")
    .option("--json", "print one line of JSON", false);
  const status = readVerb(command, PAGE, words);
  if (status !== null) return status;
  const flags = command.opts<Flags>();
  const modes = (["fix", "undo", "list", "explain", "bundle"] as const).filter(
    (mode) => flags[mode] !== undefined,
  );
  const [mode = "examine", other] = modes;
  const problem = problemOf(flags, mode, other, command.args);
  if (problem !== null) return refuseWords(command, problem, words);
  const { config, explain = "", bundle, yes, json, verbose, quiet, strict } = flags;
  return {
    words: command.args,
    mode,
    target: bundle === undefined ? explain : absolutePath(bundle, cwd),
    config: config === undefined ? null : absolutePath(config, cwd),
    ...{ yes, json, verbose, quiet, strict },
  };
}

function problemOf(
  { yes, json, verbose, quiet }: Flags,
  mode: DoctorArguments["mode"],
  other: string | undefined,
  words: readonly string[],
): string | null {
  if (other !== undefined) return `--${mode} and --${other} cannot be combined`;
  if (yes && mode !== "fix" && mode !== "undo") return "--yes requires --fix or --undo";
  if (json && mode !== "examine" && mode !== "fix") {
    return `--json and --${mode} cannot be combined`;
  }
  if (verbose && quiet) return "--verbose and --quiet cannot be combined";
  const takesWords = mode === "examine" || mode === "fix" || mode === "list";
  return words.length > 0 && !takesWords ? `--${mode} takes no areas or codes` : null;
}
