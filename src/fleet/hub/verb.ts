// What the verbs of a hub and of its members have in common: their command lines, and how they end.

import { type Complaint, complaintLines } from "../../core/base/complaint.ts";
import { envelopeText, type Json } from "../../core/base/envelope.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../../core/base/help-page.ts";
import { textColumns, wrapWords } from "../../core/base/printable.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import {
  addSetting,
  COMMON_OPTIONS,
  JSON_OPTION,
  parseVerbArguments,
  type VerbArguments,
  type VerbOption,
} from "../../ctl/verb-arguments.ts";
import type { Terminal } from "../../ports/terminal.ts";

/** A call of a verb. */
export interface Call {
  /** With --json, nothing that is written to it is seen, and no person is asked. */
  readonly terminal: Terminal;
  readonly given: VerbArguments;
  /** All words behind `tsv`. */
  readonly words: readonly string[];
  /** The value of an option that was given last; null without. @param name with its dashes */
  option(name: string): string | null;
  /** Adds a result to the document of --json. Without it, the verb writes its own lines. */
  result(data: { readonly [member: string]: Json }): void;
  /** Prints a clause on standard error; with --json it is a hint. */
  warn(clause: string): void;
  /** Prints a complaint. @returns the exit status */
  fail(complaint: Complaint): number;
  /** The same for a clause. */
  failed(message: string, steps?: Complaint["steps"]): number;
  /** The same for a command line that cannot be used. */
  misused(message: string): number;
  /** Prints a sentence, in lines. */
  say(sentence: string, indent?: string): void;
}

export interface HubVerb {
  readonly usage: string;
  readonly summary: string;
  readonly about: readonly string[];
  readonly options: readonly VerbOption[];
  readonly examples: HelpPage["examples"];
  /** It runs as a program of the daemon, and prints a log: it has no --json. */
  readonly isProgram?: true;
  run(call: Call): Promise<number>;
}

export const USUAL_DIRECTORY = "/etc/tsv/fleet";

export const DIR_OPTION: VerbOption = [
  "--dir <directory>",
  `the directory of the hub (default: ${USUAL_DIRECTORY})`,
  addSetting,
];

/** The options that name a daemon by its configuration. */
const CONFIG_OPTIONS = COMMON_OPTIONS.filter(([term]) => term.startsWith("-c,"));

function pageOf(verb: HubVerb): HelpPage {
  const json = verb.isProgram === true ? [] : [JSON_OPTION];
  const options = [...verb.options, ...json, ...CONFIG_OPTIONS];
  return {
    usage: [[verb.usage, ""]],
    about: verb.about,
    options: [...options.map(([term, meaning]) => [term, meaning] as const), HELP_OPTION],
    examples: verb.examples,
    statuses: [
      [FLEET_EXIT.OK, "done"],
      [FLEET_EXIT.FAILED, "it failed, and the reason was printed"],
      [FLEET_EXIT.USAGE, "usage error"],
    ],
  };
}

/** Runs a verb. @param words behind `tsv`: `fleet`, the name of the verb, … @returns the exit status */
export async function runHubVerb(
  terminal: Terminal,
  verb: HubVerb,
  words: readonly string[],
): Promise<number> {
  const columns = terminal.size()?.columns ?? null;
  const [kind = "", name = ""] = words;
  const isJson = words.includes("--json");
  const results: { readonly [member: string]: Json }[] = [];
  const errors: Complaint[] = [];
  const hints: { readonly text: string; readonly steps: [] }[] = [];
  const fail = (complaint: Complaint): number => {
    errors.push(complaint);
    if (isJson) return statusOf(complaint);
    const lines = complaintLines(complaint, textColumns(columns));
    terminal.writeError(lines.map((line) => `${line}\n`).join(""));
    return statusOf(complaint);
  };
  const finish = (exitStatus: number): number => {
    const document = { verb: kind, exitStatus, results, errors, hints };
    if (isJson) terminal.write(envelopeText(document, { action: name }));
    return exitStatus;
  };
  const misused = (message: string): number =>
    fail({ kind: "usage", message, steps: [["For help", `tsv fleet ${name} -h`]] });
  const parsed = parseVerbArguments(`fleet ${name}`, { options: verb.options }, words.slice(2));
  if (!parsed.ok) return finish(misused(parsed.error.message));
  if (parsed.value.help) {
    terminal.write(helpText(pageOf(verb), columns));
    return FLEET_EXIT.OK;
  }
  if (isJson && verb.isProgram === true) return finish(misused(`fleet ${name} has no --json`));
  const { settings } = parsed.value;
  const shown: Terminal = isJson
    ? { ...terminal, stdinIsTty: false, write: () => undefined, writeError: () => undefined }
    : terminal;
  const exitStatus = await verb.run({
    ...{ terminal: shown, given: parsed.value, words, fail, misused },
    result: (data) => void results.push(data),
    warn(clause) {
      hints.push({ text: clause, steps: [] });
      const lines = wrapWords(`Warning: ${clause}`, textColumns(columns), "  ");
      shown.writeError(lines.map((line) => `${line}\n`).join(""));
    },
    option: (wanted) => settings.filter(([option]) => option === wanted).at(-1)?.[1] ?? null,
    failed: (message, steps = []) => fail({ kind: "failed", message, steps }),
    say(sentence, indent = "") {
      const lines = wrapWords(sentence, textColumns(columns) - indent.length, "  ");
      shown.write(lines.map((line) => `${indent}${line}\n`).join(""));
    },
  });
  return finish(exitStatus);
}

function statusOf({ kind }: Complaint): number {
  return kind === "usage" ? FLEET_EXIT.USAGE : FLEET_EXIT.FAILED;
}
