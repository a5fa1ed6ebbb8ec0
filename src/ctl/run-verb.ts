// The face of ctl under tsv's own name: its everyday verbs, which are actions of supervisorctl with options of their own, and
// `logs`, `env` and `upgrade`. With --json a verb prints one document, see docs/json.md.

import type { Complaint } from "../core/base/complaint.ts";
import { helpText } from "../core/base/help-page.ts";
import { ok, type Result } from "../core/base/result.ts";
import { absolutePath } from "../core/config/paths.ts";
import { permissionFacts } from "../host/files/permission-facts.ts";
import { localOffsetMinutes } from "../host/time/clock.ts";
import { startPause } from "../host/time/pause.ts";
import type { Terminal } from "../ports/terminal.ts";
import { readProcessRows } from "./answers.ts";
import { splitWords } from "./command-line.ts";
import { isLogFilesVerb, runLogFiles } from "./commands/log-files.ts";
import { findCommand } from "./commands/table.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./exit-status.ts";
import { expandNames } from "./expand-names.ts";
import type { LogsRequest } from "./logs/request.ts";
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
import { parseVerbArguments, type VerbArguments } from "./verb-arguments.ts";

/** Verbs that are no actions of supervisorctl. */
const OWN_VERBS: readonly string[] = ["logs", "rotate", "reopen", "upgrade", "env"];

/** Verbs that make calls at the same time. */
const AT_ONCE: readonly string[] = ["start", "stop", "restart", "signal", "shutdown"];

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
  const isKnown = OWN_VERBS.includes(verb) || findCommand(verb) !== null;
  if (!isKnown) return refuseUse(report, `there is no command '${verb}'`, "tsv help");
  if (!parsed.ok) return refuseUse(report, parsed.error, `tsv ${verb} -h`);
  if (parsed.value.help) {
    const { verbPage } = await import("./pages/verb-page.ts");
    terminal.write(helpText(verbPage(verb), terminal.size()?.columns ?? null));
    return null;
  }
  const logs = await logsRequest(verb, [], parsed.value);
  if (logs?.ok === false) return refuseUse(report, logs.error, `tsv ${verb} -h`);
  const setup = setupOf(["tsv", ...parsed.value.ctlArguments], true);
  if (setup.kind === "config") return await refuseConfig(call, setup);
  if (setup.kind === "usage") return refuseUse(report, setup.text, `tsv ${verb} -h`);
  return setup.kind === "run" ? await runParsed(call, setup, parsed.value) : EXIT.OK;
}

async function runParsed(
  { verb, words, terminal, report }: Call,
  setup: Extract<CtlSetup, { kind: "run" }>,
  given: VerbArguments,
): Promise<number> {
  const { passedOver = null } = setup;
  if (verb === "status" && passedOver !== null && terminal.stderrIsTty && !given.json) {
    terminal.writeError(
      `This is tsv run of this directory.\n  For the other daemon: tsv status -c ${passedOver}\n`,
    );
  }
  if (verb === "maintail" && setup.isRun === true) return refuseRunLog(report);
  const session = new Session({
    http: AT_ONCE.includes(verb) ? await socketClient() : await chooseClient(false, verb),
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
  return (await session.run((context) => runAction(context, verb, given))).exitStatus;
}

async function runAction(
  context: CommandContext,
  verb: string,
  given: VerbArguments,
): Promise<void> {
  const words = await expandNames(context, verb, splitWords(given.words.join(" ")));
  const { options } = given;
  if (verb === "upgrade") {
    const { runUpgrade } = await import("./commands/upgrade.ts");
    return await runUpgrade(context, {
      ...given,
      words: words.map((path) => absolutePath(path, process.cwd())),
    });
  }
  if (verb === "status" && given.check) {
    const { runStatusCheck } = await import("./commands/check-status.ts");
    await runStatusCheck(context, words);
    return await hintNames(context, verb, { words, options });
  }
  if (verb === "env") {
    const { runEnv } = await import("./commands/env.ts");
    await runEnv(context, { ...given, names: words });
    return await hintNames(context, verb, { words, options });
  }
  const logs = await logsRequest(verb, words, given);
  if (isLogFilesVerb(verb, given)) await runLogFiles(context, { ...given, verb, names: words });
  else if (logs?.ok === true) {
    const { runLogs } = await import("./commands/logs.ts");
    await runLogs(context, logs.value);
  } else await findCommand(verb)?.run(context, words.join(" "));
  await hintNames(context, verb, { words, options });
}

/** Reads what `logs` and `tail -n` take; null for other verbs. The error is one sentence. */
async function logsRequest(
  verb: string,
  words: readonly string[],
  given: VerbArguments,
): Promise<Result<LogsRequest, string> | null> {
  const isTail = verb === "tail" && given.lines !== null;
  if (verb !== "logs" && !isTail) return null;
  const { readLogsRequest, readTailRequest } = await import("./logs/request.ts");
  if (isTail) return ok(readTailRequest(words, given.lines ?? 0));
  return readLogsRequest(words, given, { now: Date.now(), offset: localOffsetMinutes });
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

/** A `tsv run` writes what a daemon logs to its terminal, and keeps none of it. */
function refuseRunLog(report: Reporter): number {
  const message = "tsv run has no log of its own: it writes to its terminal";
  const steps = [["Show the output of its programs", "tsv logs"]] as const;
  report.complain({ kind: "unknown-name", message, steps });
  return EXIT.GENERIC;
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
