// Runs the verbs of tsv that ask a daemon: see `verbs.ts`. With --json a verb prints one document, see docs/json.md.

import type { Complaint } from "../core/base/complaint.ts";
import { helpText } from "../core/base/help-page.ts";
import { permissionFacts } from "../host/files/describe-path.ts";
import { startPause } from "../host/time/pause.ts";
import type { Terminal } from "../ports/terminal.ts";
import { readProcessRows } from "./answers.ts";
import { splitWords } from "./command-line.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./exit-status.ts";
import { expandNames } from "./name-patterns.ts";
import type { CtlSetup } from "./options.ts";
import { accessOf, PASSWORD_VARIABLE } from "./password.ts";
import { createJsonReporter, createOwnReporter, type Reporter } from "./report.ts";
import { Session } from "./session.ts";
import {
  chooseClient,
  explainerFor,
  setupOf,
  socketClient,
  whereFor,
  withTerminal,
} from "./surroundings.ts";
import { parseVerbArguments } from "./verb-arguments.ts";
import type { VerbArguments } from "./verb-options.ts";
import { findVerb, runAction, type VerbRow } from "./verbs.ts";

/** Of `status --check`: shorter than probes wait, and a daemon that cannot be asked is no program that is down. */
const CHECK_LIMITS = { patienceMs: 3000, failureStatus: EXIT.STATUS_UNKNOWN } as const;

interface Call {
  readonly verb: string;
  /** The words of the whole command. */
  readonly words: readonly string[];
  readonly terminal: Terminal;
  readonly report: Reporter;
}

/**
 * Runs one of tsv's everyday verbs.
 * @returns the exit status, the same as supervisorctl's; 2 for a usage error
 */
export function runVerb(verb: string, argv: readonly string[]): Promise<number> {
  return withTerminal(async (terminal) => {
    const parsed = parseVerbArguments(verb, argv);
    const isJson = parsed.ok ? parsed.value.json : argv.includes("--json");
    const report = isJson
      ? createJsonReporter(terminal)
      : createOwnReporter(terminal, terminal.colours);
    const call: Call = { verb, words: ["tsv", verb, ...argv], terminal, report };
    const status = await run(call, parsed);
    if (status !== null) report.finish(verb, status);
    return status ?? EXIT.OK;
  });
}

/** @returns null after a page of help */
async function run(
  call: Call,
  parsed: ReturnType<typeof parseVerbArguments>,
): Promise<number | null> {
  const { verb, terminal, report } = call;
  const row = findVerb(verb);
  if (row === null) return refuseUse(report, `there is no command '${verb}'`, "tsv help");
  if (!parsed.ok) return refuseUse(report, parsed.error, `tsv ${verb} -h`);
  if (parsed.value.help) {
    const { verbPage } = await import("./verb-page.ts");
    terminal.write(helpText(verbPage(verb, row), terminal.size()?.columns ?? null));
    return null;
  }
  const problem = (await row.problem?.(parsed.value)) ?? null;
  if (problem !== null) return refuseUse(report, problem, `tsv ${verb} -h`);
  const setup = setupOf(["tsv", ...parsed.value.ctlArguments], true);
  if (setup.kind === "config") return await refuseConfig(call, setup);
  if (setup.kind === "usage") return refuseUse(report, setup.text, `tsv ${verb} -h`);
  return setup.kind === "run" ? await runParsed(call, row, setup, parsed.value) : EXIT.OK;
}

async function runParsed(
  { verb, words, terminal, report }: Call,
  row: VerbRow,
  setup: Extract<CtlSetup, { kind: "run" }>,
  given: VerbArguments,
): Promise<number> {
  const { passedOver = null } = setup;
  if (verb === "status" && passedOver !== null && terminal.stderrIsTty && !given.json) {
    terminal.writeError(
      `This is tsv run of this directory.\n  For the other daemon: tsv status -c ${passedOver}\n`,
    );
  }
  const session = new Session({
    http: row.isConcurrent === true ? await socketClient() : await chooseClient(false, verb),
    terminal,
    report,
    interactive: false,
    access: await accessOf(setup, terminal, process.env[PASSWORD_VARIABLE]),
    startPause,
    isOwn: true,
    ...(verb === "status" && given.check ? CHECK_LIMITS : {}),
    isRun: setup.isRun === true,
    explainer: explainerFor(words, setup, true),
  });
  const outcome = await session.run(async (context) => {
    const expanded = await expandNames(
      context,
      splitWords(given.words.join(" ")),
      row.patternsFrom,
    );
    if (row.run === undefined) await runAction(verb, context, expanded);
    else await row.run(context, expanded, given);
    await hintNames(context, verb, { words: expanded, options: given.options });
  });
  return outcome.exitStatus;
}

async function hintNames(
  context: CommandContext,
  verb: string,
  given: { readonly words: readonly string[]; readonly options: readonly string[] },
): Promise<void> {
  const { unknownNames: names } = context;
  if (names.length === 0) return;
  await context.hint(async (where) => {
    const { nameHint } = await import("./name-hints.ts");
    const answer = await context.client.call("supervisor.getAllProcessInfo");
    if (!answer.ok) return null;
    return nameHint({ ...given, verb, names }, readProcessRows(answer.value), where);
  });
}

function refuseUse(report: Reporter, message: string, help: string): number {
  report.complain({ kind: "usage", message, steps: [["For help", help]] });
  return EXIT.INVALID_ARGS;
}

async function refuseConfig(
  { words, report }: Call,
  setup: Extract<CtlSetup, { kind: "config" }>,
): Promise<number> {
  const { configComplaint } = await import("./setup-complaints.ts");
  const lookAt = (path: string) => permissionFacts(path, "read");
  const complaint: Complaint = configComplaint(setup.error, whereFor(words, setup), lookAt);
  report.complain(complaint);
  return EXIT.INVALID_ARGS;
}
