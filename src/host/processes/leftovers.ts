// Finds and kills the processes that programs have left: see core/process/leftovers.ts. All programs that end at the same time
// share each look at the processes of the host, which takes short turns of the main thread. A process is killed through a pidfd,
// after its start time has confirmed that it is the one that was found.
//
// sync-ok(readdirSync): procfs is memory

import { readdirSync } from "node:fs";
import type { ProcessKey } from "../../core/base/ids.ts";
import {
  identityOf,
  LEFT_LIMIT_MS,
  markIn,
  markOf,
  ProcessTree,
} from "../../core/process/leftovers.ts";
import type { LeftProcesses } from "../../core/process/model.ts";
import { SIGKILL } from "../../core/process/signals.ts";
import { type ProcessStat, parseProcessStat } from "../../core/usage/program-usage.ts";
import type { LeavingProgram, Leftovers } from "../../ports/leftovers.ts";
import type { HeldProcess, UnrelatedProcesses } from "../../ports/orphans.ts";
import type { ProcessStats } from "../../ports/process-stats.ts";
import { quietly } from "../error-code.ts";
import { withinLimit } from "../files/answers.ts";
import { closeFile, LANES, openForReading, readFile } from "../files/file-calls.ts";
import { daemonPid, kept } from "../keeper/keeper.ts";
import { posix } from "../posix.ts";
import { readProc } from "../procfs.ts";
import { monotonic } from "../time/clock.ts";
import { startPause } from "../time/pause.ts";
import { cgroupProblem, cgroupsOf, killCgroup, pidsIn, removeCgroups } from "./cgroups.ts";

/** For the exit of some of them, until the next look. */
const EXIT_MS = 1000;
/** Until the next look at those that may finish. */
const LONG_MS = 60_000;
/** Until the next look, where one was not whole. */
const AGAIN_MS = 20;
/** After so many looks at processes that cannot be held (no pidfd before Linux 5.3), none is awaited. */
const MOST_UNHELD = 3;
const NEVER = new AbortController().signal;
/** Processes whose exit is awaited at the same time, of one program. */
const MOST_HELD = 64;
/** Reads of procfs for the descendants of one process. */
const MOST_READS = 256;
/** The same for all that are remembered in one turn of the main thread: ten milliseconds or so. */
const MOST_READS_OF_TURN = 1024;
/** Descendants of one process that are remembered, over several signals. */
const MOST_SEEN = 1024;
/** For the environment of one process. */
const ENVIRONMENT_MS = 500;
/** Until the next try to read that of a process that is executing another program. */
const EXECUTING_MS = 2;
const ENVIRONMENT_BYTES = 64 * 1024;
/** Beyond so many bytes, no mark is looked for. */
const LONGEST_ENVIRONMENT = 1024 * 1024;
/** Threads for environments, beside those of measurements: reading one waits while the memory of its process is locked. */
const LANE_NUMBERS = [64, 65, 66, 67] as const;

interface Job extends LeavingProgram {
  readonly seen: ReadonlySet<string>;
  /** Aborted by `killLeft`. */
  readonly finish: AbortController;
}

interface Look {
  readonly tree: ProcessTree;
  readonly marks: ReadonlyMap<number, string>;
  /** Each environment was read in time. */
  readonly isWhole: boolean;
}

/** A process that was found, and is the same still. */
interface Held {
  readonly stat: ProcessStat;
  readonly process: HeldProcess;
}

/** What a cgroup contains needs no other sign. */
const CGROUP = { tree: null, isWhole: true } as const;

interface LeftoversDeps {
  readonly stats: ProcessStats;
  readonly unrelated: UnrelatedProcesses;
}

export function createLeftovers(deps: LeftoversDeps): Leftovers {
  return new HostLeftovers(deps);
}

class HostLeftovers implements Leftovers {
  readonly #deps: LeftoversDeps;
  readonly #jobs = new Map<ProcessKey, Job>();
  readonly #seen = new Map<ProcessKey, Set<string>>();
  #readsLeft = MOST_READS_OF_TURN;
  /** Main processes for which no reads were left, until the sample that is shared by them. */
  #late = new Map<ProcessKey, number>();
  #isMain: (pid: number) => boolean = () => false;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<Look> | null = null;

  constructor(deps: LeftoversDeps) {
    this.#deps = deps;
  }

  remember(key: ProcessKey, pid: number): void {
    // It may have been started without a mark.
    adoptOrphans();
    const seen = this.#seen.get(key) ?? new Set();
    this.#seen.set(key, seen);
    if (seen.size >= MOST_SEEN) return;
    if (this.#readsLeft <= 0) {
      this.#late.set(key, pid);
      return;
    }
    if (this.#readsLeft === MOST_READS_OF_TURN) setImmediate(() => void this.#endTurn());
    const { found, reads } = descendantsOf(pid);
    this.#readsLeft -= reads;
    for (const each of found) seen.add(each);
  }

  /** Most processes take longer to exit than the sample: what it shows below them was there before their signal. */
  async #endTurn(): Promise<void> {
    this.#readsLeft = MOST_READS_OF_TURN;
    const late = this.#late;
    this.#late = new Map();
    if (late.size === 0) return;
    const sample = await this.#deps.stats.sample();
    const below = new Map<number, ProcessStat[]>();
    for (const each of sample?.processes ?? []) {
      const siblings = below.get(each.parent);
      if (siblings === undefined) below.set(each.parent, [each]);
      else siblings.push(each);
    }
    for (const [key, main] of late) {
      const found = [...(below.get(main) ?? [])];
      for (const { pid } of found) {
        if (found.length < MOST_READS) found.push(...(below.get(pid) ?? []));
      }
      for (const each of found) this.#seen.get(key)?.add(identityOf(each));
    }
  }

  endLeft(program: LeavingProgram, done: (left: LeftProcesses) => void): void {
    const { key, isMain } = program;
    const seen = this.#seen.get(key) ?? new Set<string>();
    const job = { ...program, seen, finish: new AbortController() };
    this.#isMain = isMain;
    this.#jobs.set(key, job);
    void this.#end(job)
      .catch((): LeftProcesses => ({ ended: 0, running: 0 }))
      .then((left) => {
        if (this.#jobs.get(key) === job) {
          this.#jobs.delete(key);
          this.#seen.delete(key);
          inCgroups.delete(key);
        }
        done(left);
      });
  }

  killLeft(key: ProcessKey): void {
    this.#jobs.get(key)?.finish.abort();
  }

  cgroupProblem(): string | null {
    return cgroupProblem();
  }

  async #end(job: Job): Promise<LeftProcesses> {
    const killed = new Set<string>();
    let until: number | null = null;
    let unheld = 0;
    for (;;) {
      const { left, cgroup, tree, isWhole } = await this.#find(job);
      const mayFinish = job.mayFinish && !job.finish.signal.aborted;
      const finishing = mayFinish ? left.filter(({ group }) => group === job.pid) : [];
      if (finishing.length > 0) {
        const held = this.#hold(finishing.slice(0, MOST_HELD));
        if (held.length === 0 && ++unheld > MOST_UNHELD) job.finish.abort();
        await this.#exits(held, LONG_MS, job.finish.signal);
        continue;
      }
      until ??= monotonic() + LEFT_LIMIT_MS;
      const isNone = left.length === 0 && isWhole;
      if (isNone || monotonic() > until || unheld > 2 * MOST_UNHELD) {
        removeCgroups(cgroupsOf(job.key));
        for (const process of left) killed.delete(identityOf(process));
        return { ended: killed.size, running: left.length };
      }
      if (left.length === 0) await startPause(AGAIN_MS).over;
      else if (!(await this.#kill(left, { cgroup, tree }, killed))) unheld += 1;
    }
  }

  /** What a program has left. `cgroup`: the one that contains all of it; null if the tree tells. */
  async #find({ key, pid, killMode, seen }: Job): Promise<{
    readonly left: readonly ProcessStat[];
    readonly cgroup: string | null;
    readonly tree: ProcessTree | null;
    /** There is no other, as far as it can be known. */
    readonly isWhole: boolean;
  }> {
    const cgroups = killMode === "cgroup" ? cgroupsOf(key) : [];
    const cgroup = cgroups.at(-1) ?? null;
    if (cgroup !== null) {
      const left = cgroups.flatMap(pidsIn).flatMap((member) => statOf(member) ?? []);
      return { ...CGROUP, left: left.filter(({ isDead }) => isDead !== true), cgroup };
    }
    // It was removed when it was empty.
    if (inCgroups.has(key)) return { ...CGROUP, left: [], cgroup };
    const { tree, marks, isWhole } = await this.#look();
    const mark = ownMark(key);
    const left = tree.leftBy({ pid, mark, seen }, (process) => marks.get(process.pid) ?? "");
    return { left, cgroup, tree, isWhole };
  }

  /** A look that begins after the call. */
  #look(): Promise<Look> {
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      const look = this.#sample();
      this.#current = look.catch(() => {});
      return look;
    });
    return this.#next;
  }

  async #sample(): Promise<Look> {
    const sample = await this.#deps.stats.sample();
    const isMain = (pid: number): boolean => pid === process.pid || this.#isMain(pid);
    const tree = new ProcessTree(sample?.processes ?? [], daemonPid(), isMain);
    const marks = new Map<number, string>();
    let isWhole = sample !== null;
    for (const { pid } of tree.orphans()) {
      const environment = await environmentOf(pid);
      if (environment === null) isWhole = false;
      else marks.set(pid, utf8(markIn(environment)));
    }
    return { tree, marks, isWhole };
  }

  /** @returns whether there was any to wait for */
  async #kill(
    left: readonly ProcessStat[],
    { cgroup, tree }: { readonly cgroup: string | null; readonly tree: ProcessTree | null },
    killed: Set<string>,
  ): Promise<boolean> {
    // Held before any is killed, so that a group still has its number.
    const held = this.#hold(left.slice(0, MOST_HELD));
    if (cgroup !== null && killCgroup(cgroup)) {
      for (const each of left) killed.add(identityOf(each));
    } else {
      const known = new Set(left.map(({ pid }) => pid));
      for (const { stat } of held) {
        // The kernel kills a group as a whole, also while it grows. It is not killed if it has a member of other programs.
        const isOwn = tree?.group(stat.group).every(({ pid }) => known.has(pid)) === true;
        if (isOwn && statOf(stat.pid)?.group === stat.group) posix().kill(stat.group, SIGKILL, 1);
      }
      const others = left.slice(MOST_HELD).flatMap((each) => this.#hold([each]));
      for (const { stat, process } of [...held, ...others]) {
        const failure = process.signal(SIGKILL, "process");
        if (failure === null || failure === "ESRCH") killed.add(identityOf(stat));
      }
      for (const { process } of others) process.release();
    }
    await this.#exits(held, EXIT_MS, NEVER);
    return held.length > 0;
  }

  /** Holds those that exist. */
  #hold(processes: readonly ProcessStat[]): readonly Held[] {
    return processes.flatMap((stat) => {
      const process = this.#deps.unrelated.hold(stat.pid);
      if (typeof process === "string") return [];
      if (statOf(stat.pid)?.startTicks === stat.startTicks) return [{ stat, process }];
      process.release();
      return [];
    });
  }

  /** Waits until all have exited, and releases them. */
  async #exits(held: readonly Held[], limitMs: number, abort: AbortSignal): Promise<void> {
    await Promise.all(held.map(({ process }) => process.exited(limitMs, abort)));
    for (const { process } of held) process.release();
  }
}

function statOf(pid: number): ProcessStat | null {
  return pid <= 0 ? null : parseProcessStat(readProc(`${pid}/stat`));
}

/** The identities of the descendants of a process, as many as can be read at once, and how many reads that took. */
function descendantsOf(main: number): {
  readonly found: ReadonlySet<string>;
  readonly reads: number;
} {
  const found = new Set<string>();
  const parents = [main];
  let reads = 0;
  for (const parent of parents) {
    for (const thread of threadsOf(parent)) {
      for (const pid of readProc(`${parent}/task/${thread}/children`).trim().split(" ")) {
        if (pid === "" || reads >= MOST_READS) continue;
        const stat = statOf(Number(pid));
        reads += 1;
        if (stat === null || stat.parent !== parent) continue;
        found.add(identityOf(stat));
        parents.push(stat.pid);
      }
      reads += 1;
      if (reads >= MOST_READS) return { found, reads };
    }
  }
  return { found, reads };
}

function threadsOf(pid: number): readonly string[] {
  return quietly(() => readdirSync(`/proc/${pid}/task`), []);
}

let keeper: Pick<ProcessStat, "pid" | "startTicks"> | null = null;

/** The mark of the program of a process. */
function ownMark(key: ProcessKey): string {
  const pid = daemonPid();
  keeper ??= { pid, startTicks: statOf(pid)?.startTicks ?? 0 };
  return markOf(keeper, key);
}

/** The variable of a program whose descendants only its mark may tell. */
export function markedWith(key: ProcessKey): string {
  adoptOrphans();
  return ownMark(key);
}

let adopts = false;

/** From now on, processes whose parents exit stay below the process that stands for the daemon. */
function adoptOrphans(): void {
  if (adopts) return;
  adopts = true;
  const keeper = kept();
  if (keeper === null) posix().becomeSubreaper();
  else keeper.adoptOrphans();
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Programs that run in a cgroup of their own by kill_mode. */
const inCgroups = new Set<ProcessKey>();

/** A program is started in its cgroup, which contains all that it will leave. */
export function noteCgroup(key: ProcessKey): void {
  inCgroups.add(key);
}

/** The process that each thread reads. */
const readers = new Map<number, number>();

/**
 * The environment of a process; each byte is a character. Empty for a process that has exited, that is another user's, or that an
 * earlier call could not read and still waits for: it delays only one look.
 * @returns null if it could not be read in time
 */
async function environmentOf(pid: number): Promise<string | null> {
  const until = monotonic() + ENVIRONMENT_MS;
  for (;;) {
    if ([...readers.values()].includes(pid)) return "";
    const lane = LANE_NUMBERS.find((number) => !readers.has(number));
    if (lane === undefined) return null;
    readers.set(lane, pid);
    const reading = readEnvironment(pid, LANES.ofMemory(lane));
    void reading.finally(() => readers.delete(lane));
    const environment = await withinLimit(reading, Math.max(1, until - monotonic()));
    if (environment !== "" || !isExecuting(pid)) return environment;
    if (monotonic() > until) return null;
    await startPause(EXECUTING_MS).over;
  }
}

/**
 * Whether nothing can be read from a process that is no sign of an empty environment: execve(2) gives a process new memory first, and
 * its environment later (proc_pid_stat(5): `env_end` is 0 until then; `startcode` is 1 where neither is shown).
 */
function isExecuting(pid: number): boolean {
  const line = readProc(`${pid}/stat`);
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [start, from, to] = [26, 50, 51].map((number) => fields[number - 3]);
  if (to === undefined || start === "1" || parseProcessStat(line)?.isDead === true) return false;
  return to === "0" || from !== to;
}

async function readEnvironment(pid: number, lane: number): Promise<string> {
  const opened = await openForReading(`/proc/${pid}/environ`, 0, lane);
  if (!opened.ok) return "";
  const { fd } = opened.value;
  const parts: string[] = [];
  const buffer = Buffer.alloc(ENVIRONMENT_BYTES);
  while (parts.length * ENVIRONMENT_BYTES < LONGEST_ENVIRONMENT) {
    const got = await readFile(fd, buffer, null, lane);
    if (!got.ok || got.value === 0) break;
    parts.push(buffer.toString("latin1", 0, got.value));
  }
  await closeFile(fd, lane);
  return parts.join("");
}
