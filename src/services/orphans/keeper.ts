// Keeps the record of running programs: written soon after a change, never concurrently, and at most once per interval, so
// that a thousand starts cause one write.

import type { ProgramRecord, RecordedProgram } from "../../core/orphans/record.ts";
import { encodeRecord } from "../../core/orphans/record.ts";
import type { SupervisorState } from "../../core/supervisor/model.ts";
import type { ProcessFacts, RecordFile } from "../../ports/orphans.ts";

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

  /** Removes the record: nothing runs any more. */
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
