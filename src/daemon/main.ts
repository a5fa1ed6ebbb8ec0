// supervisord: from the command line to a running daemon, and its exit status.

import { type Complaint, complaintLines, stepLines } from "../core/base/complaint.ts";
import { USUAL_COLUMNS, wrapWords } from "../core/base/printable.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { configOfDaemon, parseDaemonArguments } from "../core/command-line/arguments.ts";
import { daemonUsage } from "../core/command-line/help.ts";
import type { DaemonArguments } from "../core/config/daemon-section.ts";
import { CONFIGS_HERE, withReason } from "../core/config/load.ts";
import type { ConfigError, ConfigNotice } from "../core/config/model.ts";
import { absolutePath } from "../core/config/paths.ts";
import { goesToBackground, readDaemonConfig, rootSearchWarning } from "../core/config/read.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { failed } from "../core/notify/sd-notify.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { becomeKeeper } from "../host/keeper/become-keeper.ts";
import { kept, refusesKeeper, takeKeeper } from "../host/keeper/keeper.ts";
import { DAEMON_NAME } from "../host/keeper/kept-process.ts";
import { isTerminal, posix } from "../host/posix.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { isForeground, startInBackground, takeForeground } from "../host/system/background.ts";
import { commandOfOurs } from "../host/system/container-daemon.ts";
import { calledPath, setProcessName } from "../host/system/identity.ts";
import { NOT_ROOT } from "../host/system/privileges.ts";
import { takeServiceManager } from "../host/system/service-manager.ts";
import { noteEarlySignals } from "../host/system/signals.ts";
import { outputColumns, print, printError, STDERR, STDOUT } from "../host/terminal/output.ts";
import { holdExecutable } from "../host/upgrade/executable.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import { SUPERVISOR_VERSION } from "../version.ts";
import { EXIT, startErrorText } from "./errors.ts";
import { runDaemon } from "./lifecycle.ts";
import { beginsAnew, continueDaemon } from "./restore.ts";

/**
 * Runs supervisord to its end.
 * @param argv the words after the program's name
 * @param program the name it was called by
 * @returns exit status, see errors.ts
 */
export async function runSupervisord(argv: readonly string[], program: string): Promise<number> {
  const status = await runToEnd(argv, program);
  kept()?.end(status);
  return status;
}

async function runToEnd(argv: readonly string[], program: string): Promise<number> {
  takeKeeper();
  const keeper = kept();
  const world = createConfigWorld(createAccounts());
  const command = parseDaemonArguments([program, ...argv], world);
  if (keeper === null && command.ok && command.value.kind === "run") {
    becomeKept(command.value.args, world);
  }
  const foreground = takeForeground();
  const manager = takeServiceManager(process.env);
  setProcessName(keeper === null ? program.replace(/ .*/, "") : DAEMON_NAME);
  const left = keeper?.left() ?? null;
  if (keeper !== null && left !== null) {
    return await continueDaemon(keeper, left, { program, words: argv, manager });
  }
  if (process.pid === 1) noteEarlySignals();
  if (!command.ok) return refuse(program, command.error);
  switch (command.value.kind) {
    case "help":
      print(daemonUsage(program, outputColumns()));
      return EXIT.OK;
    case "version":
      print(`${SUPERVISOR_VERSION}\n`);
      return EXIT.OK;
    case "run":
      return await run(command.value.args, { program, words: argv, world, foreground, manager });
  }
}

/** Becomes the keeper of the daemon, where that is possible. */
function becomeKept(args: DaemonArguments, world: ConfigWorld): void {
  if (refusesKeeper() || (!isForeground() && goesToBackground(args, world))) return;
  // The daemon is the parent of its programs then, as long as it lives.
  unkept = becomeKeeper();
}

/** Why no keeper could be executed; null if none was wanted. */
let unkept: string | null = null;

function openingNotices(): readonly ConfigNotice[] {
  const keeper = kept();
  if (keeper !== null && !keeper.isFirst) return [beginsAnew(keeper.death)];
  return unkept === null ? [] : [{ level: "WARN", text: unkeptText(unkept) }];
}

function unkeptText(reason: string): string {
  return `the daemon has no keeper (${reason}): it cannot be upgraded, and its programs are lost if it dies: see "tsv doctor --explain BOOT-023"`;
}

/** The errno(3) of a mistake in the configuration; the same on every system. */
const EINVAL = 22;

interface Call {
  readonly program: string;
  readonly words: readonly string[];
  readonly world: ConfigWorld;
  readonly foreground: ReturnType<typeof takeForeground>;
  readonly manager: ServiceManager | null;
}

async function run(args: DaemonArguments, call: Call): Promise<number> {
  const { program, world, foreground, manager } = call;
  const isBackground = foreground !== null;
  const warning = isBackground ? null : rootSearchWarning(args, world);
  if (kept() === null && !isBackground && goesToBackground(args, world)) {
    if (warning !== null) warn(program, warning, args, world);
    return await goToBackground(program, manager, args.configFile);
  }
  const config = readDaemonConfig(args, world);
  if (!config.ok) {
    manager?.notify(failed(config.error.text, EXIT.USAGE, EINVAL));
    return await refuseConfig(config.error, args, call);
  }
  if (warning !== null) warn(program, warning, args, world);
  // Before anything is opened for long.
  posix().reserveSlots();
  holdExecutable();
  const ended = await runDaemon({
    config: config.value,
    foreground,
    serviceManager: manager,
    notices: openingNotices(),
    calling: { program, words: call.words, cwd: world.cwd, origin: calledPath() },
    restored: null,
  });
  if (ended.ok) return ended.value;
  manager?.notify(failed(ended.error, EXIT.USAGE));
  const isShown = program === "tsv daemon" && isTerminal(STDERR);
  const running = isShown ? ownDaemon(ended.error, args, world) : null;
  if (running === null) return refuse(program, ended.error);
  const named = namedBy(args.configFile);
  return complain({
    message: `tsv already runs with this configuration: pid ${running}`,
    steps: [
      ["Show its programs", `tsv status${named}`],
      ["Apply changes of the configuration", `tsv update${named}`],
    ],
  });
}

/** The pid of the process that the error names, if it is a daemon of the same configuration; null otherwise. */
function ownDaemon(
  error: string,
  { configFile, searchPaths }: DaemonArguments,
  world: ConfigWorld,
): string | null {
  const [, pid = ""] = /\bprocess (\d+)\b/.exec(error) ?? [];
  const command = pid === "" ? null : commandOfOurs(pid);
  const own = configFile ?? searchPaths.find((path) => world.exists(path)) ?? null;
  if (own === null || command === null) return null;
  const used = configOfDaemon(command.words, command.cwd, world);
  return used === absolutePath(own, world.cwd) ? pid : null;
}

/** The daemon itself prints its errors on stderr. */
async function goToBackground(
  program: string,
  manager: ServiceManager | null,
  configFile: string | null,
): Promise<number> {
  const outcome = await startInBackground();
  switch (outcome.kind) {
    case "ready":
      manager?.notify([`MAINPID=${outcome.pid}`, "READY=1"]);
      manager?.reportUp();
      if (program === "tsv daemon" && isTerminal(STDOUT))
        print(runningText(outcome.pid, configFile));
      return EXIT.OK;
    case "failed":
      return outcome.exitStatus;
    case "not-started":
      return refuse(
        program,
        `the daemon could not be started in the background: ${outcome.reason}`,
      );
  }
}

/** Supervisor prints nothing; `tsv daemon` confirms the start. */
function runningText(pid: number, configFile: string | null): string {
  const command = `tsv status${namedBy(configFile)}`;
  return `tsv is running in the background: pid ${pid}\n  Show its programs: ${command}\n`;
}

/** The words that make a suggested command ask the same daemon. */
function namedBy(configFile: string | null): string {
  return configFile === null ? "" : ` -c ${shellWord(configFile)}`;
}

/** Supervisor names the first mistake; people are shown all of them elsewhere. */
async function refuseConfig(
  error: ConfigError,
  { configFile, searchPaths }: DaemonArguments,
  { program, world }: Call,
): Promise<number> {
  const isOwn = program === "tsv daemon";
  if (!isOwn && !isTerminal(STDERR)) return refuse(program, error.text);
  const { rule } = error;
  // Without sudo, with which the programs would run as root too.
  const text = withReason(error, world);
  const { refusedConfig } = await import("../core/config/lint/check.ts");
  const file = configFile ?? searchPaths.find((path) => world.exists(path)) ?? null;
  if (isOwn && file === null) return complain(noConfiguration(searchPaths, world));
  const refused = file !== null && world.readText(file).ok ? refusedConfig(file, world) : null;
  if (isOwn && refused === null && rule === "no-supervisord") {
    const message = `${file} has no [supervisord] section`;
    return complain({ message, steps: [["Add this line to it", "[supervisord]"]] });
  }
  if (refused === null) return refuse(program, text);
  if (isOwn) return complain(refused);
  const lines = stepLines(refused.steps, USUAL_COLUMNS);
  printError(startErrorText(program, text) + lines.map((line) => `${line}\n`).join(""));
  return EXIT.USAGE;
}

function noConfiguration(
  searchPaths: readonly string[],
  world: ConfigWorld,
): Omit<Complaint, "kind"> {
  const here = CONFIGS_HERE.find((path) => world.exists(path));
  return {
    message: `no configuration was found; looked for ${searchPaths.join(", ")}`,
    steps:
      here === undefined
        ? [
            ["Write one", "tsv sample-conf > tsv.conf"],
            ["Then name it", "tsv daemon -c tsv.conf"],
          ]
        : [["Name the one in this directory", `tsv daemon -c ${here}`]],
  };
}

/** Prints an error in the form of tsv's own verbs. */
function complain(complaint: Omit<Complaint, "kind">): number {
  const lines = complaintLines(complaint, USUAL_COLUMNS);
  printError(lines.map((line) => `${line}\n`).join(""));
  return EXIT.USAGE;
}

function warn(
  program: string,
  text: string,
  { searchPaths }: DaemonArguments,
  world: ConfigWorld,
): void {
  const found = searchPaths.find((path) => world.exists(path));
  const lines =
    program === "tsv daemon" && found !== undefined
      ? wrapWords(
          `Warning: no configuration was named; using ${found}. Name it with -c.`,
          USUAL_COLUMNS,
          "  ",
        )
      : [`${program}: UserWarning: ${text}`];
  printError(lines.map((line) => `${line}\n`).join(""));
}

function refuse(program: string, text: string): number {
  if (program === "tsv daemon" && text === NOT_ROOT) {
    return complain({
      message: "only root can run this configuration: it names another user in [supervisord]",
      steps: [["Run the command with sudo, or remove user= there", null]],
    });
  }
  if (program === "tsv daemon" && isTerminal(STDERR)) return complain(inOwnWords(text));
  printError(startErrorText(program, text));
  return EXIT.USAGE;
}

/** Supervisor's summary of a socket error is left out: the detail that follows names the address and the reason. */
function inOwnWords(text: string): Omit<Complaint, "kind"> {
  const [summary = "", ...detail] = text.trimEnd().split("\n");
  const message = detail.length > 0 ? detail.join(" ").replace(/\.$/, "") : summary;
  const isUsage = /^(?:option|positional|invalid value) /.test(summary);
  return { message, steps: isUsage ? [["For help", "tsv daemon -h"]] : [] };
}
