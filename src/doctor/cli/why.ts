// `tsv why NAME`: explains the state of one program, and what to do about it.

import { type Complaint, complaintLines } from "../../core/base/complaint.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../../core/base/help-page.ts";
import type { Step } from "../../core/base/permission-words.ts";
import { textColumns } from "../../core/base/printable.ts";
import { absolutePath } from "../../core/config/paths.ts";
import { answerText, asksJson, emptyAnswer } from "../../host/terminal/json-answer.ts";
import { runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { LOG_CHECKS, PROGRAM_CHECKS } from "../checks/catalogue.ts";
import { isConfigHidden } from "../facts/config-facts.ts";
import type { Situation } from "../facts/situation.ts";
import { createProbe } from "../host/probe.ts";
import { tsvCommand } from "../repairs/commands.ts";
import { explain, findNamed, knownProcesses } from "../why/explain.ts";
import type { Explanation } from "../why/model.ts";
import { whyData, whyText } from "../why/text.ts";
import { gather } from "./compose.ts";
import { localTimeText, lookOf } from "./terminal.ts";

/** Exit statuses of `tsv why`. */
export const EXIT = { EXPLAINED: 0, NOBODY_TO_ASK: 1, USAGE: 2, UNKNOWN_NAME: 4 } as const;

/** Runs `tsv why`. @returns the exit status */
export function runWhy(words: readonly string[]): Promise<number> {
  return runOnTerminal((terminal) => runWhyOn(terminal, words));
}

async function runWhyOn(terminal: Terminal, words: readonly string[]): Promise<number> {
  const columns = terminal.size()?.columns ?? null;
  const parsed = parseWhy(words);
  if (parsed === "help") {
    terminal.write(helpText(WHY_PAGE, columns));
    return EXIT.EXPLAINED;
  }
  const outcome: WhyOutcome =
    "problem" in parsed
      ? { status: EXIT.USAGE, complaint: { kind: "usage", message: parsed.problem, steps: HELP } }
      : await why(parsed);
  const { status } = outcome;
  if (asksJson(words)) {
    const answer = emptyAnswer();
    if ("complaint" in outcome) answer.errors.push(outcome.complaint);
    else answer.results.push(whyData(outcome.explanation));
    terminal.write(answerText(answer, "why", status));
  } else if ("complaint" in outcome) {
    const lines = complaintLines(outcome.complaint, textColumns(columns));
    terminal.writeError(lines.map((line) => `${line}\n`).join(""));
  } else {
    const look = lookOf({ verbose: false, quiet: false }, terminal);
    terminal.write(whyText(outcome.explanation, look, localTimeText));
  }
  return status;
}

const HELP = [["For help", "tsv why -h"]] as const;

type WhyOutcome = { readonly status: number } & (
  | { readonly explanation: Explanation }
  | { readonly complaint: Complaint }
);

async function why({ name, config }: WhyArguments): Promise<WhyOutcome> {
  const probe = createProbe();
  const path = config === null ? null : absolutePath(config, process.cwd());
  const situation = await gather(path, probe, name);
  const known = knownProcesses(situation);
  if (known.length === 0 && situation.programs === null) {
    const complaint = isConfigHidden(situation, probe)
      ? ({
          kind: "permission-denied",
          message: `permission denied: this user may not read ${situation.config.path}`,
          steps: [["As root", `sudo ${tsvCommand(["why", name], situation)}`]],
        } as const)
      : cannotAsk(situation);
    return { status: EXIT.NOBODY_TO_ASK, complaint };
  }
  const found = findNamed(name, known);
  if ("problem" in found) {
    const { problem, near } = found;
    const step: Step =
      near === null
        ? ["Show the programs", tsvCommand(["status"], situation)]
        : ["Did you mean", tsvCommand(["why", near], situation)];
    const complaint = { kind: "unknown-name", message: problem, steps: [step] } as const;
    return { status: EXIT.UNKNOWN_NAME, complaint };
  }
  const checks = [...PROGRAM_CHECKS, ...LOG_CHECKS];
  return {
    status: situation.programs === null ? EXIT.NOBODY_TO_ASK : EXIT.EXPLAINED,
    explanation: explain(found, situation, checks, probe),
  };
}

/** Neither a daemon nor a configuration provides the list of programs. */
function cannotAsk({ config, servers }: Situation): Complaint {
  const { path, daemon } = config;
  const [server] = servers;
  const silence =
    server === undefined ? "" : `, and ${server.url} does not answer (${server.detail})`;
  const reason =
    path === null
      ? "there is no configuration"
      : daemon?.ok === false
        ? `${path} cannot be read: ${daemon.error.text}`
        : `${path} has no programs`;
  return {
    kind: path === null ? "configuration" : "not-running",
    message: reason + silence,
    steps: [["Find out why", tsvCommand(["doctor"], { config })]],
  };
}

// The command line of `tsv why`, and its help.

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
