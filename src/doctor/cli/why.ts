// `tsv why NAME`: explains the state of one program, and what to do about it.

import { type Complaint, complaintLines } from "../../core/base/complaint.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../../core/base/help-page.ts";
import type { Step } from "../../core/base/permission-words.ts";
import { textColumns } from "../../core/base/printable.ts";
import { absolutePath } from "../../core/config/paths.ts";
import { type Answer, answerText, asksJson, emptyAnswer } from "../../host/terminal/json-answer.ts";
import { runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { LOG_CHECKS, PROGRAM_CHECKS } from "../checks/catalogue.ts";
import { isConfigHidden } from "../facts/config-facts.ts";
import { createProbe } from "../host/probe.ts";
import { tsvCommand } from "../repairs/commands.ts";
import { explain, findNamed, knownProcesses } from "../why/explain.ts";
import { whyData, whyText } from "../why/text.ts";
import { gather } from "./compose.ts";
import { lookOf, shownMoment } from "./terminal.ts";

/** Exit statuses of `tsv why`. */
export const EXIT = { EXPLAINED: 0, NOBODY_TO_ASK: 1, USAGE: 2, UNKNOWN_NAME: 4 } as const;

/** Runs `tsv why`. @returns the exit status */
export function runWhy(words: readonly string[]): Promise<number> {
  return runOnTerminal((terminal) => runWhyOn(terminal, words));
}

async function runWhyOn(terminal: Terminal, words: readonly string[]): Promise<number> {
  const answer = asksJson(words) ? emptyAnswer() : null;
  const tell = (complaint: Complaint): void => {
    if (answer !== null) return void answer.errors.push(complaint);
    const lines = complaintLines(complaint, textColumns(terminal.size()?.columns ?? null));
    terminal.writeError(lines.map((line) => `${line}\n`).join(""));
  };
  const parsed = parseWhy(words);
  if (parsed === "help") {
    terminal.write(helpText(WHY_PAGE, terminal.size()?.columns ?? null));
    return EXIT.EXPLAINED;
  }
  const status =
    "problem" in parsed
      ? refuse({ kind: "usage", message: parsed.problem, steps: HELP }, tell)
      : await why(parsed, { terminal, answer, tell });
  if (answer !== null) terminal.write(answerText(answer, "why", status));
  return status;
}

const HELP = [["For help", "tsv why -h"]] as const;

interface Call {
  readonly terminal: Terminal;
  /** null without --json. */
  readonly answer: Answer | null;
  readonly tell: (complaint: Complaint) => void;
}

async function why(
  { name, config }: WhyArguments,
  { terminal, answer, tell }: Call,
): Promise<number> {
  const probe = createProbe();
  const path = config === null ? null : absolutePath(config, process.cwd());
  const situation = await gather(path, probe, name);
  const known = knownProcesses(situation);
  if (known.length === 0 && situation.programs === null) {
    if (!isConfigHidden(situation, probe)) return cannotAsk(situation, tell);
    tell({
      kind: "permission-denied",
      message: `permission denied: this user may not read ${situation.config.path}`,
      steps: [["As root", `sudo ${tsvCommand(["why", name], situation)}`]],
    });
    return EXIT.NOBODY_TO_ASK;
  }
  const found = findNamed(name, known);
  if ("problem" in found) {
    const { problem, near } = found;
    const step: Step =
      near === null
        ? ["Show the programs", tsvCommand(["status"], situation)]
        : ["Did you mean", tsvCommand(["why", near], situation)];
    tell({ kind: "unknown-name", message: problem, steps: [step] });
    return EXIT.UNKNOWN_NAME;
  }
  const told = explain(found, situation, [...PROGRAM_CHECKS, ...LOG_CHECKS], probe);
  const look = lookOf({ verbose: false, quiet: false }, terminal);
  if (answer === null) terminal.write(whyText(told, look, shownMoment));
  else answer.results.push(whyData(told));
  return situation.programs === null ? EXIT.NOBODY_TO_ASK : EXIT.EXPLAINED;
}

function refuse(complaint: Complaint, tell: Call["tell"]): number {
  tell(complaint);
  return EXIT.USAGE;
}

/** Neither a daemon nor a configuration provides the list of programs. */
function cannotAsk(
  { config, servers }: Awaited<ReturnType<typeof gather>>,
  tell: Call["tell"],
): number {
  const [server] = servers;
  const asked =
    server === undefined ? "" : `, and ${server.url} does not answer (${server.detail})`;
  const reason =
    config.path === null
      ? "there is no configuration"
      : config.daemon?.ok === false
        ? `${config.path} cannot be read: ${config.daemon.error.text}`
        : `${config.path} has no programs`;
  const steps = [["Find out why", tsvCommand(["doctor"], { config })]] as const;
  tell({
    kind: config.path === null ? "configuration" : "not-running",
    message: reason + asked,
    steps,
  });
  return EXIT.NOBODY_TO_ASK;
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
