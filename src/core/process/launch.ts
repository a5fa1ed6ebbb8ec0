// What exec needs to start a program, computed from its configuration (Supervisor, section 4.7).

import type { ProcessKey } from "../base/ids.ts";
import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { ProcessConfig } from "../config/model.ts";
import { splitCommand } from "../config/posix-lexer.ts";
import {
  environmentLayers,
  type Gathered,
  mergeLayers,
  type UserEntry,
} from "../environment/layers.ts";
import { BUILT_IN_COMMANDS } from "../plugins/known.ts";
import { redactPatterns } from "../redact/patterns.ts";

/** A command to execute, as data. Everything that exec needs, nothing that must be looked up later. */
export interface CommandSpec {
  /** The files that the command may mean: see `planCommand`. */
  readonly candidates: readonly Candidate[];
  readonly argv: readonly string[];
  /** `KEY=value` strings. */
  readonly env: readonly string[];
  /** Changed to after dropping rights, so with the target user's; null stays. */
  readonly cwd: string | null;
  readonly umask: number | null;
  /** Soft RLIMIT_NOFILE; the hard limit stays. */
  readonly softFileLimit: number;
}

/** A program to start. */
export interface LaunchSpec extends CommandSpec {
  /** Drop to this user: gid, supplementary groups, then uid. */
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  } | null;
  /** stderr shares stdout's pipe. */
  readonly redirectStderr: boolean;
  /** Descriptor to become the program's stdin instead of a pipe (FastCGI); null for a pipe. */
  readonly stdinFd: number | null;
  /** The program's descriptor, and ours that becomes it, besides those three. */
  readonly passed?: readonly { readonly target: number; readonly source: number }[];
  /** stdin, stdout and stderr are one pseudo-terminal, which controls the session that the program leads. */
  readonly tty: boolean;
  /** Its last starts failed through the host: then it is not to use up what others need to start. */
  readonly isSuspect: boolean;
}

/** What surrounds every program of the daemon. */
export interface LaunchContext {
  /** The daemon's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** SUPERVISOR_SERVER_URL, computed from the servers; null when there is none. */
  readonly serverUrl: string | null;
  readonly softFileLimit: number;
  /** What runs a command of BUILT_IN_COMMANDS that the host does not have: tsv's executable; null from the sources. */
  readonly builtInCommand?: string | null;
}

/** The user to run as, looked up on the host. */
export interface LaunchUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly entry: UserEntry;
}

/**
 * The environment of a program: see `environmentLayers`, of which later ones win. `environment=` may override even SUPERVISOR_*,
 * as in Supervisor.
 * @param gathered for a start of it, or for a run
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

// Which file a command starts: the search of execvp(3), so that the answer can be a clear error before anything is
// executed. Where to look is computed here; looking is done by the child (posix/child.c), because a path may be on a file
// system that does not answer. Texts: Supervisor, section 4.6.

/** What the host says about a path. `executable`: by the mode bits; `permitted`: for the daemon's own user. */
export interface FileFacts {
  readonly kind: "file" | "directory";
  readonly executable: boolean;
  readonly permitted: boolean;
}

interface FoundCommand {
  /** For exec; a relative one is meant from the program's working directory. */
  readonly file: string;
  readonly argv: readonly string[];
}

export interface CommandProblem {
  readonly kind: "not-found" | "not-executable";
  readonly text: string;
}

/** A file that a command may mean. */
export interface Candidate {
  /** Its path from the daemon's directory. */
  readonly look: string;
  /** For exec, which happens in the program's directory: a relative path is meant from there. */
  readonly file: string;
  /** In messages. */
  readonly shown: string;
}

/** A command with the files it may mean: the first that can be executed counts. */
export interface CommandPlan {
  readonly argv: readonly string[];
  readonly candidates: readonly Candidate[];
}

/** Why none of the candidates can be executed. */
export type Unusable = "missing" | "directory" | "not-executable" | "not-permitted";

/** Looking that takes longer, ms, is on a disk that does not answer. */
export const LOOK_LIMIT_MS = 1000;

const DEFAULT_PATH = "/bin:/usr/bin:/usr/local/bin";

/**
 * Splits the command and tells where its file may be.
 * @param environment the program's, for PATH
 * @param builtIn what runs a command of BUILT_IN_COMMANDS that is nowhere else; null for nothing
 */
export function planCommand(
  program: ProcessConfig,
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
    const look = seenFromHere(program.directory, name);
    return ok({ argv, candidates: [{ look, file: name, shown: look }] });
  }
  const candidates = (environment["PATH"] ?? DEFAULT_PATH).split(":").map((directory) => {
    const file = directory === "" ? name : `${directory}/${name}`;
    return { look: seenFromHere(program.directory, file), file, shown: file };
  });
  if (builtIn !== null && BUILT_IN_COMMANDS.some((each) => each === name)) {
    candidates.push({ look: builtIn, file: builtIn, shown: builtIn });
  }
  return ok({ argv, candidates });
}

/** @param index of the first candidate that is there, whose problem it is */
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
 * Finds the file of a command, for those who may wait.
 * @param builtIn as for planCommand
 * @param look facts about a path, or null when there is nothing
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
    const unusable = judge(look(candidate.look));
    if (unusable === null) return ok({ file: candidate.file, argv });
    if (unusable !== "missing") problem ??= commandProblem(plan.value, unusable, index);
  }
  return err(problem ?? commandProblem(plan.value, "missing", 0));
}

/** The path to look at for a file that exec will run from the program's working directory. */
function seenFromHere(directory: string | null, file: string): string {
  if (directory === null || file.startsWith("/")) return file;
  return `${directory.replace(/\/+$/, "")}/${file}`;
}

/** What is wrong with a file; null when it can be executed. */
export function judge(facts: FileFacts | null): Unusable | null {
  if (facts === null) return "missing";
  if (facts.kind === "directory") return "directory";
  if (!facts.executable) return "not-executable";
  return facts.permitted ? null : "not-permitted";
}

// The command of an `exec:` check: it runs as its program does, with the same user, directory and environment.

/** A command to run, perhaps often. */
export interface CheckCommand extends CommandSpec {
  /** Of the process that is checked. */
  readonly key: ProcessKey;
  /** To run as; null for the daemon's own. It is looked up for each run. */
  readonly uid: number | null;
}

/** The program that is checked. */
interface CheckedProgram {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
}

/** Which file a check command may mean, and what it runs with. The error says why it cannot be run. */
export function planCheck(
  { key, group, config }: CheckedProgram,
  command: string,
  context: LaunchContext,
  gathered: Gathered,
): Result<CheckCommand, CommandProblem> {
  const environment = programEnvironment(config, group, context, gathered);
  const plan = planCommand({ ...config, command }, environment, context.builtInCommand ?? null);
  if (!plan.ok) return plan;
  const { directory: cwd, umask, uid } = config;
  const env = environmentStrings(environment);
  const { softFileLimit } = context;
  return ok({ key, ...plan.value, env, cwd, umask, uid, softFileLimit });
}
