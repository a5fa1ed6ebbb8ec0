// The process that reads a configuration for the daemon: a path that a user has named may block this process, and no other. It
// notes each path before it accesses it, so that the daemon can name the path that does not answer.

import { err, ok, type Result } from "../core/base/result.ts";
import { parseDaemonArguments } from "../core/command-line/arguments.ts";
import type { DaemonArguments } from "../core/config/daemon-section.ts";
import { decisionsText, planDecision, type WantedDecision } from "../core/config/decisions.ts";
import { readProgramStruct } from "../core/config/groups.ts";
import type { Config, ConfigError } from "../core/config/model.ts";
import { readDaemonConfig } from "../core/config/read.ts";
import { privateKey } from "../core/config/server-address.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { answerLines, BEGUN, type ReadAnswer } from "../core/reader/answer.ts";
import { decodeReadRequest, READ_FD, type ReadRequest } from "../core/reader/request.ts";
import { RUN_PROGRAM, readRunConfig } from "../core/run/config.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { writeDecisions } from "../host/files/decisions-file.ts";
import { type Note, whyUnstartable } from "../host/sockets/try-start.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { print, printError } from "../host/terminal/output.ts";
import { overwrite, readUnnamed } from "../host/upgrade/unnamed-file.ts";
import { EXIT } from "./errors.ts";

/** Lines are written in pieces of about this many characters. */
const PIECE = 32 * 1024;

/** Answers on standard output. @returns exit status */
export async function readConfigForDaemon(): Promise<number> {
  const request = decodeReadRequest(readUnnamed(READ_FD));
  if (!request.ok) {
    printError(`Error: ${request.error}\n`);
    return EXIT.USAGE;
  }
  print(BEGUN);
  let piece = "";
  const { digestOf } = await import("../host/system/secrets.ts");
  const known = new Set(request.value.known);
  for (const line of answerLines(await answer(request.value), known, digestOf)) {
    piece += line;
    if (piece.length < PIECE) continue;
    print(piece);
    piece = "";
  }
  print(piece);
  return EXIT.OK;
}

async function answer({ program, words, cwd, task }: ReadRequest): Promise<ReadAnswer> {
  const world = noting(createConfigWorld(createAccounts(), cwd));
  if (task.kind === "program") {
    const programs = readProgramStruct(task.program, task, world);
    return programs.ok
      ? { kind: "programs", programs: programs.value }
      : { kind: "problem", error: programs.error };
  }
  const config = readCalledConfig(program, words, world);
  if (!config.ok) return { kind: "problem", error: config.error };
  if (task.kind === "options") return await optionsOf(config.value, world, task.section);
  if (task.kind === "decide") return decide({ program, words }, world, config.value, task.wanted);
  const reason =
    task.kind === "restart" ? await whyUnstartable(config.value, task.servers, note) : null;
  return { kind: "config", config: config.value, reason, decided: [] };
}

/** The options of a section with their places, as `tsv check --effective` shows them. */
async function optionsOf(
  { daemon }: Config,
  world: ConfigWorld,
  section: string,
): Promise<ReadAnswer> {
  const { readEffective } = await import("../core/config/effective.ts");
  const read = readEffective(daemon.configFile, world);
  if (!read.ok) {
    const nowhere = { file: null, line: null, section: null, key: null };
    return { kind: "problem", error: { rule: "value", text: read.error.message, ...nowhere } };
  }
  const found = read.value.find(({ name }) => name === section);
  return { kind: "options", options: found?.options ?? [] };
}

/** Reads the configuration again with the decision, and writes that only if the configuration is sound. */
function decide(
  { program, words }: Pick<ReadRequest, "program" | "words">,
  world: ConfigWorld,
  config: Config,
  wanted: WantedDecision,
): ReadAnswer {
  const refuse = (text: string): ReadAnswer => {
    return { kind: "refused", refused: { fault: "FAILED", text } };
  };
  const plan = planDecision(config, wanted);
  if (!plan.ok) return { kind: "refused", refused: plan.error };
  const { decisions, programs: decided } = plan.value;
  if (decisions === config.decisions) return { kind: "config", config, reason: null, decided };
  const { daemon } = config;
  let path: string | null = null;
  const text = decisionsText(decisions, privateKey(daemon.here, daemon.configFile));
  const decidedWorld: ConfigWorld = Object.assign(Object.create(world) as ConfigWorld, {
    readDecisions: (at: string, uid: number) => {
      path = at;
      const found = world.readDecisions?.(at, uid) ?? ok(null);
      return found.ok ? ok(text) : found;
    },
  });
  const after = readCalledConfig(program, words, decidedWorld);
  if (!after.ok) return { kind: "problem", error: after.error };
  if (path === null) return refuse("this daemon keeps no decisions: state_directory is empty");
  for (const made of after.value.decisions) {
    const isAsked = decided.some(({ section }) => section === made.section);
    if (!isAsked || made.key !== wanted.key || made.problem === null) continue;
    const refused = {
      fault: "INCORRECT_PARAMETERS",
      text: `${made.key}=${made.value}: ${made.problem}`,
    } as const;
    return { kind: "refused", refused };
  }
  const ignored = after.value.decisions.length < decisions.length;
  if (ignored) return refuse(`${path} cannot be used: see tsv check`);
  note(`writing ${path}`);
  const problem = writeDecisions(path, text);
  return problem === null
    ? { kind: "config", config: after.value, reason: null, decided }
    : refuse(problem);
}

/** The configuration of a daemon that was called by this name with these words: supervisord, or `tsv run`. */
function readCalledConfig(
  program: string,
  words: readonly string[],
  world: ConfigWorld,
): Result<Config, ConfigError> {
  if (program === RUN_PROGRAM) return readRunConfig(words, world);
  const args = argumentsOf(program, words, world);
  return args.ok ? readDaemonConfig(args.value, world) : args;
}

/** The command line may name a file that is missing by now. */
function argumentsOf(
  program: string,
  words: readonly string[],
  world: ConfigWorld,
): Result<DaemonArguments, ConfigError> {
  const command = parseDaemonArguments([program, ...words], world);
  if (command.ok && command.value.kind === "run") return ok(command.value.args);
  const text = command.ok ? "the command line of the daemon asks for help" : command.error;
  return err({ rule: "value", text, file: null, line: null, section: null, key: null });
}

/** Notes each access before it happens. */
function noting(world: ConfigWorld): ConfigWorld {
  const { cwd, hostName, uid, env, readDecisions, unwritable } = world;
  return {
    ...{ cwd, hostName, uid, env },
    get home() {
      note("determining the home directory");
      return world.home;
    },
    get tempDir() {
      note("finding a directory for temporary files");
      return world.tempDir;
    },
    readText(path) {
      note(`reading ${path}`);
      return world.readText(path);
    },
    readEnvFile(path) {
      note(`reading ${path}`);
      return world.readEnvFile(path);
    },
    ...(readDecisions === undefined
      ? {}
      : {
          readDecisions(path: string, user: number) {
            note(`reading ${path}`);
            return readDecisions(path, user);
          },
        }),
    ...(unwritable === undefined
      ? {}
      : {
          unwritable(path: string, user: number) {
            note(`looking at ${path}`);
            return unwritable(path, user);
          },
        }),
    exists(path) {
      note(`looking at ${path}`);
      return world.exists(path);
    },
    isDirectory(path) {
      note(`looking at ${path}`);
      return world.isDirectory(path);
    },
    isMissing(path) {
      note(`looking at ${path}`);
      return world.isMissing(path);
    },
    isNotExecutable(path) {
      note(`looking at ${path}`);
      return world.isNotExecutable(path);
    },
    glob(pattern) {
      note(`looking for ${pattern}`);
      return world.glob(pattern);
    },
    findUser(key) {
      note(`looking up user ${key}`);
      return world.findUser(key);
    },
    findGroup(key) {
      note(`looking up group ${key}`);
      return world.findGroup(key);
    },
  };
}

/** The file has no name and lies in memory: this waits for nothing. */
const note: Note = (doing) => overwrite(READ_FD, `${JSON.stringify(doing)}\n`);
