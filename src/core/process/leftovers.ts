// Which processes belong to a program that has exited: its descendants. A process whose parent exits becomes a child of the
// keeper, so parents alone do not tell. What tells, of a process below the keeper:
//
// - its process group or its session is that of the program, which led both or the group;
// - it was seen below the program before the stop;
// - it has the mark of the program in its environment, which it gets at the start and children inherit;
// - its parent belongs to the program.
//
// A process without any of these stays: one that has left the session and cleared its environment after its parents had exited.

import type { ProcessKey } from "../base/ids.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { ProcessStat } from "../usage/program-usage.ts";

/** Whether the program is down only when all its descendants are. */
export function endsLeftovers({ killMode }: Pick<ProcessConfig, "killMode">): boolean {
  return killMode === "tree" || killMode === "cgroup";
}

/** So long, processes that were sent SIGKILL are looked for and killed again, in milliseconds. */
export const LEFT_LIMIT_MS = 5000;

/** The name of the variable with the mark. */
const MARK = "TSV_MARK";

/**
 * The variable that marks descendants of a program.
 * @param keeper the process that stands for the daemon; its start, in clock ticks, tells it from one in another pid namespace
 */
export function markOf(keeper: Pick<ProcessStat, "pid" | "startTicks">, key: ProcessKey): string {
  return `${MARK}=${keeper.pid}.${keeper.startTicks}:${key}`;
}

/** Whether a variable is a mark. */
export function isMark(variable: string): boolean {
  return variable.startsWith(`${MARK}=`);
}

/** The mark in an environment as /proc/PID/environ has it; empty for none. */
export function markIn(environment: string): string {
  const at = `\0${environment}`.indexOf(`\0${MARK}=`);
  return at < 0 ? "" : (environment.slice(at).split("\0", 1)[0] ?? "");
}

/** Names a process for ever: its number may be another's when it has exited. */
export function identityOf({ pid, startTicks }: Pick<ProcessStat, "pid" | "startTicks">): string {
  return `${pid}/${startTicks}`;
}

/** A program that has exited. */
export interface Exited {
  /** That of its main process. */
  readonly pid: number;
  readonly mark: string;
  /** Identities of processes that were seen below it. */
  readonly seen: ReadonlySet<string>;
}

/** `own`: of the program. `below`: of no program that is known, below the root. `other`: of another program, or of none of ours. */
type Verdict = "own" | "below" | "other";

/** The processes of a host at one time. */
export class ProcessTree {
  readonly #byPid: ReadonlyMap<number, ProcessStat>;
  readonly #root: number;
  readonly #isMain: (pid: number) => boolean;

  /**
   * @param root the process that stands for the daemon: all programs and all orphans are below it
   * @param isMain whether a process is the main one of a program, or the daemon
   */
  constructor(processes: readonly ProcessStat[], root: number, isMain: (pid: number) => boolean) {
    this.#byPid = new Map(processes.map((each) => [each.pid, each]));
    this.#root = root;
    this.#isMain = isMain;
  }

  /** The living processes below the root that descend from no main process: only these can be left by one. */
  orphans(): readonly ProcessStat[] {
    return this.#living(
      () => false,
      (verdict) => verdict === "below",
    );
  }

  /** The living processes that a program has left. @param markOf the mark of a process; empty for none */
  leftBy(program: Exited, markOf: (process: ProcessStat) => string): readonly ProcessStat[] {
    // The kernel gives no process the number of a group: if one has it, the group is another's too.
    const main = this.#byPid.get(program.pid);
    const isReused = main !== undefined && main.isDead !== true;
    const isOwn = (process: ProcessStat): boolean =>
      (!isReused && (process.group === program.pid || process.session === program.pid)) ||
      program.seen.has(identityOf(process)) ||
      markOf(process) === program.mark;
    return this.#living(isOwn, (verdict) => verdict === "own");
  }

  /** The living members of a process group. */
  group(id: number): readonly ProcessStat[] {
    return [...this.#byPid.values()].filter(({ group, isDead }) => group === id && isDead !== true);
  }

  #living(
    isOwn: (process: ProcessStat) => boolean,
    isWanted: (verdict: Verdict) => boolean,
  ): readonly ProcessStat[] {
    const known = new Map<number, Verdict>();
    return [...this.#byPid.values()].filter(
      (process) => isWanted(this.#judge(process, isOwn, known)) && process.isDead !== true,
    );
  }

  /** Parents are examined first. */
  #judge(
    process: ProcessStat,
    isOwn: (process: ProcessStat) => boolean,
    known: Map<number, Verdict>,
  ): Verdict {
    if (process.pid === this.#root) return "other";
    const line = new Set<ProcessStat>();
    let at: ProcessStat | undefined = process;
    // A parent that ended during the reading may make the line a ring.
    while (at !== undefined && at.pid !== this.#root && !known.has(at.pid) && !line.has(at)) {
      line.add(at);
      at = this.#byPid.get(at.parent);
    }
    let verdict: Verdict = known.get(at?.pid ?? 0) ?? (at?.pid === this.#root ? "below" : "other");
    for (const each of [...line].reverse()) {
      if (this.#isMain(each.pid)) verdict = "other";
      else if (verdict === "below" && isOwn(each)) verdict = "own";
      known.set(each.pid, verdict);
    }
    return verdict;
  }
}
