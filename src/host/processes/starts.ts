// Starts in progress: children that have not reported yet whether they execute. Each is known by its pid, so that its death
// is reported only after the verdict, and not at all for children that never executed.

import type { Claim } from "../../core/base/places.ts";
import { FIND_LIMIT_MS } from "../../core/process/launch.ts";
import type { LimitCounts } from "../../core/process/reached-limits.ts";
import type { SpawnStage } from "../../core/process/spawn-errors.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { FindFailure, PendingSpawn, Spawner } from "../../ports/spawner.ts";
import { programTable } from "../keeper/program-table.ts";
import { errnoName, posix } from "../posix.ts";
import { LimitedTask } from "../time/limited-task.ts";
import { Admissions } from "./admission.ts";
import { leaveCgroup } from "./cgroups.ts";
import {
  abandonStart,
  type BegunStart,
  beginStart,
  closePipes,
  START,
  type StartRequest,
  type StartResult,
  verdictOf,
  withdrawEntry,
} from "./start-process.ts";

const SIGKILL = 9;
/** Starts of programs in progress, including those that hang in the kernel. Each may hold a megabyte of variables. */
const MOST_STARTS = 32;
/** Both ends of three pipes and of that for the verdict; a terminal takes no more. */
const START_DESCRIPTORS = 8;

type Settled = (result: StartResult) => void;

interface Pending {
  readonly begun: BegunStart;
  readonly leave: () => void;
  /** Nothing is executed. */
  readonly isLook: boolean;
  /** In the keeper's memory, if it is the keeper's child. */
  readonly entry: number | undefined;
  readonly settled: Settled;
  readonly gone: () => void;
}

export class Starts {
  /** Of programs. */
  readonly admissions = new Admissions(MOST_STARTS);
  readonly #pipes: Pipes;
  /** In the order in which they were begun. */
  readonly #pending = new Map<number, Pending>();
  /** Children that never executed, until they are reaped. */
  readonly #dropped = new Map<number, () => void>();

  /** Children whose groups end with them. */
  readonly #leaders = new Set<number>();

  readonly #free: () => boolean;

  /** @param free see `createSpawner` */
  constructor(pipes: Pipes, free: () => boolean = () => false) {
    this.#pipes = pipes;
    this.#free = free;
  }

  /** Frees descriptors until a start has enough. @returns "had" if they were free already, "short" if not even that helped */
  freeDescriptors(): "had" | "freed" | "short" {
    const probes: number[] = [];
    let outcome: "had" | "freed" | "short" = "had";
    while (probes.length < START_DESCRIPTORS && outcome !== "short") {
      const fd = posix().duplicate(0);
      if (fd >= 0) probes.push(fd);
      else outcome = errnoName(fd) === "EMFILE" && this.#free() ? "freed" : "short";
    }
    for (const fd of probes) posix().close(fd);
    return outcome;
  }

  /**
   * Begins one.
   * @param settled called once, unless it is abandoned; a failure to begin is reported before this returns
   * @param gone called once for a child that never executes, when it is reaped, also if it was abandoned; and after a failure
   *   to begin
   */
  begin(request: StartRequest, settled: Settled, gone: () => void = () => {}): PendingSpawn {
    const { leave = () => {}, entry } = request;
    let result = beginStart(request);
    if (!result.ok && result.error.errno === "EMFILE" && this.freeDescriptors() === "freed") {
      result = beginStart(request);
    }
    if (!result.ok) {
      if (entry !== undefined) withdrawEntry(entry);
      leave();
      settled(result);
      gone();
      return { abandon: () => result.error.stage };
    }
    const begun = result.value;
    if (request.endsGroup === true) this.#leaders.add(begun.pid);
    const isLook = (request.flags & START.lookOnly) !== 0;
    if (entry !== undefined) programTable()?.born(entry, begun.pid);
    this.#pending.set(begun.pid, { begun, leave, isLook, entry, settled, gone });
    const readable = (): void => void this.#look(begun.pid);
    this.#pipes.watch(begun.report, "read", { readable, isUrgent: true });
    return { abandon: () => this.#abandon(begun) };
  }

  /** As `Spawner.find`. */
  find(
    { candidates: file, directory = null, files = [] }: Parameters<Spawner["find"]>[0],
    claim: Claim,
    done: (failure: FindFailure | null) => void,
    limitMs = FIND_LIMIT_MS,
  ): void {
    let start: PendingSpawn | null = null;
    const late = (): FindFailure => ({
      stage: start?.abandon() ?? admission.awaits ?? "find",
      errno: "ETIMEDOUT",
    });
    const task = new LimitedTask<FindFailure | null>(limitMs, done, late);
    const paths = { directory, files, search: file.map(({ path }) => path) };
    const admission = this.admissions.admit(paths, claim, (leave) => {
      const request = { file, argv: [], env: [], flags: START.lookOnly, leave };
      start = this.begin(request, (result) => task.settle(result.ok ? null : result.error));
    });
    task.hold(() => admission.cancel());
  }

  /** Reports known outcomes. */
  settle(): void {
    for (const pid of [...this.#pending.keys()]) this.#look(pid);
  }

  /** The child is dead and not reaped. @returns the limits of its cgroup that were reached */
  dying(pid: number): LimitCounts {
    const reached = leaveCgroup(pid);
    if (this.#leaders.delete(pid)) posix().kill(pid, SIGKILL, 1);
    return reached;
  }

  /** The child is dead and reaped. @returns whether it had executed, and so is to be reported */
  died(pid: number): boolean {
    const pending = this.#pending.get(pid);
    if (pending !== undefined && !this.#look(pid)) {
      // It has reported no failure; another child still keeps its pipe open.
      abandonStart(pending.begun, false);
      this.#executes(pending);
    }
    const gone = this.#dropped.get(pid);
    this.#dropped.delete(pid);
    if (gone === undefined) return true;
    programTable()?.clear(pid);
    gone();
    return false;
  }

  /** @returns whether there was a verdict */
  #look(pid: number): boolean {
    const pending = this.#pending.get(pid);
    if (pending === undefined) return false;
    const { begun, settled } = pending;
    const verdict = verdictOf(begun);
    if (verdict === "pending") return false;
    if (verdict === null) this.#executes(pending);
    else {
      this.#drop(pending);
      settled({ ok: false, error: verdict });
    }
    return true;
  }

  #executes(pending: Pending): void {
    const { begun, leave, isLook, settled } = pending;
    if (isLook) this.#drop(pending);
    else {
      this.#forget(begun);
      leave();
    }
    settled({ ok: true, value: begun });
  }

  #abandon(begun: BegunStart): SpawnStage {
    // Its slot may be another's by now.
    const pending = this.#pending.get(begun.pid);
    if (pending?.begun !== begun) return "exec";
    this.#drop(pending);
    return abandonStart(begun);
  }

  /** It never executes: its death is of no interest. */
  #drop({ begun, leave, gone, entry }: Pending): void {
    this.#forget(begun);
    this.#dropped.set(begun.pid, () => {
      leave();
      gone();
    });
    if (entry !== undefined) withdrawEntry(entry);
    closePipes(begun);
  }

  #forget({ pid, report }: BegunStart): void {
    this.#pending.delete(pid);
    this.#pipes.close(report);
  }
}
