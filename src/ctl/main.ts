// The face of ctl: `supervisorctl`, argument for argument, and the everyday verbs of `tsv`.
//
// With --json a verb prints one line: {"verb", "exitStatus", "results": [...], "errors": ["..."]}. Results by verb:
//   status: group name state stateCode description pid start stop now exitStatus spawnErr | start stop restart signal
//   clear: group name ok result | error fault | pid: group? name pid | tail logs maintail: name channel text | avail:
//   group name inUse autostart groupPriority processPriority | reread: group change | upgrade: result from to path | others:
//   group? result | version

import { printableLines } from "../core/base/printable.ts";
import { ctlUsage } from "../core/command-line/help.ts";
import type { CtlOptions } from "../core/config/model.ts";
import { absolutePath } from "../core/config/paths.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { blockingHttpClient } from "../host/http/blocking-http-client.ts";
import { createTerminal } from "../host/terminal/terminal.ts";
import { startPause } from "../host/time/pause.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Terminal } from "../ports/terminal.ts";
import type { CtlAccess } from "./client.ts";
import { parseCommandLine, splitWords } from "./command-line.ts";
import { DEFAULT_LOG_LINES, LOGS_USAGE, runLogs } from "./commands/logs.ts";
import { ACTION_NAMES, findCommand } from "./commands/table.ts";
import { UPGRADE_USAGE } from "./commands/upgrade-usage.ts";
import type { Command, CommandContext, CtlPlugins } from "./context.ts";
import { EXIT } from "./exit-status.ts";
import { expandNames } from "./expand-names.ts";
import type { CallFailure } from "./failure.ts";
import { readSetup } from "./options.ts";
import { accessOf, PASSWORD_VARIABLE } from "./password.ts";
import { createJsonReporter, createLineReporter } from "./report.ts";
import { Session } from "./session.ts";
import { verbHelp } from "./usage.ts";
import { parseVerbArguments, type VerbArguments } from "./verb-arguments.ts";

/** Accounts matter to ctl only in `~name`, which stays as written. */
const NO_ACCOUNTS = { findUser: () => null, findGroup: () => null };

/**
 * Runs supervisorctl.
 * @param programName how the program was called, for its messages
 * @returns the exit status; everything is written by then
 */
export function runSupervisorctl(argv: readonly string[], programName: string): Promise<number> {
  return withTerminal(async (terminal) => {
    const setup = readSetup([programName, ...argv], createConfigWorld(NO_ACCOUNTS));
    if (setup.kind === "help") {
      terminal.write(ctlUsage(programName));
      return EXIT.OK;
    }
    if (setup.kind === "error") return refuse(terminal, setup.text, `${programName} -h`);
    const { words } = setup;
    const options = await accessOf(setup, terminal, process.env[PASSWORD_VARIABLE]);
    const isShell = words.length === 0;
    const plugins = await pluginsOf(options, terminal);
    const session = new Session({
      http: await chooseClient(setup.interactive, words[0]),
      terminal,
      // Programs that give a command a terminal read its lines all the same; the shell is for people.
      report: createLineReporter(terminal, isShell && terminal.colours),
      interactive: setup.interactive,
      access: options,
      startPause,
      remedy: terminal.stderrIsTty ? remedy : null,
      plugins,
    });
    if (!isShell) return (await session.runLine(words.join(" "))).exitStatus;
    const { runInteractive } = await import("./shell/interactive.ts");
    return runInteractive({
      terminal,
      session,
      startPause,
      prompt: options.prompt,
      historyFile: options.historyFile,
      actions: ["help", ...ACTION_NAMES, ...(await actionsOf(plugins))],
    });
  });
}

/**
 * Runs one of tsv's everyday verbs: an action of supervisorctl with options of its own, or `logs`.
 * @returns the exit status, the same as supervisorctl's; 2 for wrong use
 */
export function runVerb(verb: string, argv: readonly string[]): Promise<number> {
  return withTerminal(async (terminal) => {
    const command = OWN_VERBS[verb] ?? findCommand(verb);
    if (command === null) return refuse(terminal, `unknown verb '${verb}'`, "tsv help");
    const parsed = parseVerbArguments(verb, argv);
    if (!parsed.ok) return refuse(terminal, parsed.error, `tsv ${verb} -h`);
    if (parsed.value.help) {
      terminal.write(verbHelp(command.usage, verb !== "upgrade"));
      return EXIT.OK;
    }
    return runParsedVerb(terminal, command, parsed.value);
  });
}

async function runParsedVerb(
  terminal: Terminal,
  command: Pick<Command, "name" | "usage">,
  given: VerbArguments,
): Promise<number> {
  const setup = readSetup(["tsv", ...given.ctlArguments], createConfigWorld(NO_ACCOUNTS));
  if (setup.kind === "error") return refuse(terminal, setup.text, `tsv ${command.name} -h`);
  if (setup.kind === "help") return EXIT.OK;
  const report = given.json
    ? createJsonReporter(terminal)
    : createLineReporter(terminal, terminal.colours);
  const session = new Session({
    http: await chooseClient(false, command.name),
    terminal,
    report,
    interactive: false,
    access: await accessOf(setup, terminal, process.env[PASSWORD_VARIABLE]),
    startPause,
    remedy: given.json ? null : remedy,
  });
  const { exitStatus } = await session.run((context) => runAction(context, command.name, given));
  report.finish(command.name, exitStatus);
  return exitStatus;
}

async function runAction(
  context: CommandContext,
  verb: string,
  given: VerbArguments,
): Promise<void> {
  const words = await expandNames(context, verb, splitWords(given.words.join(" ")));
  if (verb === "upgrade") {
    const { runUpgrade } = await import("./commands/upgrade.ts");
    return await runUpgrade(context, {
      ...given,
      words: words.map((path) => absolutePath(path, process.cwd())),
    });
  }
  if (verb !== "logs") return findCommand(verb)?.run(context, words.join(" "));
  const { follow, channel, raw } = given;
  await runLogs(context, {
    names: words,
    lines: given.lines ?? DEFAULT_LOG_LINES,
    follow,
    channel,
    raw,
  });
}

const NO_PLUGINS: CtlPlugins = { load: () => Promise.resolve([]) };

/** Even when there are plugins, the everyday actions load none of them. */
async function pluginsOf({ plugins }: CtlOptions, terminal: Terminal): Promise<CtlPlugins> {
  if (plugins.length === 0) return NO_PLUGINS;
  const { createPlugins } = await import("./plugins/load.ts");
  const { createModuleLoader } = await import("../host/files/module-loader.ts");
  const warn = (text: string): void => terminal.writeError(`Warning: ${text}.\n`);
  return createPlugins(plugins, { loader: createModuleLoader(), warn });
}

async function actionsOf(plugins: CtlPlugins): Promise<readonly string[]> {
  return (await plugins.load()).flatMap(({ commands }) => commands.map(({ name }) => name));
}

/**
 * Where a person types while calls are under way, none may block: the shell, and whoever talks to a program. Plugins'
 * actions make calls at the same time.
 */
async function chooseClient(interactive: boolean, action: string | undefined): Promise<HttpClient> {
  const name = parseCommandLine(action ?? "");
  const isOwn = name.kind !== "action" || findCommand(name.name) !== null;
  if (!interactive && isOwn && action !== "fg") return blockingHttpClient;
  return (await import("../host/http/http-client.ts")).httpClient;
}

/** Loaded when something failed, which everyday use should not pay for. */
async function remedy(failure: CallFailure, access: CtlAccess): Promise<string | null> {
  const { remedyFor } = await import("./remedy.ts");
  const { diagnosePath } = await import("../host/files/path-diagnosis.ts");
  const { describeDiagnosis } = await import("../core/logs/messages.ts");
  const diagnose = async (path: string, errno: string): Promise<string> =>
    describeDiagnosis(await diagnosePath(path, errno));
  return await remedyFor(failure, access, diagnose);
}

/** Verbs that are no actions of supervisorctl. */
const OWN_VERBS: Readonly<Record<string, Pick<Command, "name" | "usage">>> = {
  logs: { name: "logs", usage: LOGS_USAGE },
  upgrade: { name: "upgrade", usage: UPGRADE_USAGE },
};

function refuse(terminal: Terminal, text: string, help: string): number {
  terminal.writeError(`Error: ${text}\nFor help, use ${help}\n`);
  return EXIT.INVALID_ARGS;
}

/** Sentences on stderr hold names and words of others. */
function withPrintableErrors(terminal: Terminal): Terminal {
  if (!terminal.stderrIsTty) return terminal;
  return { ...terminal, writeError: (text) => terminal.writeError(printableLines(text)) };
}

/** Runs with standard input and output, and sees to it that everything written arrives. */
async function withTerminal(run: (terminal: Terminal) => Promise<number>): Promise<number> {
  const terminal = withPrintableErrors(createTerminal(process.env));
  const exitStatus = await run(terminal);
  await terminal.flush();
  terminal.close();
  const lost = terminal.outputFailure();
  if (lost === null) return exitStatus;
  terminal.writeError(`Error: cannot write to standard output: ${lost}\n`);
  return exitStatus === EXIT.OK ? EXIT.GENERIC : exitStatus;
}
