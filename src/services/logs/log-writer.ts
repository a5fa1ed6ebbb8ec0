// The one writer of one log: an ordered, asynchronous queue of output and operations. It never throws and never makes
// supervision wait; what cannot be written is dropped, counted and reported once per episode.
//
//   closed ──spawn──► open ──────────────► closed (last holder gone and all written)
//      │                │ cannot reopen
//      └─cannot open─► failed ──spawn, reopen, clear, new output after 10 s──► open

import { ok, type Result } from "../../core/base/result.ts";
import { SECOND } from "../../core/base/time.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { openFailureText, recoveredText, writeFailureText } from "../../core/logs/messages.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Errno, LogFiles } from "../../ports/log-files.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { BlockPool } from "./block-pool.ts";
import { type Follower, Followers, type TakeBytes } from "./follower.ts";
import { LogSink, type SinkSettings } from "./log-sink.ts";
import { Trouble } from "./trouble.ts";
import { WriteQueue } from "./write-queue.ts";

/** Memory one log may hold before its programs have to wait. */
export const PENDING_LIMIT = 1 << 20;
/** Written at once: a part, so that the rest can fill meanwhile and what is written is still in the cache. */
const BATCH_BYTES = PENDING_LIMIT / 4;
/** A log that cannot be opened is tried again when there is output after this much time. */
export const RETRY_MS = 10 * SECOND;

export interface WriterDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly pool: BlockPool;
  readonly clock: Clock;
  readonly report: (level: LogLevel, text: string) => void;
  /** Nothing is open, waiting or watched any more. */
  readonly onIdle: (writer: LogWriter) => void;
}

/** How the holder of a log wants it kept. With several holders the first one's word counts. */
export interface WriterSettings extends SinkSettings {
  /** Whose log, for messages: `web (stdout)`. */
  readonly what: string;
}

export class LogWriter {
  readonly path: string;
  readonly #deps: WriterDeps;
  readonly #queue: WriteQueue;
  readonly #sink: LogSink;
  #what = "nobody";
  #holders = 0;
  #running = false;
  #triedAt = Number.NEGATIVE_INFINITY;
  readonly #trouble: Trouble;
  readonly #followers = new Followers();
  #drained: (() => void)[] = [];

  constructor(path: string, deps: WriterDeps) {
    this.path = path;
    this.#deps = deps;
    this.#queue = new WriteQueue(deps.pool);
    this.#sink = new LogSink(path, deps.files, deps.pipes);
    this.#trouble = new Trouble(deps.report);
  }

  /** True when whoever produces output has to wait for `whenDrained`. */
  get isFull(): boolean {
    return this.#queue.memory >= PENDING_LIMIT;
  }

  /** False for streams and the daemon's own descriptors, which keep nothing that could be read or cleared. */
  get keepsBytes(): boolean {
    return !this.#sink.isOwn && !this.#sink.isStream;
  }

  /** A process that writes here was started. Opens the log, or tries again. */
  acquire(settings: WriterSettings): void {
    if (this.#holders === 0) {
      this.#what = settings.what;
      this.#sink.configure(settings);
    }
    this.#holders += 1;
    // Even if the process is gone by then.
    this.#enqueue(() => this.#open());
  }

  /** A process is gone. The last one closes the log when all is written. */
  release(): void {
    this.#holders -= 1;
    this.#kick();
  }

  /** Adds one chunk, copying it. */
  append(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#queue.append(chunk);
    this.#kick();
  }

  /** Adds one chunk of `length` bytes, taking over its block. */
  give(block: Uint8Array, length: number): void {
    this.#queue.give(block, length);
    this.#kick();
  }

  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void {
    this.#drained.push(resume);
  }

  /** Settles when all that was accepted before is written or given up. */
  barrier(): Promise<void> {
    if (!this.#running && this.#queue.isEmpty) {
      this.#forgetIfIdle();
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#enqueue(async () => resolve()));
  }

  /** Settles when the log is open, or with the error. */
  opened(): Promise<Result<true, Errno>> {
    return new Promise((resolve) => this.#enqueue(async () => resolve(await this.#sink.open())));
  }

  /** Closes and opens by path again, so that a file moved away is let go. */
  reopen(): void {
    if (this.#sink.isOwn) return;
    this.#enqueue(async () => {
      await this.#sink.close();
      await this.#ensureOpen();
    });
  }

  /** Replaces the file by an empty one. A stream or device is left alone: it keeps nothing to clear. */
  clear(isPrivate: boolean): Promise<Result<true, Errno>> {
    if (!this.keepsBytes) return Promise.resolve(ok(true));
    return new Promise((resolve) => {
      this.#enqueue(async () => {
        const cleared = await this.#sink.clear(isPrivate);
        await this.#ensureOpen();
        resolve(cleared);
      });
    });
  }

  /** Lets `start` read what is there, then delivers everything written later; null when `start` finds no log. */
  follow(take: TakeBytes, start: () => Promise<Uint8Array | null>): Promise<Follower | null> {
    const begin = () => this.#followers.add(take, start);
    if (!this.keepsBytes) return begin();
    return new Promise((resolve) => this.#enqueue(async () => resolve(await begin())));
  }

  /** Ends a subscription. */
  unfollow(follower: Follower): void {
    this.#followers.remove(follower);
    this.#kick();
  }

  #enqueue(run: () => Promise<void>): void {
    this.#queue.pushOperation(run);
    this.#kick();
  }

  #kick(): void {
    if (this.#running) return;
    this.#running = true;
    // In a microtask, so that all chunks of this turn go out in one write.
    queueMicrotask(() => void this.#pump());
  }

  async #pump(): Promise<void> {
    for (;;) {
      try {
        const operation = this.#queue.shiftOperation();
        if (operation !== null) await operation();
        else if (!this.#queue.isEmpty) await this.#writeSome();
        else if (this.#holders === 0 && this.#sink.isOpen) await this.#sink.close();
        else break;
      } catch (error) {
        this.#drop(this.#queue.peek(BATCH_BYTES, Infinity).bytes);
        this.#deps.report("CRIT", `internal error in log '${this.path}': ${String(error)}`);
      }
    }
    this.#running = false;
    this.#forgetIfIdle();
  }

  #forgetIfIdle(): void {
    if (this.#holders === 0 && this.#followers.isEmpty) this.#deps.onIdle(this);
  }

  async #writeSome(): Promise<void> {
    if (!this.#sink.isOpen && this.#deps.clock.now().mono - this.#triedAt >= RETRY_MS) {
      await this.#ensureOpen();
    }
    const batch = this.#queue.peek(this.#sink.isStream ? 1 : BATCH_BYTES, this.#sink.room);
    if (!this.#sink.isOpen) {
      this.#drop(batch.bytes);
      return;
    }
    const written = await this.#sink.write(batch.parts);
    if (written.ok) this.#accept(batch.parts, written.value);
    else await this.#fail(written.error, batch.bytes);
    if (!this.#sink.isRotationDue || !this.#queue.atChunkEnd) return;
    const failure = await this.#sink.rotate();
    if (failure !== null) this.#deps.report("ERRO", failure);
    await this.#ensureOpen();
  }

  #accept(parts: readonly Uint8Array[], written: number): void {
    if (written === 0) return;
    this.#followers.deliver(parts, written);
    this.#consume(written);
    this.#trouble.over((lost) => recoveredText(this.#what, this.path, lost));
  }

  async #fail(errno: Errno, bytes: number): Promise<void> {
    this.#drop(bytes);
    this.#trouble.begins(errno, writeFailureText(this.#what, this.path, errno));
    if (errno !== "EPIPE" || this.#sink.isOwn) return;
    // A FIFO whose reader is gone must be opened again to find the next one.
    await this.#sink.close();
    this.#triedAt = this.#deps.clock.now().mono;
  }

  #drop(bytes: number): void {
    this.#trouble.loses(bytes);
    this.#consume(bytes);
  }

  #consume(bytes: number): void {
    this.#queue.consume(bytes);
    if (this.#drained.length === 0 || this.#queue.memory > PENDING_LIMIT / 2) return;
    const waiting = this.#drained;
    this.#drained = [];
    for (const resume of waiting) resume();
  }

  /** Opens for whoever holds the log or for output that is still to be written, be its process gone by now. */
  async #ensureOpen(): Promise<void> {
    if (this.#holders > 0 || this.#queue.memory > 0) await this.#open();
  }

  async #open(): Promise<void> {
    if (this.#sink.isOpen) return;
    this.#triedAt = this.#deps.clock.now().mono;
    const opened = await this.#sink.open();
    if (opened.ok || this.#trouble.isKnown(opened.error)) return;
    const diagnosis = await this.#deps.files.diagnose(this.path, opened.error);
    const { error } = opened;
    this.#trouble.begins(error, openFailureText(this.#what, this.path, error, diagnosis));
  }
}
