// Which file a command starts: the search of execvp(3), done by the daemon so that the answer can be a clear error
// before anything is spawned. Texts: Supervisor, section 4.6.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { splitCommand } from "../config/command-words.ts";
import type { ProcessConfig } from "../config/model.ts";

/** What the host says about a path. `executable`: by the mode bits; `permitted`: for the daemon's own user. */
export interface FileFacts {
  readonly kind: "file" | "directory";
  readonly executable: boolean;
  readonly permitted: boolean;
}

export interface FoundCommand {
  /** For exec; a relative one is meant from the program's working directory. */
  readonly file: string;
  readonly argv: readonly string[];
}

export interface CommandProblem {
  readonly kind: "not-found" | "not-executable";
  readonly text: string;
}

const DEFAULT_PATH = "/bin:/usr/bin:/usr/local/bin";

/**
 * Splits the command and finds its file.
 * @param environment the program's, for PATH
 * @param look facts about a path, or null when there is nothing
 */
export function findCommand(
  program: ProcessConfig,
  environment: Readonly<Record<string, string>>,
  look: (path: string) => FileFacts | null,
): Result<FoundCommand, CommandProblem> {
  const words = splitCommand(program.command);
  if (!words.ok) {
    const text = `can't parse command ${pyRepr(program.command)}: ${words.error}`;
    return err({ kind: "not-executable", text });
  }
  const argv = words.value;
  const name = argv[0];
  if (name === undefined) return err({ kind: "not-executable", text: "command is empty" });
  if (name.includes("/")) {
    const path = seenFromHere(program.directory, name);
    const facts = look(path);
    if (facts === null) return err(notFound(name));
    const problem = unusable(path, facts);
    return problem === null ? ok({ file: name, argv }) : err(problem);
  }
  const path = environment["PATH"] ?? DEFAULT_PATH;
  const found = search(name, path, (file) => look(seenFromHere(program.directory, file)));
  return found.ok ? ok({ file: found.value, argv }) : found;
}

/**
 * The path to look at for a file that exec will run from the program's working directory.
 * exec itself gets the file as written, because it happens in that directory already.
 */
function seenFromHere(directory: string | null, file: string): string {
  if (directory === null || file.startsWith("/")) return file;
  return `${directory.replace(/\/+$/, "")}/${file}`;
}

function search(
  name: string,
  path: string,
  look: (file: string) => FileFacts | null,
): Result<string, CommandProblem> {
  let problem: CommandProblem | null = null;
  for (const directory of path.split(":")) {
    const file = directory === "" ? name : `${directory}/${name}`;
    const facts = look(file);
    if (facts === null) continue;
    const why = unusable(file, facts);
    if (why === null) return ok(file);
    problem ??= why;
  }
  return err(problem ?? notFound(name));
}

function notFound(name: string): CommandProblem {
  return { kind: "not-found", text: `can't find command ${pyRepr(name)}` };
}

function unusable(path: string, facts: FileFacts): CommandProblem | null {
  const problem = (text: string): CommandProblem => ({ kind: "not-executable", text });
  if (facts.kind === "directory") return problem(`command at ${pyRepr(path)} is a directory`);
  if (!facts.executable) return problem(`command at ${pyRepr(path)} is not executable`);
  if (!facts.permitted) return problem(`no permission to run command ${pyRepr(path)}`);
  return null;
}
