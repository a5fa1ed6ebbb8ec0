// What to execute for a program (Supervisor, sections 4.6 and 4.7): its environment, and the candidates for its
// file, as execvp(3) searches them. The child looks for the file (posix/child.c), because a path may be on a file
// system that does not answer.

import type { ProcessKey } from "../base/ids.ts";
import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { ProcessConfig } from "../config/model.ts";
import { splitCommand } from "../config/posix-lexer.ts";
import type { KillMode } from "../config/value-types.ts";
import {
  environmentLayers,
  type Gathered,
  mergeLayers,
  type UserEntry,
} from "../environment/layers.ts";
import { BUILT_IN_COMMANDS } from "../plugins/known.ts";
import { redactPatterns } from "../redact/patterns.ts";

import type { ProgramLimits } from "./program-limits.ts";

/** A command to execute, without anything that must be looked up later. */
export interface CommandSpec {
  /** See `planCommand`. */
  readonly candidates: readonly Candidate[];
  readonly argv: readonly string[];
  /** `KEY=value` strings. */
  readonly env: readonly string[];
  /** Entered with the rights of the target user; null to stay. */
  readonly cwd: string | null;
  readonly umask: number | null;
  /** Soft RLIMIT_NOFILE; the hard limit stays. */
  readonly softFileLimit: number;
}

/** A program to start. */
export interface LaunchSpec extends CommandSpec {
  /** The user to run as; null for the daemon's. */
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  } | null;
  /** stderr shares stdout's pipe. */
  readonly redirectStderr: boolean;
  /** The descriptor that becomes stdin (FastCGI, `tsv run`); null for a pipe. */
  readonly stdinFd: number | null;
  /** More descriptors of the program, and the daemon's that become them. */
  readonly passed?: readonly { readonly target: number; readonly source: number }[];
  /** LISTEN_PID in its environment becomes its pid. */
  readonly listens?: boolean;
  /** stdin, stdout and stderr are a pseudo-terminal, the controlling terminal of the program's session. */
  readonly tty: boolean;
  readonly limits?: Partial<ProgramLimits>;
  /** How the keeper finds and stops it. */
  readonly owner?: ProcessOwner;
}

/** What the keeper knows of a program. */
export interface ProcessOwner {
  readonly key: ProcessKey;
  readonly signal: number;
  readonly toGroup: boolean;
  /** What a stop of it ends. */
  readonly killMode?: KillMode | null;
}

/** What all programs of the daemon share. */
export interface LaunchContext {
  /** The daemon's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** SUPERVISOR_SERVER_URL, computed from the servers; null for none. */
  readonly serverUrl: string | null;
  readonly softFileLimit: number;
  /** The executable for BUILT_IN_COMMANDS that the host lacks: tsv; null if tsv runs from its sources. */
  readonly builtInCommand?: string | null;
  /** The process that inherits the daemon's standard input; null for none. */
  readonly stdinReader?: ProcessKey | null;
}

/** The user to run as, looked up on the host. */
export interface LaunchUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly entry: UserEntry;
}

/**
 * The environment of a program: see `environmentLayers`; later layers win. `environment=` may override even
 * SUPERVISOR_*, as in Supervisor.
 * @param gathered for a start, or for a run
 */
export function programEnvironment(
  program: ProcessConfig,
  group: string,
  context: Pick<LaunchContext, "environment" | "serverUrl">,
  gathered: Gathered,
): Readonly<Record<string, string>> {
  return mergeLayers(environmentLayers(program, group, context, gathered));
}

/** `KEY=value` strings as execve(2) takes them. */
export function environmentStrings(environment: Readonly<Record<string, string>>): string[] {
  const strings: string[] = [];
  for (const key in environment) strings.push(`${key}=${environment[key]}`);
  return strings;
}

/** Facts about a path. `executable`: by the mode bits; `permitted`: for the daemon's user. */
export interface FileFacts {
  readonly kind: "file" | "directory";
  readonly executable: boolean;
  readonly permitted: boolean;
}

interface FoundCommand {
  /** For exec; relative to the program's working directory. */
  readonly file: string;
  readonly argv: readonly string[];
}

export interface CommandProblem {
  readonly kind: "not-found" | "not-executable";
  readonly text: string;
}

/** A file that a command may name. */
export interface Candidate {
  /** Its path from the daemon's directory. */
  readonly path: string;
  /** For exec; relative to the program's working directory. */
  readonly file: string;
  /** In messages. */
  readonly shown: string;
}

/** A command with its candidates: the first that can be executed counts. */
export interface CommandPlan {
  readonly argv: readonly string[];
  readonly candidates: readonly Candidate[];
}

/** Why none of the candidates can be executed. */
export type Unusable = "missing" | "directory" | "not-executable" | "not-permitted";

/** Limit for finding a file, in milliseconds: its disk does not answer. */
export const FIND_LIMIT_MS = 1000;

const DEFAULT_PATH = "/bin:/usr/bin:/usr/local/bin";

/**
 * Splits a command, and lists its candidates.
 * @param environment of the program, for PATH
 * @param builtIn the last candidate for BUILT_IN_COMMANDS; null for none
 */
export function planCommand(
  program: Pick<ProcessConfig, "command" | "directory">,
  environment: Readonly<Record<string, string>>,
  builtIn: string | null,
): Result<CommandPlan, CommandProblem> {
  const words = splitCommand(program.command);
  if (!words.ok) {
    const shown = redactPatterns(program.command);
    const text = `can't parse command ${pyRepr(shown)}: ${words.error}`;
    return err({ kind: "not-executable", text });
  }
  const argv = words.value;
  const name = argv[0];
  if (name === undefined) return err({ kind: "not-executable", text: "command is empty" });
  if (name.includes("/")) {
    const path = fromDaemonDirectory(program.directory, name);
    return ok({ argv, candidates: [{ path, file: name, shown: path }] });
  }
  const candidates = (environment["PATH"] ?? DEFAULT_PATH).split(":").map((directory) => {
    const file = directory === "" ? name : `${directory}/${name}`;
    return { path: fromDaemonDirectory(program.directory, file), file, shown: file };
  });
  if (builtIn !== null && BUILT_IN_COMMANDS.some((each) => each === name)) {
    candidates.push({ path: builtIn, file: builtIn, shown: builtIn });
  }
  return ok({ argv, candidates });
}

/** @param index of the first candidate that exists */
export function commandProblem(
  { argv, candidates }: CommandPlan,
  unusable: Unusable,
  index: number,
): CommandProblem {
  const path = pyRepr(candidates[index]?.shown ?? "");
  switch (unusable) {
    case "missing":
      return { kind: "not-found", text: `can't find command ${pyRepr(argv[0] ?? "")}` };
    case "directory":
      return { kind: "not-executable", text: `command at ${path} is a directory` };
    case "not-executable":
      return { kind: "not-executable", text: `command at ${path} is not executable` };
    case "not-permitted":
      return { kind: "not-executable", text: `no permission to run command ${path}` };
  }
}

/**
 * Finds the file of a command synchronously.
 * @param builtIn as for planCommand
 * @param look facts about a path; null if it does not exist
 */
export function findCommand(
  program: ProcessConfig,
  environment: Readonly<Record<string, string>>,
  builtIn: string | null,
  look: (path: string) => FileFacts | null,
): Result<FoundCommand, CommandProblem> {
  const plan = planCommand(program, environment, builtIn);
  if (!plan.ok) return plan;
  const { argv, candidates } = plan.value;
  let problem: CommandProblem | null = null;
  for (const [index, candidate] of candidates.entries()) {
    const unusable = unusableBecause(look(candidate.path));
    if (unusable === null) return ok({ file: candidate.file, argv });
    if (unusable !== "missing") problem ??= commandProblem(plan.value, unusable, index);
  }
  return err(problem ?? commandProblem(plan.value, "missing", 0));
}

/** A file of the program's working directory, as a path of the daemon. */
function fromDaemonDirectory(directory: string | null, file: string): string {
  if (directory === null || file.startsWith("/")) return file;
  return `${directory.replace(/\/+$/, "")}/${file}`;
}

/** Why a file cannot be executed; null if it can. */
export function unusableBecause(facts: FileFacts | null): Unusable | null {
  if (facts === null) return "missing";
  if (facts.kind === "directory") return "directory";
  if (!facts.executable) return "not-executable";
  return facts.permitted ? null : "not-permitted";
}

/** A process and its configuration. */
interface Configured {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
}

/** The command of a program in the environment of the program. */
export interface PlannedProgram extends CommandPlan {
  readonly environment: Readonly<Record<string, string>>;
}

/** Plans the command of a program. @param gathered for a start, or for a run */
export function planProgram(
  { group, config }: Configured,
  context: LaunchContext,
  gathered: Gathered,
): Result<PlannedProgram, CommandProblem> {
  const environment = programEnvironment(config, group, context, gathered);
  const plan = planCommand(config, environment, context.builtInCommand ?? null);
  return plan.ok ? ok({ ...plan.value, environment }) : plan;
}

/** A command that runs as a program does, with its user, directory and environment: of an `exec:` check, a reload, a hook, or env_command. */
export interface ProgramCommand extends CommandSpec {
  /** The process of the program. */
  readonly key: ProcessKey;
  /** What it is for; a check without it. A process has at most one command of each use at a time. */
  readonly use?: "reload" | "hook" | "alert";
  /** The name of its section. */
  readonly program: string;
  /** The user, looked up for each run; null for the daemon's. */
  readonly uid: number | null;
}

/** Plans a command that runs as a program does. @param more variables that only the command gets */
export function planOwnCommand(
  { key, group, config }: Configured,
  command: string,
  context: LaunchContext,
  gathered: Gathered,
  more: Readonly<Record<string, string>> = {},
): Result<ProgramCommand, CommandProblem> {
  const plan = planProgram({ key, group, config: { ...config, command } }, context, gathered);
  if (!plan.ok) return plan;
  const { environment, ...planned } = plan.value;
  const { directory: cwd, umask, uid } = config;
  const { softFileLimit } = context;
  return ok({
    key,
    program: config.programName,
    ...planned,
    env: environmentStrings({ ...environment, ...more }),
    cwd,
    umask,
    uid,
    softFileLimit,
  });
}
