// The command line of `tsv why`.

export interface WhyArguments {
  /** As ctl takes it: "web", "pool:a". */
  readonly name: string;
  readonly config: string | null;
  readonly json: boolean;
}

export const WHY_HELP = `Usage: tsv why [options] <name>

Says why a program is as it is: its last exits and what they mean, what it wrote last, what keeps it from starting, when
it is tried again, and what to do.

Options:
  -c, --configuration FILE  the configuration of the daemon (default: as tsv doctor finds it)
  --json                    print one JSON document
  -h, --help                show this help

Exit status: 0 it was explained; 1 no daemon answers, what the files say is shown all the same; 2 wrong use, or there is
no such program.
`;

/** Reads the words after \`tsv why\`. */
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
      if (value === undefined || value === "") return { problem: `option ${word} wants a file` };
      config = value;
    } else if (word.startsWith("-")) return { problem: `there is no option ${word}` };
    else names.push(word);
  }
  const [name, ...more] = names;
  if (name === undefined || name === "") return { problem: "name a program" };
  if (more.length > 0) return { problem: "one program at a time" };
  return { name, config, json };
}
