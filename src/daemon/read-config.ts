// The process that reads a configuration for the daemon: a path that a user has named may block this process, and no other. It
// notes each path before it accesses it, so that the daemon can name the path that does not answer.

import { err, ok, type Result } from "../core/base/result.ts";
import { parseDaemonArguments } from "../core/command-line/arguments.ts";
import type { DaemonArguments } from "../core/config/daemon-section.ts";
import { readProgramStruct } from "../core/config/groups.ts";
import type { Config, ConfigError } from "../core/config/model.ts";
import { readDaemonConfig } from "../core/config/read.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { answerLines, BEGUN, type ReadAnswer } from "../core/reader/answer.ts";
import { decodeReadRequest, READ_FD, type ReadRequest } from "../core/reader/request.ts";
import { RUN_PROGRAM, readRunConfig } from "../core/run/config.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { type Note, whyUnstartable } from "../host/sockets/try-start.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { print, printError } from "../host/terminal/output.ts";
import { overwrite, readUnnamed } from "../host/upgrade/unnamed-file.ts";
import { EXIT } from "./errors.ts";

/** Lines are written in pieces of about this many characters. */
const PIECE = 32 * 1024;

/** Answers on standard output. @returns exit status */
export function readConfigForDaemon(): number {
  const request = decodeReadRequest(readUnnamed(READ_FD));
  if (!request.ok) {
    printError(`Error: ${request.error}\n`);
    return EXIT.USAGE;
  }
  print(BEGUN);
  let piece = "";
  for (const line of answerLines(answer(request.value))) {
    piece += line;
    if (piece.length < PIECE) continue;
    print(piece);
    piece = "";
  }
  print(piece);
  return EXIT.OK;
}

function answer({ program, words, cwd, task }: ReadRequest): ReadAnswer {
  const world = noting(createConfigWorld(createAccounts(), cwd));
  if (task.kind === "program") {
    const programs = readProgramStruct(task.program, task, world);
    return programs.ok
      ? { kind: "programs", programs: programs.value }
      : { kind: "problem", error: programs.error };
  }
  const config = readCalledConfig(program, words, world);
  if (!config.ok) return { kind: "problem", error: config.error };
  const reason = task.kind === "restart" ? whyUnstartable(config.value, task.servers, note) : null;
  return { kind: "config", config: config.value, reason };
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
  const { cwd, hostName, uid, env } = world;
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
