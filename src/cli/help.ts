// `tsv help`: the list of verbs, the options of a configuration, and the error for a command line without a verb of tsv; and the
// version. They answer at once: the options are loaded when they are asked for.

import { envelopeText } from "../core/base/envelope.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../core/base/help-page.ts";
import { termLines, textColumns, wrapWords } from "../core/base/printable.ts";
import { VERB_AREAS, VERBS } from "../core/base/verbs.ts";
import { asksJson } from "../host/terminal/json-answer.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";
import { VERSION } from "../version.ts";

/** Exit status after a command line that cannot be used. */
const USAGE_STATUS = 2;

const PAGE: HelpPage = {
  usage: [
    ["tsv help", "list the everyday commands"],
    ["tsv help all", "list all commands, with their arguments"],
    ["tsv help <command>", "explain a command"],
    ["tsv help conf [section] [option]", "explain options of the configuration"],
  ],
  about: [],
  options: [HELP_OPTION],
  examples: [
    ["tsv help restart", "options, examples and exit statuses of restart"],
    ["tsv help conf program", "the options of a [program:x] section"],
    ["tsv help conf stopsignal", "one option"],
  ],
  statuses: [
    [0, "success"],
    [2, "there is no such command, section or option"],
  ],
};

/** What `tsv help` explains, in the order in which a new user meets them; the others are only named. */
const EVERYDAY = [
  ...(["run", "status", "start", "stop", "restart", "why", "logs"] as const),
  ...(["check", "apply", "install", "doctor"] as const),
];

/** Runs `tsv help`. @param words behind it; a verb that exists prints its own help. @returns the exit status */
export async function runHelp(words: readonly string[]): Promise<number> {
  const [topic] = words;
  if (topic === "help" || topic === "-h" || topic === "--help") {
    print(helpText(PAGE, outputColumns()));
    return 0;
  }
  if (topic === "conf") return await printReference(words.slice(1));
  if (words.length > 1) return refuse(`help takes one command, not ${words.length}`);
  if (topic !== undefined && topic !== "all") return await refuseVerb([topic]);
  print(topic === "all" ? allVerbs(outputColumns()) : everydayVerbs(outputColumns()));
  return 0;
}

/** `tsv version` and `tsv --version`. @returns the exit status */
export function printVersion(): number {
  print(`${VERSION}\n`);
  return 0;
}

/** Reports a verb that does not exist. @param words the verb, and the words behind it @returns the exit status */
export async function refuseVerb([verb = "", ...words]: readonly string[]): Promise<number> {
  const { suggestVerb } = await import("../core/command-line/help.ts");
  const meant = suggestVerb(verb);
  const message = `there is no ${verb.startsWith("-") ? "option" : "command"} '${verb}'${meant === null ? "" : `. Did you mean: tsv ${meant}`}`;
  if (!asksJson(words)) return refuse(message);
  const errors = [{ kind: "usage", message, steps: [["For help", "tsv help"]] }] as const;
  print(envelopeText({ verb, exitStatus: USAGE_STATUS, results: [], errors }));
  return USAGE_STATUS;
}

/** Reports a command line that cannot be used. @returns the exit status */
export function refuse(text: string, help = "tsv help"): number {
  printError(`Error: ${text}\n  For help: ${help}\n`);
  return USAGE_STATUS;
}

/** What `tsv` and `tsv help` print: at 80 columns it fits a terminal of 24 lines. @param columns null without a terminal */
export function everydayVerbs(columns: number | null): string {
  const width = textColumns(columns);
  const everyday = EVERYDAY.map((name) => VERBS.find((verb) => verb.name === name)).flatMap(
    (verb) => (verb === undefined ? [] : [[verb.name, verb.summary] as const]),
  );
  const others = VERBS.map(({ name }) => name).filter(
    (name) => name !== "help" && !everyday.some(([of]) => of === name),
  );
  const lines = [
    "Usage: tsv [-c FILE] <command> [options]",
    ...wrapWords(
      "Starts programs and keeps them running, also with Supervisor's configurations.",
      width,
    ),
    "",
    ...termLines(everyday, width),
    "",
    ...wrapWords(`Also: ${others.join(" ")}`, width, "  "),
    "",
    ...termLines(
      [
        ["tsv help all", "all commands, with their arguments; see also man tsv"],
        ["tsv help restart", "options, examples and exit statuses of a command"],
        ["tsv help conf program", "the options of a [program:x] section; man tsv.conf"],
      ],
      width,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** What `tsv help all` prints. @param columns of the terminal; null without one */
export function allVerbs(columns: number | null): string {
  const width = textColumns(columns);
  const areas = VERB_AREAS.flatMap((area) => {
    const verbs = VERBS.filter((verb) => verb.area === area);
    const rows = verbs.map(({ usage, summary }) => [usage, summary] as const);
    return [`${area}:`, ...termLines(rows, width), ""];
  });
  const options = termLines(
    [
      ["-c FILE", "the configuration of the daemon"],
      ["-h, --help", "show the everyday commands"],
      ["-V, --version", "print tsv's version"],
    ],
    width,
  );
  const lines = ["Usage: tsv [-c FILE] <command> [options]", "", ...areas, "Options:", ...options];
  return `${lines.join("\n")}\n`;
}

/** Prints options of the configuration. @param words a section, an option, or a section and an option of it; none for all */
async function printReference(words: readonly string[]): Promise<number> {
  const reference = await import("../core/config/options/reference.ts");
  const [name = null, key = null, ...more] = words;
  const text = more.length > 0 ? null : reference.optionReference(name, key);
  if (text !== null) {
    print(wrapped(text, textColumns(outputColumns())));
    return 0;
  }
  return refuse(referenceProblem(words, reference), "tsv help conf");
}

/** Indented lines are sentences; others are headers and options. */
function wrapped(text: string, columns: number): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0] ?? "";
      const lines = wrapWords(line.slice(indent.length), columns - indent.length, "  ");
      return lines.map((each) => indent + each);
    })
    .join("\n");
}

function referenceProblem(
  [name = "", key, ...more]: readonly string[],
  { nearestReference, optionReference }: typeof import("../core/config/options/reference.ts"),
): string {
  if (more.length > 0) return "help conf takes a section and an option";
  const isSection = key !== undefined && optionReference(name) !== null;
  const word = isSection ? key : name;
  const nearest = nearestReference(word);
  const meant = nearest === null ? "" : `. Did you mean: ${nearest}`;
  if (isSection) return `there is no option '${key}' in ${name}${meant}`;
  return `there is no section and no option '${name}'${meant}`;
}
