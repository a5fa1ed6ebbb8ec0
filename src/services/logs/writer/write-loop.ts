// Executes the queue of one log, one item after another. Output may wait for more output, but never if an operation follows
// it: all output accepted before an operation is written before it.
//
//   resting ──output or operation──► running ──nothing left──► resting
//      │                               │
//      └─output that may wait─► waiting◄─┘      waiting ──interval over, enough output, operation──► running

import type { BlockPool } from "./block-pool.ts";
import { type FlushSchedule, WAITING_LIMIT } from "./flush-schedule.ts";
import { PENDING_LIMIT, type WriteQueue } from "./write-queue.ts";

/** Written at once: a part, so that the rest can fill meanwhile and what is written is still in the cache. */
export const BATCH_BYTES = PENDING_LIMIT / 4;

/** Shared by all loops. */
export interface LoopDeps {
  readonly pool: BlockPool;
  readonly schedule: FlushSchedule;
  /** True while nothing may be written. */
  readonly isHeld: () => boolean;
  /** True while the successor is about to continue with the files, for which nothing may wait. */
  readonly isHalted: () => boolean;
}

/** What the loop calls in its log. */
export interface LoopActions {
  /** How long output may wait; 0 for not at all. */
  readonly patienceMs: () => number;
  writeSome(): Promise<void>;
  /** All is done. @returns what is to be done about that; null for nothing, decided at once */
  atEnd(): Promise<void> | null;
  failed(error: unknown): void;
  rested(): void;
}

const nothing = async (): Promise<void> => {};

export class WriteLoop {
  readonly #queue: WriteQueue;
  readonly #log: LoopActions;
  readonly #deps: LoopDeps;
  #isRunning = false;
  /** Where what may not wait ends, in bytes that the queue has ever taken. */
  #urgentUntil = 0;

  constructor(queue: WriteQueue, log: LoopActions, deps: LoopDeps) {
    this.#queue = queue;
    this.#log = log;
    this.#deps = deps;
  }

  /** Nothing runs, and nothing waits to. */
  get isResting(): boolean {
    return !this.#isRunning && this.#queue.isEmpty;
  }

  /** There may be something to do. */
  kick(): void {
    if (this.#isRunning || this.#deps.isHeld()) return;
    if (this.#mayWait) {
      this.#deps.schedule.add(this, this.#log.patienceMs());
      return;
    }
    this.#deps.schedule.remove(this);
    this.#isRunning = true;
    // In a microtask, so that all chunks of this turn go out in one write.
    queueMicrotask(() => void this.#run());
  }

  /** Writes out what waits for more to come. Not an operation: lines in front of and behind it still go out in one write. */
  flush(): void {
    if (this.#queue.isEmpty) return;
    this.#urgentUntil = this.#queue.taken;
    this.kick();
  }

  enqueue(run: () => Promise<void>): void {
    this.#queue.pushOperation(run);
    this.kick();
  }

  /** Settles with what `run` answers when its turn has come. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => this.enqueue(async () => resolve(await run())));
  }

  /** Settles when all that is in the queue now is dealt with. */
  barrier(): Promise<void> {
    return this.inTurn(nothing);
  }

  async #run(): Promise<void> {
    for (;;) {
      try {
        const operation = this.#queue.shiftOperation();
        if (operation !== null) await operation();
        else if (!this.#queue.isEmpty && !this.#mayWait) await this.#log.writeSome();
        else {
          const last = this.#queue.isEmpty ? this.#log.atEnd() : null;
          // Nothing may come between this and the end of the loop, or it would never be done.
          if (last === null) break;
          await last;
        }
      } catch (error) {
        this.#log.failed(error);
      }
    }
    this.#isRunning = false;
    if (this.#mayWait) this.#deps.schedule.add(this, this.#log.patienceMs());
    this.#log.rested();
  }

  /** True when there is output and nothing but output, and it may stay in memory. */
  get #mayWait(): boolean {
    const { pool, isHalted } = this.#deps;
    const queue = this.#queue;
    if (queue.isEmpty || queue.hasOperation || queue.dealtWith < this.#urgentUntil) return false;
    if (this.#log.patienceMs() <= 0) return false;
    return !isHalted() && this.#queue.memory < BATCH_BYTES && pool.inUse < WAITING_LIMIT;
  }
}
