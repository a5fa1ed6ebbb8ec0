// `tsv why NAME`: explains the state of one program, and what to do about it.

import { type Complaint, complaintLines } from "../../core/base/complaint.ts";
import { helpText } from "../../core/base/help-page.ts";
import type { Step } from "../../core/base/permission-words.ts";
import { textColumns } from "../../core/base/printable.ts";
import { absolutePath } from "../../core/config/paths.ts";
import { type Answer, answerText, asksJson, emptyAnswer } from "../../host/terminal/json-answer.ts";
import { runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { LOG_CHECKS, PROGRAM_CHECKS } from "../checks/catalogue.ts";
import { isConfigHidden } from "../facts/hidden-config.ts";
import { createProbe } from "../host/probe.ts";
import { tsvCommand } from "../repairs/tsv-command.ts";
import { explain, knownProcesses } from "../why/explain.ts";
import { findNamed } from "../why/names.ts";
import { whyData, whyText } from "../why/text.ts";
import { gather } from "./compose.ts";
import { lookOf } from "./look.ts";
import { shownMoment } from "./moment.ts";
import { parseWhy, WHY_PAGE, type WhyArguments } from "./why-options.ts";

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
