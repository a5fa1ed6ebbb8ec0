// `tsv completion`: what a shell needs to complete the command lines of tsv.

import { HELP_OPTION, type HelpPage, helpText } from "../core/base/help-page.ts";
import { createAssets } from "../host/files/assets.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";

const SHELLS: readonly string[] = ["bash", "zsh", "fish"];

const PAGE: HelpPage = {
  usage: [["tsv completion <bash|zsh|fish>", ""]],
  about: [
    "Print the completions of tsv for a shell: verbs, options, and names of programs, which come from the daemon. tsv install and packages install them.",
  ],
  options: [HELP_OPTION],
  examples: [
    ["source <(tsv completion bash)", "bash: a line for ~/.bashrc"],
    ["tsv completion zsh > ~/.zfunc/_tsv", "zsh: into a directory of $fpath"],
    ["tsv completion fish > ~/.config/fish/completions/tsv.fish", "fish"],
  ],
  statuses: [
    [0, "success"],
    [2, "usage error"],
  ],
};

/** @returns the exit status */
export function runCompletion(words: readonly string[]): number {
  const [shell, ...more] = words;
  if (shell === "-h" || shell === "--help") {
    print(helpText(PAGE, outputColumns()));
    return 0;
  }
  if (shell === undefined || more.length > 0 || !SHELLS.includes(shell)) {
    const what = shell === undefined ? "name a shell" : `there are no completions for '${shell}'`;
    printError(`Error: ${what}; use bash, zsh or fish\n  For help: tsv completion -h\n`);
    return 2;
  }
  print(createAssets().read(`completion/${shell}`));
  return 0;
}
