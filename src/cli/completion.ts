// `tsv completion`: what a shell needs to complete the command lines of tsv.

import { createAssets } from "../host/files/assets.ts";
import { print, printError } from "../host/terminal/output.ts";

const SHELLS: readonly string[] = ["bash", "zsh", "fish"];

const HELP = `Usage: tsv completion <bash|zsh|fish>

Prints the completions of tsv for a shell: verbs, options, and the names of
programs, which it asks the daemon for.

Examples:
  bash: put this line into ~/.bashrc
    source <(tsv completion bash)
  zsh: in a directory of $fpath, before compinit
    tsv completion zsh > ~/.zfunc/_tsv
  fish:
    tsv completion fish > ~/.config/fish/completions/tsv.fish
`;

/** @returns the exit status */
export function runCompletion(words: readonly string[]): number {
  const [shell, ...more] = words;
  if (shell === "-h" || shell === "--help") {
    print(HELP);
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
