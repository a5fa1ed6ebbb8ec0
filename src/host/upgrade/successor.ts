// The executable that is to take this process's place: looked at, tried out as a child, and become by execve(2).

import { accessSync, closeSync, constants, openSync, type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { thrownMessage } from "../../core/base/thrown.ts";
import { REHEARSE_FD, REHEARSE_VERB, readRehearsal } from "../../core/handover/rehearsal.ts";
import type { Candidate, Successor } from "../../ports/successor.ts";
import { IS_STANDALONE } from "../../version.ts";
import { codeOf } from "../error-code.ts";
import { distrust, distrustProgram } from "../files/path-trust.ts";
import { posix } from "../posix.ts";
import type { HelperOutcome, Helpers } from "../processes/helpers.ts";
import { ownCommand } from "../system/own-command.ts";
import { execute } from "./carry.ts";
import { writeDocument } from "./document-file.ts";
import { openExecutable, statExecutable } from "./executable.ts";

export interface SuccessorDeps {
  /** Where this process came from. */
  readonly origin: string;
  readonly helpers: Pick<Helpers, "run">;
  /** How long an executable may take to answer. */
  readonly timeoutMs?: number;
}

/** A Raspberry Pi with a busy card starts tsv in seconds. */
const TIMEOUT_MS = 60_000;

/** Successors on this host. */
export function createSuccessor(deps: SuccessorDeps): Successor {
  const { origin, helpers, timeoutMs = TIMEOUT_MS } = deps;
  return {
    look: (path) => look(path ?? origin, path !== null),
    async rehearse({ path }, document) {
      const outcome = await withDocument(document, (fd) => {
        const nothing = openSync("/dev/null", "r");
        const task = helpers.run({
          ...commandOf(path, "tsv", [REHEARSE_VERB]),
          env: Object.entries(process.env).map(([name, value]) => `${name}=${value}`),
          cwd: "/",
          descriptors: [
            { target: 0, source: nothing },
            { target: REHEARSE_FD, source: fd },
          ],
          timeoutMs,
        });
        closeSync(nothing);
        return task;
      });
      return outcome.ok ? judge(path, outcome.value, timeoutMs) : outcome;
    },
    holdSignals: () => void posix().holdSignals(1),
    releaseSignals: () => void posix().holdSignals(0),
    replace(candidate, document, descriptors) {
      const { path } = candidate;
      const now = look(path, false);
      if (!now.ok) return now.error;
      if (now.value.mark !== candidate.mark) return `${path} was replaced while it was tried out`;
      const { argv } = ownCommand();
      const command = commandOf(path, argv[0] ?? "tsv", process.argv.slice(2));
      return become(command, document, descriptors);
    },
  };
}

function look(path: string, isChosen: boolean): Result<Candidate, string> {
  if (!path.startsWith("/")) return err(`${path} is no absolute path`);
  let stats: Stats;
  try {
    stats = statSync(path);
    if (!stats.isFile()) return err(`${path} is not a file`);
    accessSync(path, constants.X_OK);
  } catch (error) {
    const errno = codeOf(error);
    if (errno === "ENOENT") return err(`${path} does not exist`);
    return err(`${path} cannot be executed: ${errno}`);
  }
  const problem = isChosen ? distrustChosen(path) : distrustOwn(path);
  if (problem !== null) return err(problem);
  const { dev, ino, size, mtimeMs } = stats;
  const own = statExecutable();
  const isSame = own !== null && own.dev === dev && own.ino === ino;
  return ok({ path, isSame, mark: [dev, ino, size, mtimeMs].join(" ") });
}

/**
 * Whoever may control programs may not therefore run any executable with the rights of the daemon: not one of their own, and
 * none of the system's that is something else, such as reboot(8).
 */
function distrustChosen(path: string): string | null {
  if (!/^(?:tsv|supervisord)/.test(basename(path))) {
    return `${path} is not called tsv: nothing but another tsv is tried out`;
  }
  return distrust(path, process.geteuid?.() ?? 0);
}

/** Others may have put something else where this process came from. A user's own daemon has no more rights than they have. */
function distrustOwn(path: string): string | null {
  return process.geteuid?.() === 0 ? distrustProgram(path, 0) : null;
}

/** Run from the sources, tsv is a script of the same Node. */
function commandOf(path: string, name: string, words: readonly string[]) {
  if (IS_STANDALONE) return { file: path, argv: [name, ...words] };
  return { file: path, argv: [path, ...process.execArgv, process.argv[1] ?? "", ...words] };
}

async function withDocument<T>(
  document: string,
  use: (fd: number) => Promise<T>,
): Promise<Result<T, string>> {
  try {
    const fd = writeDocument({ document, descriptors: [] });
    // The child has its own copy as soon as it is started.
    const used = use(fd);
    closeSync(fd);
    return ok(await used);
  } catch (error) {
    return err(`its state cannot be written down: ${thrownMessage(error)}`);
  }
}

function judge(
  path: string,
  outcome: HelperOutcome | string,
  timeoutMs: number,
): Result<string, string> {
  if (typeof outcome === "string") return err(`${path} cannot be started: ${outcome}`);
  const { stdout, stderr, death } = outcome;
  if (death === null) return err(`${path} gave no answer within ${timeoutMs / 1000} seconds`);
  const answer = readRehearsal(stdout);
  if (answer !== null) {
    return answer.problem === null ? ok(answer.tsv) : err(`${path}: ${answer.problem}`);
  }
  const how = death.signal === null ? `status ${death.exitCode}` : `signal ${death.signal}`;
  const [line = ""] = stderr.trim().split("\n");
  const said = line === "" ? "" : ` and said: ${line.slice(0, 200)}`;
  return err(`${path} is no tsv that can take over: it ended with ${how}${said}`);
}

function become(
  { file, argv }: { readonly file: string; readonly argv: readonly string[] },
  document: string,
  descriptors: readonly number[],
): string {
  const opened: number[] = [];
  try {
    const documentFd = writeDocument({ document, descriptors });
    opened.push(documentFd);
    const executableFd = openExecutable();
    if (executableFd !== null) opened.push(executableFd);
    return execute(file, argv, { documentFd, executableFd }, descriptors);
  } catch (error) {
    return `its state cannot be handed over: ${thrownMessage(error)}`;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
