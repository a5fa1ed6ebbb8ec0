// `tsv run`: the daemon in the foreground of a terminal, with the programs of a Procfile, a configuration or the command line.

import { wantsColours } from "../core/base/colours.ts";
import { complaintLines } from "../core/base/complaint.ts";
import { HELP_OPTION, type HelpPage, helpText } from "../core/base/help-page.ts";
import { displayName } from "../core/base/ids.ts";
import type { Step } from "../core/base/permission-words.ts";
import { USUAL_COLUMNS } from "../core/base/printable.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { CONFIGS_HERE, withReason } from "../core/config/load.ts";
import type { Config, ConfigError } from "../core/config/model.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { parseRunArguments, type RunArguments } from "../core/run/arguments.ts";
import { configOf, isFileOption, RUN_PROGRAM } from "../core/run/config.ts";
import { PROCFILE } from "../core/run/procfile.ts";
import { stylesOf } from "../core/run/terminal.ts";
import { EXIT } from "../daemon/errors.ts";
import { runDaemon } from "../daemon/lifecycle.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { takeKeeper } from "../host/keeper/keeper.ts";
import { isTerminal, posix } from "../host/posix.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { calledPath } from "../host/system/identity.ts";
import { takeServiceManager } from "../host/system/service-manager.ts";
import { noteEarlySignals } from "../host/system/signals.ts";
import { outputColumns, print, printError, STDOUT } from "../host/terminal/output.ts";
import { holdExecutable } from "../host/upgrade/executable.ts";

/**
 * Runs the programs until the run ends.
 * @param argv the words after `tsv run`
 * @returns exit status: that of the program that ended the run, 0 after a requested stop, 128+n if signal n requested a kill,
 *   2 if the run could not begin
 */
export async function runForeground(argv: readonly string[]): Promise<number> {
  takeKeeper();
  const manager = takeServiceManager(process.env);
  if (process.pid === 1) noteEarlySignals();
  const args = parseRunArguments(argv);
  if (!args.ok) return complain(args.error, [["For help", "tsv run -h"]]);
  if (args.value === "help") {
    print(helpText(RUN_PAGE, outputColumns()));
    return EXIT.OK;
  }
  const world = createConfigWorld(createAccounts());
  const read = configOf(args.value, world);
  if (!read.ok) return await refuse(read.error, args.value, world);
  const { config, isGenerated } = read.value;
  posix().reserveSlots();
  holdExecutable();
  const ended = await runDaemon({
    config,
    foreground: null,
    serviceManager: manager,
    calling: { program: RUN_PROGRAM, words: argv, cwd: world.cwd, origin: calledPath() },
    run: { styleOf: stylesOf(lookOf(args.value, config)), isGenerated },
    restored: null,
  });
  return ended.ok ? ended.value : complain(ended.error.trimEnd().replaceAll("\n", " "), []);
}

/** Prints why the run cannot begin: for a configuration, the line with the error and how to find all errors. */
async function refuse(
  error: ConfigError,
  { source, words }: RunArguments,
  world: ConfigWorld,
): Promise<number> {
  const { file, rule } = error;
  // Without sudo, with which the programs would run as root too.
  const text = withReason(error, world);
  if (rule === "no-file") {
    const path = source.kind === "config" ? source.path : null;
    const steps = stepsFor(path === null ? words : [path], path !== null, world);
    if (steps !== null) return complain(text, steps);
  }
  if (file === null) return complain(text, rule === "no-file" ? waysToRun(world) : []);
  if (rule === "no-supervisord") return complain(text, [["Add this line to it", "[supervisord]"]]);
  if (!/\.(?:conf|ini)$/.test(file) || !world.readText(file).ok) return complain(text, []);
  const { refusedConfig } = await import("../core/config/lint/check.ts");
  const refused = refusedConfig(file, world, ({ key }) => isFileOption(key));
  return refused === null ? complain(text, []) : complain(refused.message, refused.steps);
}

/** What was meant by words that name nothing to run: a command without --, or words of foreman. Null for a file. */
function stepsFor(
  words: readonly string[],
  isConfig: boolean,
  world: ConfigWorld,
): readonly Step[] | null {
  const { exists } = world;
  const [first = ""] = words;
  const line = words.flatMap((word) => word.trim().split(/\s+/).map(shellWord)).join(" ");
  if (words.length > 0 && words.every((word) => NUMBERS.test(word))) {
    return [["To run several of a type", `tsv run -m ${words.join(",")}`]];
  }
  if (!isConfig && words.length > 1 && exists(first)) {
    return [["Name the file with -f", `tsv run -f ${line}`]];
  }
  if (isConfig || words.length === 0 || exists(first) || /procfile/i.test(first)) return null;
  const command: Step = ["To run a command", `tsv run -- ${line}`];
  const other = otherProcfile(world);
  if (first !== "start") {
    const ofOther: readonly Step[] =
      other === null || exists(PROCFILE)
        ? []
        : [["To run a type of the Procfile that is there", `tsv run -f ${other} ${line}`]];
    return [...ofOther, command];
  }
  return [["To run what foreman start runs", ["tsv run", ...words.slice(1)].join(" ")], command];
}

/** `web=2`, as foreman takes it. */
const NUMBERS = /^[\w-]+=\d+(?:,[\w-]+=\d+)*$/;

/** If there is a Procfile of another name, it is likely to be meant. */
function waysToRun(world: ConfigWorld): readonly Step[] {
  // Root takes only one that is named.
  const there =
    otherProcfile(world) ?? CONFIGS_HERE.filter((path) => world.exists(path)).at(0) ?? null;
  return there === null ? EXAMPLES : [["Run the one that is there", `tsv run ${there}`]];
}

/** Such as Procfile.dev, as a word of a shell; null for none. */
function otherProcfile({ cwd, glob }: ConfigWorld): string | null {
  const found = glob(`${cwd}/Procfile?*`);
  const [path = ""] = found.ok ? found.value : [];
  return path === "" ? null : shellWord(path.slice(cwd.length + 1));
}

const EXAMPLES: readonly Step[] = [
  ["Run a Procfile", "tsv run Procfile"],
  ["Run a configuration", "tsv run -c supervisord.conf"],
  ["Run a command", "tsv run -- COMMAND"],
];

function lookOf({ format, hasTime, isRaw }: RunArguments, { groups }: Config) {
  const names = groups.flatMap(({ name, processes }) =>
    processes.map((process) => displayName(name, process.name)),
  );
  const isShown = isTerminal(STDOUT);
  const hasColours = wantsColours(process.env, isShown);
  return { format, hasTime, hasColours, isFiltered: isShown && !isRaw, names };
}

function complain(message: string, steps: readonly Step[]): number {
  const lines = complaintLines({ message, steps }, USUAL_COLUMNS);
  printError(lines.map((line) => `${line}\n`).join(""));
  return EXIT.USAGE;
}

const RUN_PAGE: HelpPage = {
  usage: [
    ["tsv run [options] [procfile]", ""],
    ["tsv run [options] [-f <procfile>] <type>...", ""],
    ["tsv run [options] -c <file>", ""],
    ["tsv run [options] [--name <name>] -- <command>", ""],
    ["tsv run [options] --name <name>=<command>...", ""],
  ],
  about: [
    "Run programs in the foreground, with all their output on the terminal, and nothing installed. Without a file, the Procfile of the working directory is run, or its tsv.conf or supervisord.conf, which root must name.",
    "Ctrl-C stops the programs in order; a second one kills them. In the same directory, tsv status and the other commands reach the run; those of a configuration do so everywhere, with -c.",
  ],
  options: [
    ["-c, --config <file>", "run this configuration"],
    ["-f, --procfile <file>", "run this Procfile"],
    ["-m, --formation <numbers>", "how many processes of each type: web=2,worker=3, all=1"],
    [
      "-p, --port <port>",
      "PORT of the first type (PORT or 5000 if absent); each next has 100 more",
    ],
    ["-e, --env <file>", "variables of this file, also several (a Procfile's .env if absent)"],
    ["--name <name>", "name of the command behind --"],
    ["--name <name>=<command>", "run this command of a shell too"],
    ["--format <format>", "lines as prefix (default), plain, json or logfmt"],
    ["--no-time", "no time in front of lines"],
    ["--raw", "send all bytes to a terminal, control sequences too"],
    ["--exit-on <rule>", "end with a program: any (default), exit, fatal, all or never"],
    ["--watch <paths>", "restart the programs when these files or directories change"],
    ["--grace <seconds>", "the longest that stopping may take"],
    HELP_OPTION,
  ],
  examples: [
    ["tsv run", "the Procfile of this directory"],
    ["tsv run web", "only the type web of the Procfile"],
    ["tsv run -m web=2,worker=3", "with several processes of a type"],
    ["tsv run --exit-on fatal Procfile", "restart what exits"],
    ["tsv run --watch src", "restart what runs when a file in src changes"],
    ["tsv run -c supervisord.conf", "a configuration"],
    ["tsv run --name web -- node server.js", "a command"],
    ["tsv run --name web='npm start' --name css='npm run css'", "two commands"],
  ],
  statuses: [
    [0, "success, also after Ctrl-C"],
    ["N", "the program that ended the run has exited with N"],
    [1, "that program was given up after exit 0, or was not ready; or one was not stopped"],
    [2, "usage error, or what is to be run cannot be run"],
    [127, "that program could not be executed"],
    ["128+N", "signal N ended that program, or was the second one to the run"],
  ],
};
