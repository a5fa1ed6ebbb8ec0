// The executable of an upgrade: examined, run as a child for the dry run, and passed to the keeper, which executes it when this
// daemon has ended.
//
// sync-ok(accessSync, closeSync, fstatSync, openSync, statSync): /dev/null and
// descriptors; the path of the executable, which was asked before: see the ADR, what is left

import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename } from "node:path";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import {
  DRY_RUN_VERB,
  readDryRun,
  SNAPSHOT_FD,
  SNAPSHOT_ONLY,
} from "../../core/upgrade/dry-run.ts";
import type { Candidate, Successor } from "../../ports/successor.ts";
import { codeOf } from "../error-code.ts";
import { answers } from "../files/answers.ts";
import { O_PATH } from "../files/file-calls.ts";
import { distrust, distrustProgram } from "../files/path-trust.ts";
import { type Keeper, kept } from "../keeper/keeper.ts";
import { exitText, type HelperOutcome, type Helpers } from "../processes/helpers.ts";
import { endProcess } from "../system/signals.ts";
import { imageOf, openExecutable, statExecutable } from "./executable.ts";
import { writeUnnamed } from "./unnamed-file.ts";

interface SuccessorDeps {
  /** Where this process came from. */
  readonly origin: string;
  readonly helpers: Pick<Helpers, "run">;
  /** Keeps the last state of this daemon, for the next one under the same keeper. */
  readonly complete?: (snapshot: string) => void;
  /** How long an executable may take to answer. */
  readonly timeoutMs?: number;
}

/** A Raspberry Pi with a busy card starts tsv in seconds. */
const TIMEOUT_MS = 60_000;

/** The descriptor of the executable: the file that was examined is executed, even if its path names another by then. */
const EXECUTABLE_FD = SNAPSHOT_FD + 1;

/** Successors on this host. */
export function createSuccessor(deps: SuccessorDeps): Successor {
  const { origin, helpers, complete = () => {}, timeoutMs = TIMEOUT_MS } = deps;
  return {
    async look(path) {
      const wanted = path ?? origin;
      if (!(await answers(wanted))) return err(`${wanted}: its file system does not answer`);
      return look(wanted, path !== null);
    },
    self: () => ({ path: origin, isSame: true, mark: null }),
    async dryRun({ path, mark }, snapshot) {
      const opened = openCandidate({ path, mark });
      if (!opened.ok) return opened;
      const file = openFile(path, EXECUTABLE_FD);
      const words = mark === null ? [DRY_RUN_VERB, SNAPSHOT_ONLY] : [DRY_RUN_VERB];
      const outcome = await withUnnamed(snapshot, (fd) =>
        helpers.run({
          ...imageOf(file, "tsv", words),
          env: process.env,
          descriptors: [
            { target: SNAPSHOT_FD, source: fd },
            { target: EXECUTABLE_FD, source: opened.value },
          ],
          timeoutMs,
        }),
      );
      closeSync(opened.value);
      if (!outcome.ok) return outcome;
      return judge(path, outcome.value, timeoutMs);
    },
    holdSignals: () => kept()?.hold(),
    releaseSignals: () => kept()?.ready(),
    replace(candidate, snapshot) {
      const keeper = kept();
      if (keeper !== null) return handOver(keeper, candidate, () => complete(snapshot));
      return "this daemon has no keeper that could start another one";
    },
  };
}

/** Ends this process, and the keeper executes the other one. @returns only if that failed: why */
function handOver(keeper: Keeper, { path, mark }: Candidate, complete: () => void): string {
  const now = mark === null ? null : look(path, false);
  if (now !== null && !now.ok) return now.error;
  const opened = openCandidate({ path, mark });
  if (!opened.ok) return opened.error;
  complete();
  keeper.replace(opened.value);
  keeper.end(0);
  return endProcess(0);
}

function look(path: string, isChosen: boolean): Result<Candidate, string> {
  if (!path.startsWith("/")) return err(`${path} is not an absolute path`);
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
  const own = statExecutable();
  const isSame = own !== null && own.dev === stats.dev && own.ino === stats.ino;
  return ok({ path, isSame, mark: markOf(stats) });
}

function markOf({ dev, ino, size, mtimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs].join(" ");
}

/** The very file that was judged, or the one that this process runs. @returns a descriptor, which the caller closes */
function openCandidate({ path, mark }: Pick<Candidate, "path" | "mark">): Result<number, string> {
  if (mark === null) {
    const own = openExecutable();
    return own === null ? err("cannot open its own executable") : ok(own);
  }
  try {
    const fd = openSync(path, process.platform === "linux" ? O_PATH : constants.O_RDONLY);
    if (markOf(fstatSync(fd)) === mark) return ok(fd);
    closeSync(fd);
    return err(`${path} was replaced during the dry run`);
  } catch (error) {
    return err(`${path} cannot be opened: ${codeOf(error)}`);
  }
}

/** What to execute, so that it is the open file. Where there is no such name for it (macOS), its path. */
function openFile(path: string, fd: number): string {
  return process.platform === "linux" ? `/proc/self/fd/${fd}` : path;
}

/**
 * Permission to control programs is not permission to run any executable with the rights of the daemon: not one's own, and
 * none of the system's that is something else, such as reboot(8).
 */
function distrustChosen(path: string): string | null {
  if (!/^(?:tsv|supervisord)/.test(basename(path))) {
    return `${path} does not look like a tsv executable: its name is not tsv`;
  }
  return distrust(path, process.geteuid?.() ?? 0);
}

/** Others may have put something else where this process came from. A user's own daemon has no more rights than they have. */
function distrustOwn(path: string): string | null {
  return process.geteuid?.() === 0 ? distrustProgram(path, 0) : null;
}

async function withUnnamed<T>(
  snapshot: string,
  use: (fd: number) => Promise<T>,
): Promise<Result<T, string>> {
  try {
    const fd = writeUnnamed(snapshot);
    // The child has its own copy as soon as it is started.
    const used = use(fd);
    closeSync(fd);
    return ok(await used);
  } catch (error) {
    return err(`cannot write the snapshot of its state: ${thrownMessage(error)}`);
  }
}

function judge(
  path: string,
  outcome: HelperOutcome | string,
  timeoutMs: number,
): Result<string, string> {
  if (typeof outcome === "string") return err(`${path} cannot be started: ${outcome}`);
  const { stdout, stderr, death } = outcome;
  if (death === null) return err(`${path} did not answer within ${timeoutMs / 1000} seconds`);
  const answer = readDryRun(stdout);
  if (answer !== null) {
    return answer.problem === null ? ok(answer.tsv) : err(`${path}: ${answer.problem}`);
  }
  return err(`${path} cannot be used for an upgrade: it ${exitText(death, stderr)}`);
}
