// Which file a command starts: the search of execvp(3), so that the answer can be a clear error before anything is
// executed. Where to look is computed here; looking is done by the child (posix/child.c), because a path may be on a file
// system that does not answer. Texts: Supervisor, section 4.6.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { ProcessConfig } from "../config/model.ts";
import { splitCommand } from "../config/posix-lexer.ts";
import { BUILT_IN_COMMANDS } from "../plugins/known.ts";
import { redactPatterns } from "../redact/patterns.ts";

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
