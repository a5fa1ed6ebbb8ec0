// Runs the verbs of tsv that ask a daemon: see `verbs.ts`. With --json a verb prints one document, see docs/json.md.

import { HELP_OPTION, type HelpPage, helpText } from "../core/base/help-page.ts";
import { displayName } from "../core/base/ids.ts";
import type { Step } from "../core/base/permission-words.ts";
import { VERBS } from "../core/base/verbs.ts";
import { globMatch } from "../core/config/glob.ts";
import { httpClient } from "../host/http/http-client.ts";
import { startPause } from "../host/time/pause.ts";
import { readProcessRows } from "./answers.ts";
import { splitWords } from "./command-line.ts";
import { type CommandContext, EXIT } from "./context.ts";
import { connectionCode, UnhandledFailure } from "./failure.ts";
import { createJsonReporter, createOwnReporter } from "./report.ts";
import { Session } from "./session.ts";
import {
  accessOf,
  chooseClient,
  explainConfig,
  explainerFor,
  setupOf,
  withTerminal,
} from "./setup.ts";
import { runAction } from "./status-verb.ts";
import {
  COMMON_OPTIONS,
  JSON_OPTION,
  parseVerbArguments,
  type VerbArguments,
} from "./verb-arguments.ts";
import type { VerbRow } from "./verb-row.ts";
import { findVerb } from "./verbs.ts";

/** Of `status --check`: shorter than probes wait, and a daemon that cannot be asked is not a program that is down. */
const CHECK_LIMITS = { patienceMs: 3000, failureStatus: EXIT.STATUS_UNKNOWN } as const;

/**
 * Runs one of tsv's everyday verbs.
 * @returns the exit status, the same as supervisorctl's; 2 for a usage error
 */
export function runVerb(verb: string, argv: readonly string[]): Promise<number> {
  return withTerminal(async (terminal) => {
    const row = findVerb(verb);
    const parsed = parseVerbArguments(verb, row ?? {}, argv);
    const isJson = parsed.ok ? parsed.value.json : argv.includes("--json");
    if (row !== null && parsed.ok && parsed.value.help) {
      terminal.write(helpText(verbPage(verb, row), terminal.size()?.columns ?? null));
      return EXIT.OK;
    }
    const report = isJson
      ? createJsonReporter(terminal)
      : createOwnReporter(terminal, terminal.colours);
    const refuse = (
      message: string,
      help = `tsv ${verb} -h`,
      steps: readonly Step[] = [],
    ): number => {
      report.complain({ kind: "usage", message, steps: [...steps, ["For help", help]] });
      return EXIT.INVALID_ARGS;
    };
    const run = async (): Promise<number> => {
      if (row === null) return refuse(`there is no command '${verb}'`, "tsv help");
      if (!parsed.ok) return refuse(parsed.error.message, undefined, parsed.error.steps);
      const given = parsed.value;
      const problem = (await row.problem?.(given)) ?? null;
      if (problem !== null) return refuse(problem.message, undefined, problem.steps);
      const setup = setupOf(["tsv", ...given.ctlArguments], true);
      const words = ["tsv", verb, ...argv];
      if (setup.kind === "help") return EXIT.OK;
      if (setup.kind === "usage") return refuse(setup.text);
      if (setup.kind === "config") {
        report.complain(await explainConfig(words, setup));
        return EXIT.INVALID_ARGS;
      }
      const { passedOver = null } = setup;
      if (verb === "status" && passedOver !== null && terminal.stderrIsTty && !given.json) {
        terminal.writeError(
          `These are the programs of tsv run.\n  For the other daemon: tsv status -c ${passedOver}\n`,
        );
      }
      if (setup.isEarlier === true && /^(?:reread|update)$/.test(verb) && !given.json) {
        const { where } = explainerFor(words, setup, true);
        terminal.writeError(
          `The daemon does not serve the servers of its configuration yet.\n  Apply them; this restarts all programs: tsv reload${where.daemon}\n`,
        );
      }
      const session = new Session({
        http: chooseClient(false, verb),
        concurrentHttp: httpClient,
        terminal,
        report,
        interactive: false,
        access: await accessOf(setup, terminal),
        startPause,
        isOwn: true,
        ...(verb === "status" && given.check ? CHECK_LIMITS : {}),
        isRun: setup.isRun === true,
        explainer: explainerFor(words, setup, true),
      });
      const { exitStatus } = await session.run((context) => runRow(context, verb, row, given));
      return exitStatus;
    };
    const status = await run();
    report.finish(verb, status);
    return status;
  });
}

/** Runs a verb whose command line was read, on the daemon of a context. */
export async function runRow(
  context: CommandContext,
  verb: string,
  row: VerbRow,
  given: VerbArguments,
): Promise<void> {
  if (row.isVerbatim === true && row.run !== undefined) {
    return await row.run(context, given.words, given);
  }
  const names = splitWords(given.words.join(" "));
  const expanded = await expandNames(context, names, firstName(verb));
  if (row.run === undefined) await runAction(verb, context, expanded);
  else await row.run(context, expanded, given);
  if (context.unknownNames.length > 0) await hintNames(context, verb, expanded, given.options);
}

/** Whether a name is a shell pattern: `web*`, `web:worker_?`, `[ab]*`. `group:*` is Supervisor's own form and stays as it is. */
export function isPattern(name: string): boolean {
  return /[*?[]/.test(name.replace(/:\*$/, ""));
}

/**
 * Replaces every pattern by the processes it matches, in the server's order, each once.
 * A pattern that matches nothing stays, so that the command reports it like any other unknown name.
 */
export function expandPatterns(
  names: readonly string[],
  processes: readonly { readonly group: string; readonly name: string }[],
): readonly string[] {
  const expanded = new Set<string>();
  for (const name of names) {
    // `[^a]` has the meaning of a shell; Python's patterns have no `^`.
    const matches = (text: string): boolean => isPattern(name) && globMatch(name, text, "!^");
    const found = processes
      .map((process) => [displayName(process.group, process.name), process] as const)
      .filter(([shown, process]) => matches(shown) || matches(`${process.group}:${process.name}`))
      .map(([shown]) => shown);
    for (const each of found.length > 0 ? found : [name]) expanded.add(each);
  }
  return [...expanded];
}

/**
 * Replaces patterns by the processes they match. Without an answer they stay: the verb then reports the error.
 * @param from the index of the first word that may be a pattern; -1 for none
 */
async function expandNames(
  context: CommandContext,
  words: readonly string[],
  from: number,
): Promise<readonly string[]> {
  const names = from < 0 ? [] : words.slice(from);
  if (!names.some(isPattern)) return words;
  const answer = await context.client.call("supervisor.getAllProcessInfo");
  if (!answer.ok) {
    // The next call would wait as long again.
    if (connectionCode(answer.error) === "SILENT") throw new UnhandledFailure(answer.error);
    return words;
  }
  return [...words.slice(0, from), ...expandPatterns(names, readProcessRows(answer.value))];
}

async function hintNames(
  context: CommandContext,
  verb: string,
  words: readonly string[],
  options: readonly string[],
): Promise<void> {
  await context.hint(async (where) => {
    const { nameHint } = await import("./hints.ts");
    const answer = await context.client.call("supervisor.getAllProcessInfo");
    if (!answer.ok) return null;
    const unknown = { verb, options, words, names: context.unknownNames };
    return nameHint(unknown, readProcessRows(answer.value), where);
  });
}

/** The index of the first word that may be a pattern of names, by the usage of the verb; -1 for none. */
function firstName(verb: string): number {
  const [, ...words] = listed(verb)
    .usage.split(" ")
    .filter((word) => !word.startsWith("[-"));
  return words.findIndex((word) => word.includes("name..."));
}

function listed(verb: string) {
  return VERBS.find(({ name }) => name === verb) ?? { usage: verb, summary: "" };
}

/** The help page of a verb. */
function verbPage(verb: string, row: VerbRow): HelpPage {
  const { usage: form, summary } = listed(verb);
  const { usage = [[form, ""]], about = [], options = [] } = row;
  const { examples, statuses = [], isInteractive } = row;
  const shown = [...options, ...COMMON_OPTIONS, ...(isInteractive === true ? [] : [JSON_OPTION])];
  return {
    usage: usage.map(([form, meaning]) => [`tsv ${withOptions(form)}`, meaning]),
    about: [`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, ...about],
    options: [...shown.map(([term, meaning]) => [term, meaning] as const), HELP_OPTION],
    examples,
    statuses: [
      [0, "success"],
      [1, "any other error"],
      [2, "usage error, or the configuration cannot be used"],
      ...statuses,
    ],
  };
}

function withOptions(form: string): string {
  return form.includes("[options]") ? form : form.replace(/^(\S+)/, "$1 [options]");
}
