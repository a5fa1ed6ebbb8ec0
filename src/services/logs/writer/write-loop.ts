// Executes the queue of one log, one item at a time. Output may wait in memory for more output, but not if an operation
// follows it: all output accepted before an operation is written before it.
//
//   resting ──output or operation──► running ──nothing left──► resting
//      │                               │
//      └─output that may wait─► waiting◄─┘      waiting ──interval over, enough output, operation──► running

import type { Clock } from "../../../ports/clock.ts";
import { type BlockPool, PENDING_LIMIT, type WriteQueue } from "./write-queue.ts";

/** Bytes per write: a part of the limit, so that the queue can fill meanwhile and the bytes are still in the cache. */
export const BATCH_BYTES = PENDING_LIMIT / 4;

/** Shared by all loops. */
export interface LoopDeps {
  readonly pool: BlockPool;
  readonly schedule: FlushSchedule;
  /** True while writing is not allowed. */
  readonly isHeld: () => boolean;
  /** True while a successor is about to continue with the files: output must not wait in memory. */
  readonly isHalted: () => boolean;
}

/** The callbacks of a loop. */
export interface LoopActions {
  /** How long output may wait in memory, milliseconds; 0 for not at all. */
  readonly patienceMs: () => number;
  writeSome(): Promise<void>;
  /** The queue is empty. @returns a last action to wait for; null for none. Decides synchronously. */
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
  /** End of the output that must not wait, counted as `WriteQueue.taken`. */
  #urgentUntil = 0;

  constructor(queue: WriteQueue, log: LoopActions, deps: LoopDeps) {
    this.#queue = queue;
    this.#log = log;
    this.#deps = deps;
  }

  /** True when nothing is running or queued. */
  get isResting(): boolean {
    return !this.#isRunning && this.#queue.isEmpty;
  }

  /** Starts the loop if there is something to do. */
  kick(): void {
    if (this.#isRunning || this.#deps.isHeld()) return;
    if (this.#mayWait) {
      this.#deps.schedule.add(this, this.#log.patienceMs());
      return;
    }
    this.#deps.schedule.remove(this);
    this.#isRunning = true;
    // In a microtask, so that all chunks of this turn are written at once.
    queueMicrotask(() => void this.#run());
  }

  /** Writes the queued output without waiting for more. Not an operation: lines before and after the call can share a write. */
  flush(): void {
    if (this.#queue.isEmpty) return;
    this.#urgentUntil = this.#queue.taken;
    this.kick();
  }

  enqueue(run: () => Promise<void>): void {
    this.#queue.pushOperation(run);
    this.kick();
  }

  /** Queues `run` as an operation and settles with its result. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => this.enqueue(async () => resolve(await run())));
  }

  /** Settles when everything in the queue now is written, dropped or executed. */
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
          // No await between this check and the end of the loop: an item queued meanwhile would never be executed.
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

  /** True when the queue has output and no operation, and the output may stay in memory. */
  get #mayWait(): boolean {
    const { pool, isHalted } = this.#deps;
    const queue = this.#queue;
    if (queue.isEmpty || queue.hasOperation || queue.dealtWith < this.#urgentUntil) return false;
    if (this.#log.patienceMs() <= 0) return false;
    return !isHalted() && this.#queue.memory < BATCH_BYTES && pool.inUse < WAITING_LIMIT;
  }
}

// The logs that have output in memory, and their deadlines. One alarm serves all of them. It is armed only while output waits.

/** Bytes of memory that the output of all logs together may take. Above that, no output waits. */
export const WAITING_LIMIT = 16 << 20;
/**
 * When one log is due, logs that are due within this part of their interval are flushed too: a hundred logs wake the daemon and
 * the disk ten times in an interval, not a hundred times.
 */
const TOGETHER = 1 / 10;

/** A log whose output waits. */
interface WaitingLog {
  flush(): void;
}

interface Deadline {
  readonly atMono: number;
  readonly slackMs: number;
}

export class FlushSchedule {
  readonly #clock: Clock;
  readonly #deadlines = new Map<WaitingLog, Deadline>();
  #armedAt: number | null = null;

  /** @param clock its alarm must not be shared */
  constructor(clock: Clock) {
    this.#clock = clock;
    clock.onAlarm(() => this.#ring());
  }

  /** Flushes the log after so many milliseconds, unless it waits already. */
  add(log: WaitingLog, afterMs: number): void {
    if (this.#deadlines.has(log)) return;
    const atMono = this.#clock.now().mono + afterMs;
    this.#deadlines.set(log, { atMono, slackMs: afterMs * TOGETHER });
    if (this.#armedAt === null || atMono < this.#armedAt) this.#arm(atMono);
  }

  /** The log has no output that waits any more. */
  remove(log: WaitingLog): void {
    if (this.#deadlines.delete(log) && this.#deadlines.size === 0) this.#arm(null);
  }

  #ring(): void {
    const now = this.#clock.now().mono;
    this.#armedAt = null;
    let next: number | null = null;
    for (const [log, { atMono, slackMs }] of this.#deadlines) {
      if (atMono - slackMs <= now) {
        this.#deadlines.delete(log);
        log.flush();
      } else if (next === null || atMono < next) next = atMono;
    }
    this.#arm(next);
  }

  #arm(atMono: number | null): void {
    if (this.#armedAt === null && atMono === null) return;
    this.#armedAt = atMono;
    this.#clock.setAlarm(atMono);
  }
}
