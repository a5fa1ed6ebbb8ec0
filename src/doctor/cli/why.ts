// `tsv why NAME`: explains the state of one program, and what to do about it.

import { type Complaint, complaintLines } from "../../core/base/complaint.ts";
import type { Step } from "../../core/base/permission-words.ts";
import { textColumns } from "../../core/base/printable.ts";
import { remembered } from "../../core/base/remembered.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { CONFIGS_HERE } from "../../core/config/load.ts";
import { absolutePath } from "../../core/config/paths.ts";
import { Command, readVerb, refuseWords, type VerbPage } from "../../host/terminal/command-line.ts";
import { answerText, emptyAnswer } from "../../host/terminal/json-answer.ts";
import { runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import { CONFIG_CHECKS, LOG_CHECKS, PROGRAM_CHECKS } from "../checks/catalogue.ts";
import { isConfigHidden, problemSymptom } from "../facts/config-facts.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";
import { createProbe } from "../host/probe.ts";
import { tsvCommand } from "../repairs/commands.ts";
import { explain, findNamed, knownProcesses } from "../why/explain.ts";
import type { Explanation } from "../why/model.ts";
import { nearProcesses } from "../why/near-processes.ts";
import { whyData, whyText } from "../why/text.ts";
import { gatherFor } from "./compose.ts";
import { localTimeText, lookOf } from "./terminal.ts";

/** Exit statuses of `tsv why`, beside that of a usage error. */
const EXIT = { EXPLAINED: 0, NO_ANSWER: 1, UNKNOWN_NAME: 4 } as const;

const PAGE: VerbPage = {
  usage: [["tsv why [options] <name>", ""]],
  about: [
    "Explain the state of a program: its last exits and their meaning, its last output, what prevents it from starting, the next start, and what to do.",
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

/** Parses the words after `tsv why`. A number is an exit status, with output already printed. @param cwd for relative paths */
export function parseWhy(words: readonly string[], cwd: string) {
  const command = new Command("tsv why")
    .argument("[name...]")
    .option(
      "-c, --config <file>",
      "the configuration of the daemon (default: as tsv doctor finds it)",
    )
    .option("--json", "print one line of JSON", false);
  const status = readVerb(command, PAGE, words);
  if (status !== null) return status;
  const { config, json } = command.opts<{ readonly config?: string; readonly json: boolean }>();
  const [name = "", ...more] = command.args;
  if (name === "") return refuseWords(command, "why requires a program's name", words);
  if (more.length > 0) return refuseWords(command, "why takes one program", words);
  return { name, config: config === undefined ? null : absolutePath(config, cwd), json };
}

/** Runs `tsv why`. @returns the exit status */
export async function runWhy(words: readonly string[]): Promise<number> {
  const args = parseWhy(words, process.cwd());
  if (typeof args === "number") return args;
  return await runOnTerminal(async (terminal) => {
    const outcome = await why(args.name, args.config);
    if (args.json) {
      const answer = emptyAnswer();
      if ("complaint" in outcome) answer.errors.push(outcome.complaint);
      else answer.results.push(whyData(outcome.explanation));
      terminal.write(answerText(answer, "why", outcome.status));
    } else if ("complaint" in outcome) {
      const columns = textColumns(terminal.size()?.columns ?? null);
      const lines = complaintLines(outcome.complaint, columns);
      terminal.writeError(lines.map((line) => `${line}\n`).join(""));
    } else {
      const look = lookOf({ verbose: false, quiet: false }, terminal);
      terminal.write(whyText(outcome.explanation, look, localTimeText));
    }
    return outcome.status;
  });
}

type WhyOutcome = { readonly status: number } & (
  | { readonly explanation: Explanation }
  | { readonly complaint: Complaint }
);

async function why(name: string, config: string | null): Promise<WhyOutcome> {
  const facts = await gatherFor(name, config, createProbe());
  const known = knownProcesses(facts);
  if (known.length === 0 && facts.programs === null) {
    const complaint = isConfigHidden(facts)
      ? ({
          kind: "permission-denied",
          message: `permission denied: this user may not read ${facts.config.path}`,
          steps: [["As root", `sudo ${tsvCommand(["why", name], facts)}`]],
        } as const)
      : cannotAsk(name, facts);
    return { status: EXIT.NO_ANSWER, complaint };
  }
  const found = findNamed(name, known);
  if ("problem" in found) {
    const { problem, near } = found;
    const step: Step =
      near === null
        ? ["Show the programs", tsvCommand(["status"], facts)]
        : ["Did you mean", tsvCommand(["why", near], facts)];
    const complaint = { kind: "unknown-name", message: problem, steps: [step] } as const;
    return { status: EXIT.UNKNOWN_NAME, complaint };
  }
  const isBroken = facts.config.daemon?.ok === false;
  const checks = [...(isBroken ? CONFIG_CHECKS : []), ...PROGRAM_CHECKS, ...LOG_CHECKS];
  const near = remembered(() => nearProcesses(found, facts));
  const probe: Probe = { ...facts.probe, processes: () => near(found) };
  return {
    status: facts.programs === null ? EXIT.NO_ANSWER : EXIT.EXPLAINED,
    explanation: explain(found, { ...facts, probe }, checks),
  };
}

/** Neither a daemon nor a configuration provides the list of programs. */
function cannotAsk(name: string, facts: DoctorFacts): Complaint {
  const { config, servers } = facts;
  const { path, daemon } = config;
  if (path === null) return noConfiguration(name, facts);
  const [server] = servers;
  const silence =
    server === undefined ? "" : `, and ${server.url} does not answer (${server.detail})`;
  const reason =
    daemon?.ok === false
      ? (errorOf(facts) ?? `${path} cannot be read: ${daemon.error.text}`)
      : `${path} has no programs`;
  return {
    kind: "not-running",
    message: reason + silence,
    steps: [["Find out why", tsvCommand(["doctor"], { config })]],
  };
}

function noConfiguration(name: string, { config, probe }: DoctorFacts): Complaint {
  const here = CONFIGS_HERE.find((path) => probe.find(path).kind === "file");
  const searched = config.search.map(({ path }) => path).join(", ");
  return {
    kind: "configuration",
    message: `no configuration was found; looked for ${searched}`,
    steps: [
      here === undefined
        ? ["Name the configuration with -c FILE", null]
        : ["Name the one in this directory", `tsv why -c ${here} ${shellWord(name)}`],
    ],
  };
}

/** The first error of the configuration, with its line; null if none of them has one. */
function errorOf(facts: DoctorFacts): string | null {
  const found = facts.config.problems.find(
    ({ severity, line }) => severity === "error" && line !== null,
  );
  return found === undefined
    ? null
    : `${found.file}:${found.line}: ${problemSymptom(found, facts)}`;
}
