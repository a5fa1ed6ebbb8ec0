// Orphans, programs of the previous daemon: found through its record, reported, and stopped if configured.

import type { LogLevel, OrphanPolicy } from "../../core/config/model.ts";
import {
  decodeRecord,
  encodeRecord,
  orphanLines,
  orphanMessages,
  orphansOf,
  type ProgramRecord,
  type RecordedProgram,
} from "../../core/orphans/record.ts";
import { SIGKILL } from "../../core/process/signals.ts";
import type { SupervisorState } from "../../core/supervisor/model.ts";
import type {
  HeldProcess,
  ProcessFacts,
  RecordFile,
  UnrelatedProcesses,
} from "../../ports/orphans.ts";

interface OrphansDeps {
  readonly file: Pick<RecordFile, "read">;
  readonly facts: ProcessFacts;
  readonly unrelated: UnrelatedProcesses;
  readonly policy: OrphanPolicy;
  readonly log: (level: LogLevel, text: string) => void;
}

/** Limit for the exit of a killed process; one that waits for a disk takes longer. */
const KILL_MS = 2000;

/**
 * Reports orphans and stops them if `policy` says so, before anything is started.
 * @param abort ends the wait for orphans that are being stopped: the daemon ends
 */
export async function dealWithOrphans(deps: OrphansDeps, abort: AbortSignal): Promise<void> {
  const { file, facts, policy, log } = deps;
  const written = await file.read();
  if (!written.ok) log("WARN", orphanMessages.unread(written.error));
  const record = written.ok && written.value !== null ? decodeRecord(written.value) : null;
  if (record === null) return;
  const orphans = orphansOf(record, facts);
  for (const line of orphanLines(record, orphans, policy, facts.uptimeSecs())) log("WARN", line);
  if (policy === "stop") await Promise.all(orphans.map((each) => stop(deps, each, abort)));
}

async function stop(deps: OrphansDeps, orphan: RecordedProgram, abort: AbortSignal): Promise<void> {
  const { facts, unrelated, log } = deps;
  const held = unrelated.hold(orphan.pid);
  if (typeof held === "string") {
    if (held !== "ESRCH") log("WARN", orphanMessages.refused(orphan, held));
    return;
  }
  try {
    // Before it was held, the pid might have become that of another process; now it cannot.
    if (facts.startTicks(orphan.pid) === orphan.startTicks)
      await bringDown(deps, orphan, held, abort);
  } finally {
    held.release();
  }
}

async function bringDown(
  { log }: OrphansDeps,
  orphan: RecordedProgram,
  held: HeldProcess,
  abort: AbortSignal,
): Promise<void> {
  const { stopSignal, stopWaitSecs, stopAsGroup, killAsGroup } = orphan;
  log("INFO", orphanMessages.signalled(orphan));
  const refused = held.signal(stopSignal, stopAsGroup ? "group" : "process");
  if (refused !== null && refused !== "ESRCH") {
    log("WARN", orphanMessages.refused(orphan, refused));
    return;
  }
  if (!(await held.exited(stopWaitSecs * 1000, abort))) {
    if (abort.aborted) return;
    log("WARN", orphanMessages.killing(orphan));
    held.signal(SIGKILL, killAsGroup ? "group" : "process");
    if (!(await held.exited(KILL_MS, abort))) {
      log("CRIT", orphanMessages.survived(orphan));
      return;
    }
  }
  log("INFO", orphanMessages.stopped(orphan));
}

// Keeps the record of running programs: written soon after a change, never concurrently, and at most once per interval, so
// that a thousand starts cause one write.

interface KeeperDeps {
  readonly file: RecordFile;
  readonly facts: ProcessFacts;
  readonly self: Pick<ProgramRecord, "pid" | "version">;
  /** The running programs; null between two generations. */
  readonly state: () => Pick<SupervisorState, "pids" | "processes"> | null;
  readonly warn: (text: string) => void;
  /** Runs something later. It keeps nothing alive. */
  readonly later: (ms: number, run: () => void) => void;
  /** Settles after pending I/O had its turn. */
  readonly turn: () => Promise<void>;
}

/** After the first change of several. */
const SOON_MS = 100;
/** Between two writes. */
const PAUSE_MS = 1000;
/** Reads of procfs without a pause: they take a quarter of a millisecond. */
const AT_ONCE = 32;

export class RecordKeeper {
  readonly #deps: KeeperDeps;
  /** Start times by pid, in clock ticks: each is read once. */
  #starts = new Map<number, number>();
  #isScheduled = false;
  #isDirty = false;
  #isClosed = false;
  #written = "";
  #hasWarned = false;
  #becoming: string | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  /** A program was started or has exited. */
  changed(): void {
    this.#isDirty = true;
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    this.#deps.later(SOON_MS, () => void this.#writeAndPause());
  }

  async #writeAndPause(): Promise<void> {
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      await this.#enqueue();
      await new Promise<void>((resolve) => this.#deps.later(PAUSE_MS, resolve));
    }
    this.#isScheduled = false;
  }

  /** Writes at once, if there is anything new. @param becoming what the daemon is about to become; null to continue as it is */
  flush(becoming: string | null): Promise<void> {
    this.#becoming = becoming;
    return this.#enqueue();
  }

  /** Removes the record, because nothing runs. */
  async end(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    await this.#deps.file.remove();
  }

  #enqueue(): Promise<void> {
    this.#work = this.#work.then(() => this.#write());
    return this.#work;
  }

  async #write(): Promise<void> {
    const { file, facts, self, warn } = this.#deps;
    const startTicks = facts.startTicks(self.pid);
    if (startTicks === null) return; // no procfs here
    const programs = await this.#programs();
    if (programs === null || this.#isClosed) return;
    const becoming = this.#becoming;
    const text = encodeRecord({ bootId: facts.bootId, ...self, startTicks, becoming, programs });
    if (text === this.#written) return;
    const failure = await file.write(text);
    if (failure === null) {
      this.#written = text;
      this.#hasWarned = false;
    } else if (!this.#hasWarned) {
      this.#hasWarned = true;
      warn(
        `cannot write the record of running programs, which a daemon needs after a crash: ${failure}`,
      );
    }
  }

  async #programs(): Promise<readonly RecordedProgram[] | null> {
    const { state, facts, turn } = this.#deps;
    const now = state();
    if (now === null) return null;
    const starts = new Map<number, number>();
    const programs: RecordedProgram[] = [];
    let looks = 0;
    for (const [pid, key] of [...now.pids]) {
      const known = this.#starts.get(pid);
      if (known === undefined && ++looks % AT_ONCE === 0) await turn();
      const config = now.processes.get(key)?.config;
      // The process is not reaped yet, so the pid is still its own.
      const startTicks = now.pids.get(pid) === key ? (known ?? facts.startTicks(pid)) : null;
      if (config === undefined || startTicks === null) continue;
      starts.set(pid, startTicks);
      const { name, stopSignal, stopWaitSecs, stopAsGroup, killAsGroup } = config;
      programs.push({ name, pid, startTicks, stopSignal, stopWaitSecs, stopAsGroup, killAsGroup });
    }
    this.#starts = starts;
    return programs;
  }
}
