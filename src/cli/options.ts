// The command lines of the verbs that need no daemon. The list of all verbs is in help.ts.

import { Command, readVerb, refuseWords, type VerbPage } from "../host/terminal/command-line.ts";

export interface CheckOptions {
  readonly json?: true;
  /** Correct what can be corrected. */
  readonly fix?: true;
  /** With `fix`: without a question. */
  readonly yes?: true;
  /** Also notes: findings that are only informational. */
  readonly verbose?: true;
  /** `NAME=VALUE`, or a file with such lines. */
  readonly env?: readonly string[];
}

/** Files named with -c, as for every other verb. */
interface Named {
  readonly configuration?: readonly string[];
}

const CHECK_PAGE: VerbPage = {
  usage: [["tsv check [options] [file...]", ""]],
  about: [
    "Check configurations and show each mistake with its line. The file - is standard input. Without a file, check the installed configuration.",
    "--fix corrects errors and warnings whose correction is clear: it shows the changes, asks, and checks again. tsv doctor --undo reverts them.",
  ],
  examples: [
    ["tsv check tsv.conf", "check one file"],
    ["tsv check -v tsv.conf", "also show notes"],
    ["tsv check --fix tsv.conf", "correct it"],
    ["tsv check --env app.env tsv.conf", "with the variables of a file"],
    ["generate | tsv check -", "check standard input"],
  ],
  statuses: [
    [0, "the daemon would start with it; there may be warnings"],
    [1, "there are errors"],
    [2, "usage error, there is no file to check, or nothing could be written"],
  ],
};

/** Reads the words after `tsv check`. A number is an exit status: nothing more to do. */
export function parseCheck(
  words: readonly string[],
): { readonly files: readonly string[]; readonly options: CheckOptions } | number {
  const command = new Command("tsv check")
    .argument("[file...]")
    .option(
      "-c, --configuration <file>",
      "check this file, as if it were named as an argument; may be repeated",
      (word: string, before: readonly string[] | undefined) => [...(before ?? []), word],
    )
    .option("--fix", "correct what can be corrected, then check again")
    .option("-y, --yes", "with --fix: do not ask")
    .option("-v, --verbose", "also show notes")
    .option(
      "--env <file|NAME=VALUE>",
      "check with these environment variables; may be repeated",
      (word: string, before: readonly string[] | undefined) => [...(before ?? []), word],
    )
    .option("--json", "print one line of JSON");
  const status = readVerb(command, CHECK_PAGE, words);
  if (status !== null) return status;
  const { configuration = [], ...options } = command.opts<CheckOptions & Named>();
  const files = [...configuration, ...command.args];
  const problem = problemOf(files, options);
  return problem === null ? { files, options } : refuseWords(command, problem, words);
}

function problemOf(files: readonly string[], { fix, yes, json }: CheckOptions): string | null {
  if (fix === undefined) return yes === true ? "--yes requires --fix" : null;
  if (json === true) return "--fix and --json cannot be combined";
  return files.includes("-") ? "standard input cannot be fixed" : null;
}

const SAMPLE_PAGE: VerbPage = {
  usage: [["tsv sample-conf", ""]],
  about: ["Print a commented sample configuration, as echo_supervisord_conf does."],
  examples: [["tsv sample-conf > tsv.conf", "begin a configuration"]],
  statuses: [
    [0, "done"],
    [2, "usage error"],
  ],
};

/** Reads the words after `tsv sample-conf`. @returns an exit status when there is nothing more to do */
export function parseSampleConf(words: readonly string[]): number | null {
  return readVerb(new Command("tsv sample-conf"), SAMPLE_PAGE, words);
}
