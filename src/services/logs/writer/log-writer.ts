// The only writer of one log: an ordered, asynchronous queue of output and operations. It never throws and never blocks
// supervision; output that cannot be written is dropped, counted and reported once per episode.
//
// Output may wait in memory for more output, but not if an operation follows it: all output accepted before an operation is
// written before it.
//
//   resting ──output or operation──► running ──nothing left──► resting
//      │                               │
//      └─output that may wait─► waiting◄─┘      waiting ──interval over, enough output, operation──► running
//
// The file:
//
//   closed ──spawn──► open ──────────────► closed (last holder gone and all written)
//      │                │ cannot reopen
//      └─cannot open─► failed ──spawn, reopen, clear, new output after 10 s──► open

import { ok, type Result } from "../../../core/base/result.ts";
import type { LineFrame } from "../../../core/logs/line-format.ts";
import { caughtUpText, overflowText } from "../../../core/logs/messages.ts";
import type { LogCount, LogMark } from "../../../core/logs/positions.ts";
import type { LogState, PositionState } from "../../../core/snapshot/snapshot.ts";
import type { Errno, Transfer, TransferMode } from "../../../ports/log-files.ts";
import { type Follower, Followers, type TakeBytes } from "../reader/follower.ts";
import type { FlushSchedule } from "./log-alarms.ts";
import { type AutoFile, LogFile, type LogSettings } from "./log-file.ts";
import { LogRotation, type RotationDeps } from "./log-rotation.ts";
import { type BlockPool, PENDING_LIMIT, WriteQueue } from "./write-queue.ts";

/** Bytes per write: a part of the limit, so that the queue can fill meanwhile and the bytes are still in the cache. */
export const BATCH_BYTES = PENDING_LIMIT / 4;
/** Bytes of memory that the output of all logs together may take. Above that, no output waits. */
export const WAITING_LIMIT = 16 << 20;

/** Shared by all writers. */
export interface WriterDeps extends RotationDeps {
  readonly pool: BlockPool;
  readonly schedule: FlushSchedule;
  /** True while writing is not allowed. */
  readonly isHeld: () => boolean;
  /** True while a successor is about to continue with the files: output must not wait in memory. */
  readonly isHalted: () => boolean;
  /** Called when the writer has no holder, no output and no follower any more. */
  readonly onIdle: (writer: LogWriter) => void;
}

/** Most bytes of the last transfer from a pipe: its capacity. Bounded because a process may still be writing to the pipe. */
const LAST_BYTES = 1 << 20;

/** A pipe from which the writer moves the output of a program that floods to the file, without passing it through JavaScript. */
export interface TransferSource {
  readonly fd: number;
  /** False once the pipe is closed. */
  readonly isOpen: boolean;
  /** How lines are formatted from now on; null for output that stays as it is. */
  readonly frame: LineFrame | null;
  readonly unwrittenAt: number;
  /** A part of the turn is over. */
  took(transfer: Transfer): void;
  /** The turn is over. @param transfer null when it was not possible: read the output and append it */
  transferred(transfer: Transfer | null, isLast: boolean): void;
}

export class LogWriter {
  readonly path: string;
  readonly #deps: WriterDeps;
  readonly #queue: WriteQueue;
  readonly #file: LogFile;
  readonly #rotation: LogRotation;
  readonly #followers = new Followers();
  #holders = 0;
  #isRunning = false;
  /** End of the output that must not wait, counted as `WriteQueue.taken`. */
  #urgentUntil = 0;
  /** Bytes that were dropped because the queue was full. */
  #overflow = 0;
  /** Who waits until output is written, in the order of the output. */
  readonly #marks: { readonly at: number; readonly done: () => void }[] = [];

  constructor(path: string, deps: WriterDeps) {
    this.path = path;
    this.#deps = deps;
    this.#queue = new WriteQueue(deps.pool);
    this.#file = new LogFile(path, deps);
    const periodEnded = (): void => this.#enqueue(() => this.#rotateIfDue());
    this.#rotation = new LogRotation(this.#file, deps, periodEnded);
  }

  /** True if producers of output must wait for `whenDrained` (back-pressure). */
  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Bytes that were accepted and are not written yet. */
  get pendingBytes(): number {
    return this.#queue.bytes;
  }

  /** False for streams and the daemon's own descriptors, whose bytes cannot be read back or cleared. */
  get keepsBytes(): boolean {
    return !this.#file.isOwn && !this.#file.isStream;
  }

  /** True when `transfer` is possible at present. */
  get canTransfer(): boolean {
    return this.#file.isRegular && this.#file.error === null && this.#followers.isEmpty;
  }

  /**
   * True when the successor can continue with the file: no write is running and no output is queued. Output queued for a stream
   * does not count: it is part of the state.
   */
  get isSettled(): boolean {
    return this.#file.isStream || this.#isResting;
  }

  /** For the successor; null when there is nothing to hand over. Valid only when settled. */
  get state(): LogState | null {
    const { state, error } = this.#file;
    const file = state === null ? null : { ...state, ...this.#rotation.state };
    const waiting = this.#queue.chunks();
    if (file === null && error === null && waiting.length === 0) return null;
    return { path: this.path, file, error, waiting };
  }

  /** The current episode in which the file cannot be written; null if there is none. */
  get error(): LogState["error"] {
    return this.#file.error;
  }

  /** Continues with the file of the predecessor and the output queued for it. */
  restore(state: LogState): void {
    this.#file.restore(state.file, state.error);
    if (state.file !== null) this.#rotation.restore(state.file);
    for (const chunk of state.waiting) this.#queue.append(chunk);
  }

  /** Starts writing if there is something to do. */
  resume(): void {
    if (this.#isRunning || this.#deps.isHeld()) return;
    if (this.#mayWait) {
      this.#deps.schedule.add(this, this.#patienceMs);
      return;
    }
    this.#deps.schedule.remove(this);
    this.#isRunning = true;
    // In a microtask, so that all chunks of this turn are written at once.
    queueMicrotask(() => void this.#run());
  }

  /** Adds a holder: a process that writes here was started. Opens the log or tries again. The first holder's settings apply. */
  acquire(settings: LogSettings): void {
    if (this.#holders === 0) this.#file.configure(settings);
    this.#holders += 1;
    // Even if the process has exited by then.
    this.#enqueue(async () => {
      await this.#file.open();
      await this.#rotateIfDue();
      this.#rotation.compressBackups();
    });
  }

  /** Removes a holder: its process has exited. The log is closed when it has no holder and all output is written. */
  release(): void {
    this.#holders -= 1;
    this.flush();
    this.resume();
  }

  /** As `release`, but settles when all output is written and, after the last holder, the log is closed. */
  finish(): Promise<void> {
    this.#holders -= 1;
    return this.inTurn(async () => {
      if (this.#holders === 0) await this.#file.close();
    });
  }

  /** Queues a copy of one chunk. */
  append(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#overflows(chunk.length)) return;
    this.#queue.append(chunk);
    this.resume();
  }

  /** Queues one chunk of `length` bytes and takes ownership of its block. */
  give(block: Uint8Array, length: number): void {
    if (this.#overflows(length)) {
      this.#deps.pool.release(block);
      return;
    }
    this.#queue.give(block, length);
    this.resume();
  }

  /**
   * Whether output can be transferred as it comes, in its turn: it is not to wait for more. A file that is not open yet, as after a
   * start or during a rotation, is open by then.
   */
  get takesTransfers(): boolean {
    const { isOwn, isOpen, isRegular, error } = this.#file;
    if (isOwn || error !== null || !this.#followers.isEmpty) return false;
    return (isRegular || !isOpen) && this.#patienceMs <= 0;
  }

  /** Queues a transfer from a pipe to the log. */
  transfer(source: TransferSource, mode: TransferMode): void {
    this.#enqueue(() => this.#transferTurn(source, mode));
  }

  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void {
    this.#queue.whenDrained(resume);
  }

  /** Calls back when all output accepted before is written or dropped, perhaps before it returns. It waits as long as that does. */
  whenWritten(done: () => void): void {
    if (this.#queue.dealtWith === this.#queue.taken) done();
    else this.#marks.push({ at: this.#queue.taken, done });
  }

  /** Settles when all output accepted before is written or dropped. */
  barrier(): Promise<void> {
    if (!this.#isResting) return this.inTurn(async () => {});
    this.#forgetIfIdle();
    return Promise.resolve();
  }

  /**
   * Writes all output accepted so far, without waiting for more. Not an operation: lines before and after the call can share a
   * write.
   */
  flush(): void {
    if (this.#queue.isEmpty) return;
    this.#urgentUntil = this.#queue.taken;
    this.resume();
  }

  /** Opens the log. Settles when it is open, or with the error, which is not reported. */
  opened(): Promise<Result<true, Errno>> {
    return this.inTurn(() => this.#file.tryOpen());
  }

  /** Closes the file and opens the path again, so that a file that was moved away is released. */
  reopen(): void {
    if (this.#file.isOwn) return;
    this.#enqueue(async () => {
      await this.#file.close();
      await this.#openIfWanted();
    });
  }

  /**
   * Rotates the log now, whether it is open or not.
   * @param settings used if the log has no holder
   * @returns false when there is nothing to rotate; the message after an error
   */
  rotate(settings: LogSettings): Promise<Result<boolean, string>> {
    if (!this.keepsBytes) return Promise.resolve(ok(false));
    return this.inTurn(async () => {
      if (this.#holders === 0) this.#file.configure(settings);
      return await this.#rotation.rotateNow();
    });
  }

  /** Removes the backups. @param settings used if the log has no holder */
  clearBackups(settings: LogSettings): Promise<Result<true, Errno>> {
    if (!this.keepsBytes) return Promise.resolve(ok(true));
    return this.inTurn(() => {
      if (this.#holders === 0) this.#file.configure(settings);
      return this.#rotation.clearBackups();
    });
  }

  /** Replaces the file with an empty one. A stream or device is not changed: it stores nothing. */
  clear(auto: AutoFile | null): Promise<Result<true, Errno>> {
    if (!this.keepsBytes) return Promise.resolve(ok(true));
    return this.inTurn(async () => {
      const cleared = await this.#file.clear(auto);
      await this.#openIfWanted();
      return cleared;
    });
  }

  /** Delivers the bytes that `start` reads, then everything written later; null when `start` finds no log. */
  follow(take: TakeBytes, start: () => Promise<Uint8Array | null>): Promise<Follower | null> {
    const begin = () => this.#followers.add(take, start);
    return this.keepsBytes ? this.inTurn(begin) : begin();
  }

  /** The count of bytes written. Counting starts with the first call at the latest. @param size size of the file, bytes */
  count(size: number): LogCount {
    const { isOpen, position } = this.#file;
    if (!isOpen) position.found(size);
    return position.counted(size, () => this.#deps.files.randomName());
  }

  /** The position of the log; null when its bytes are not counted. */
  get position(): PositionState | null {
    const { isOpen, isOwn, isRegular, position } = this.#file;
    const isKept = isOpen ? isRegular : !isOwn;
    return isKept && position.count !== null ? position.state : null;
  }

  /** The position after all output accepted before; null when the bytes of the log are not counted. */
  mark(): Promise<LogMark | null> {
    return this.inTurn(async () => {
      const count = this.position?.count ?? null;
      return count === null ? null : { epoch: count.epoch, offset: count.written };
    });
  }

  /** The identity of the open file; null when it is closed, or no regular file. */
  identity(): Promise<string | null> {
    return this.#file.identity();
  }

  /** Reads the size of the open file, which another process may have changed. Only in turn. */
  measure(): Promise<void> {
    return this.#file.measure();
  }

  /** The position of a closed log; null for one that is open or was never opened. */
  get rest(): PositionState | null {
    return this.#file.isOpen ? null : this.position;
  }

  /** Continues at the position where an earlier writer of the log ended. */
  recall(rest: PositionState): void {
    this.#file.position.restore(rest);
  }

  get backupPaths(): readonly string[] {
    return this.#rotation.backupPaths;
  }

  /** Ends a subscription. */
  unfollow(follower: Follower): void {
    this.#followers.remove(follower);
    this.resume();
  }

  #enqueue(run: () => Promise<void>): void {
    this.#queue.pushOperation(run);
    this.resume();
  }

  /** Queues `run` as an operation and settles with its result: nothing is written or rotated meanwhile. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => this.#enqueue(async () => resolve(await run())));
  }

  /** True when nothing is running or queued. */
  get #isResting(): boolean {
    return !this.#isRunning && this.#queue.isEmpty;
  }

  /** How long output may wait in memory, milliseconds; 0 for not at all. */
  get #patienceMs(): number {
    return this.#holders > 0 && this.#followers.isEmpty ? this.#file.flushMs : 0;
  }

  /** True when the queue has output and no operation, and the output may stay in memory. */
  get #mayWait(): boolean {
    const { pool, isHalted } = this.#deps;
    const queue = this.#queue;
    if (queue.isEmpty || queue.hasOperation || queue.dealtWith < this.#urgentUntil) return false;
    if (this.#patienceMs <= 0) return false;
    return !isHalted() && queue.memory < BATCH_BYTES && pool.inUse < WAITING_LIMIT;
  }

  /** Executes the queue, one item at a time. */
  async #run(): Promise<void> {
    for (;;) {
      try {
        const operation = this.#queue.shiftOperation();
        if (operation !== null) await operation();
        else if (!this.#queue.isEmpty && !this.#mayWait) await this.#writeSome();
        // No await between this check and the end of the loop: an item queued meanwhile would never be executed.
        else if (this.#queue.isEmpty && this.#holders === 0 && this.#file.isOpen) {
          await this.#file.close();
        } else break;
      } catch (error) {
        this.#drop(this.#queue.peek(BATCH_BYTES, Infinity).bytes);
        const text = `internal error in log '${this.path}': ${String(error)}`;
        this.#deps.report(this.path, "CRIT", text);
      }
    }
    this.#isRunning = false;
    if (this.#mayWait) this.#deps.schedule.add(this, this.#patienceMs);
    if (this.#overflow > 0 && this.#queue.isEmpty) {
      const text = caughtUpText(this.#file.settings.what, this.path, this.#overflow);
      this.#overflow = 0;
      this.#deps.report(this.path, "INFO", text);
    }
    this.#forgetIfIdle();
  }

  /**
   * Counts output as dropped when the queue is over its hard limit. Running programs wait before that (back-pressure); the rest
   * of the output of programs that have exited cannot wait.
   * @returns whether to drop the output
   */
  #overflows(bytes: number): boolean {
    if (!this.#queue.isOverfull) return false;
    if (this.#overflow === 0) {
      this.#deps.report(this.path, "WARN", overflowText(this.#file.settings.what, this.path));
    }
    this.#overflow += bytes;
    this.#file.settings.dropped?.(bytes);
    return true;
  }

  #forgetIfIdle(): void {
    if (this.#holders === 0 && this.#followers.isEmpty) this.#deps.onIdle(this);
  }

  async #writeSome(): Promise<void> {
    const file = this.#file;
    if (!file.isOpen) await file.retryOpen();
    const batch = this.#queue.peek(file.isStream ? 1 : BATCH_BYTES, this.#rotation.room);
    const written = file.isOpen ? await file.write(batch.parts) : null;
    if (written === null) this.#drop(batch.bytes);
    else if (written > 0) {
      this.#followers.deliver(batch.parts, written);
      this.#consume(written);
    }
    if (this.#queue.atChunkEnd) await this.#rotateIfDue();
  }

  /** Moves the output in a pipe to the log: for a bounded time, or when `isLast`, all of it. */
  async #transferTurn(source: TransferSource, mode: TransferMode): Promise<void> {
    const isLast = mode === "last";
    let transfer: Transfer | null = null;
    try {
      let left = isLast ? LAST_BYTES : Infinity;
      while (source.isOpen && left > 0 && this.canTransfer) {
        const room = Math.min(left, this.#rotation.room);
        const { fd: pipe, frame, unwrittenAt } = source;
        transfer = await this.#file.transfer({ pipe, frame, room, mode, unwrittenAt });
        source.took(transfer);
        left -= transfer.taken;
        await this.#rotateIfDue();
        // The last turn continues after a rotation, and with the next second. Any other lets the operations queued go first.
        if (!isLast || transfer.rest !== "more" || transfer.taken === 0) break;
      }
      // The rest must be read: a log that cannot be written drops and counts it.
      if (isLast && left > 0 && transfer?.rest === "more") transfer = null;
    } finally {
      source.transferred(transfer, isLast);
    }
  }

  async #rotateIfDue(): Promise<void> {
    if (!this.#rotation.isDue) return;
    await this.#rotation.rotate();
    await this.#openIfWanted();
  }

  #drop(bytes: number): void {
    this.#file.lose(bytes);
    this.#consume(bytes);
  }

  #consume(bytes: number): void {
    this.#queue.consume(bytes);
    const marks = this.#marks;
    while (marks[0] !== undefined && marks[0].at <= this.#queue.dealtWith) marks.shift()?.done();
  }

  /** Opens the file if the log has a holder, or output to write even though its process has exited. */
  async #openIfWanted(): Promise<void> {
    if (this.#holders > 0 || this.#queue.memory > 0) await this.#file.open();
  }
}
