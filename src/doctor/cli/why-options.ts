// The command line of `tsv why`, and its help.

import { HELP_OPTION, type HelpPage } from "../../core/base/help-page.ts";

export interface WhyArguments {
  /** As in ctl: "web", "pool:a". */
  readonly name: string;
  readonly config: string | null;
  readonly json: boolean;
}

export const WHY_PAGE: HelpPage = {
  usage: [["tsv why [options] <name>", ""]],
  about: [
    "Explain the state of a program: its last exits and their meaning, its last output, what prevents it from starting, the next start, and what to do.",
  ],
  options: [
    ["-c, --config <file>", "the configuration of the daemon (default: as tsv doctor finds it)"],
    ["--json", "print one line of JSON"],
    HELP_OPTION,
  ],
  examples: [
    ["tsv why web", "explain the program web"],
    ["tsv why web:worker_0", "one process of a group"],
    ["sudo tsv why web", "also what only root can read"],
  ],
  statuses: [
    [0, "explained"],
    [1, "no daemon answers: explained from the configuration and the files"],
    [2, "usage error"],
    [4, "there is no such program"],
  ],
};

/** Reads the words after `tsv why`. */
export function parseWhy(
  words: readonly string[],
): WhyArguments | "help" | { readonly problem: string } {
  const names: string[] = [];
  const queue = [...words];
  let config: string | null = null;
  let json = false;
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const long = /^--(?:configuration|config)(?:=(.*))?$/s.exec(word);
    if (word === "--") {
      names.push(...queue.splice(0));
    } else if (word === "-h" || word === "--help") return "help";
    else if (word === "--json") json = true;
    else if (long !== null || word.startsWith("-c")) {
      const glued = long === null ? word.slice(2) : (long[1] ?? "");
      const value: string | undefined = glued === "" ? queue.shift() : glued;
      if (value === undefined || value === "") return { problem: `option ${word} requires a file` };
      config = value;
    } else if (word.startsWith("-")) return { problem: `why has no option ${word}` };
    else names.push(word);
  }
  const [name, ...more] = names;
  if (name === undefined || name === "") return { problem: "why requires a program's name" };
  if (more.length > 0) return { problem: "why takes one program" };
  return { name, config, json };
}
