// The only writer of one log: an ordered, asynchronous queue of output and operations. It never throws and never blocks
// supervision; output that cannot be written is dropped, counted and reported once per episode.
//
//   closed ──spawn──► open ──────────────► closed (last holder gone and all written)
//      │                │ cannot reopen
//      └─cannot open─► failed ──spawn, reopen, clear, new output after 10 s──► open

import { ok, type Result } from "../../core/base/result.ts";
import type { LogState } from "../../core/handover/model.ts";
import type { LogCount } from "../../core/logs/mark.ts";
import type { Errno } from "../../ports/log-files.ts";
import type { AutoFile } from "./auto-file.ts";
import { type Follower, Followers, type TakeBytes } from "./follower.ts";
import { LogOutlet, type OutletDeps, type OutletSettings } from "./log-outlet.ts";
import { BATCH_BYTES, LogPump, type PumpDeps, type Pumped } from "./log-pump.ts";
import type { TransferSource } from "./transfer-source.ts";
import { takeTurn } from "./transfer-turn.ts";
import { WriteQueue } from "./write-queue.ts";

/** Shared by all writers. */
export interface WriterDeps extends OutletDeps, PumpDeps {
  /** Nothing is open, waiting or watched any more. */
  readonly onIdle: (writer: LogWriter) => void;
}

export class LogWriter {
  readonly path: string;
  readonly #deps: WriterDeps;
  readonly #queue: WriteQueue;
  readonly #outlet: LogOutlet;
  readonly #pump: LogPump;
  #holders = 0;
  readonly #followers = new Followers();

  constructor(path: string, deps: WriterDeps) {
    this.path = path;
    this.#deps = deps;
    this.#queue = new WriteQueue(deps.pool);
    this.#outlet = new LogOutlet(path, deps);
    this.#pump = new LogPump(this.#queue, this.#pumped(), deps);
  }

  /** True if producers of output have to wait for `whenDrained` (back-pressure). */
  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Bytes that are accepted and not written yet. */
  get pendingBytes(): number {
    return this.#queue.bytes;
  }

  /** False for streams and the daemon's own descriptors, which keep nothing that could be read or cleared. */
  get keepsBytes(): boolean {
    return !this.#outlet.sink.isOwn && !this.#outlet.sink.isStream;
  }

  /** True when `transfer` will do, as far as is known now. */
  get canTransfer(): boolean {
    const { sink, hasTrouble } = this.#outlet;
    return sink.isRegular && !hasTrouble && this.#followers.isEmpty;
  }

  /**
   * Nothing is on its way to the file, so that another daemon may go on with it. What waits for a stream to have room is
   * not on its way: it is part of the state.
   */
  get isSettled(): boolean {
    return this.#outlet.sink.isStream || this.#pump.isResting;
  }

  /** Null when there is nothing to hand over. Only when settled. */
  get state(): LogState | null {
    const { sink, trouble } = this.#outlet;
    const waiting = this.#queue.chunks();
    if (sink.state === null && trouble === null && waiting.length === 0) return null;
    return { path: this.path, file: sink.state, trouble, waiting };
  }

  /** Goes on with the file of another daemon, and with what waits for it. */
  restore(state: LogState): void {
    this.#outlet.restore(state);
    for (const chunk of state.waiting) this.#queue.append(chunk);
  }

  /** Writing is allowed from now on. */
  resume(): void {
    this.#pump.kick();
  }

  /** A process that writes here was started. Opens the log, or tries again. Of several holders the first one's word counts. */
  acquire(settings: OutletSettings): void {
    if (this.#holders === 0) this.#outlet.configure(settings);
    this.#holders += 1;
    // Even if the process is gone by then.
    this.#pump.enqueue(() => this.#outlet.open());
  }

  /** A process is gone. The last one closes the log when all is written. */
  release(): void {
    this.#holders -= 1;
    this.flush();
    this.#pump.kick();
  }

  /** As release; settles when the log is closed, if this was the last holder. */
  finish(): Promise<void> {
    this.#holders -= 1;
    return this.#pump.inTurn(async () => {
      if (this.#holders === 0) await this.#outlet.sink.close();
    });
  }

  /** Adds one chunk, copying it. */
  append(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#queue.append(chunk);
    this.#pump.kick();
  }

  /** Adds one chunk of `length` bytes, taking over its block. */
  give(block: Uint8Array, length: number): void {
    this.#queue.give(block, length);
    this.#pump.kick();
  }

  /** Moves what is in a pipe to the log when its turn comes. @param isLast all of it, without waiting for more */
  transfer(source: TransferSource, isLast: boolean): void {
    const turn = {
      canTransfer: () => this.canTransfer,
      transfer: (limit: number) => this.#outlet.transfer(source.fd, limit, isLast),
      rotateIfDue: () => this.#rotateIfDue(),
    };
    this.#pump.enqueue(() => takeTurn(source, isLast, turn));
  }

  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void {
    this.#queue.whenDrained(resume);
  }

  /** Settles when all that was accepted before is written or given up. */
  barrier(): Promise<void> {
    if (this.#pump.isResting) {
      this.#forgetIfIdle();
      return Promise.resolve();
    }
    return this.#pump.barrier();
  }

  /** Writes out what waits for more to come, with what is on its way. */
  flush(): void {
    this.#pump.flush();
  }

  /** Settles when the log is open, or with the error. */
  opened(): Promise<Result<true, Errno>> {
    return this.#pump.inTurn(() => this.#outlet.sink.open());
  }

  /** Closes and opens by path again, so that a file moved away is let go. */
  reopen(): void {
    if (this.#outlet.sink.isOwn) return;
    this.#pump.enqueue(async () => {
      await this.#outlet.sink.close();
      await this.#openIfWanted();
    });
  }

  /** Replaces the file by an empty one. A stream or device is left alone: it keeps nothing to clear. */
  clear(auto: AutoFile | null): Promise<Result<true, Errno>> {
    if (!this.keepsBytes) return Promise.resolve(ok(true));
    return this.#pump.inTurn(async () => {
      const cleared = await this.#outlet.sink.clear(auto);
      await this.#openIfWanted();
      return cleared;
    });
  }

  /** Lets `start` read what is there, then delivers everything written later; null when `start` finds no log. */
  follow(take: TakeBytes, start: () => Promise<Uint8Array | null>): Promise<Follower | null> {
    const begin = () => this.#followers.add(take, start);
    return this.keepsBytes ? this.#pump.inTurn(begin) : begin();
  }

  /** How far the log is written. @param size of the file, when its turn has come */
  count(size: number): LogCount {
    return this.#outlet.sink.count(size);
  }

  get backupPaths(): readonly string[] {
    return this.#outlet.sink.backupPaths;
  }

  /** Ends a subscription. */
  unfollow(follower: Follower): void {
    this.#followers.remove(follower);
    this.#pump.kick();
  }

  /** What the pump needs of it. */
  #pumped(): Pumped {
    return {
      patienceMs: () => (this.#holders > 0 && this.#followers.isEmpty ? this.#outlet.flushMs : 0),
      writeSome: () => this.#writeSome(),
      atEnd: () => {
        const { sink } = this.#outlet;
        return this.#holders === 0 && sink.isOpen ? sink.close() : null;
      },
      failed: (error) => {
        this.#drop(this.#queue.peek(BATCH_BYTES, Infinity).bytes);
        const text = `internal error in log '${this.path}': ${String(error)}`;
        this.#deps.report(this.path, "CRIT", text);
      },
      rested: () => this.#forgetIfIdle(),
    };
  }

  #forgetIfIdle(): void {
    if (this.#holders === 0 && this.#followers.isEmpty) this.#deps.onIdle(this);
  }

  async #writeSome(): Promise<void> {
    const { sink } = this.#outlet;
    if (!sink.isOpen) await this.#outlet.retry();
    const batch = this.#queue.peek(sink.isStream ? 1 : BATCH_BYTES, sink.room);
    const written = sink.isOpen
      ? await this.#outlet.write(batch.parts, this.#queue.hasOperation)
      : null;
    if (written === null) this.#drop(batch.bytes);
    else if (written > 0) {
      this.#followers.deliver(batch.parts, written);
      this.#queue.consume(written);
    }
    if (this.#queue.atChunkEnd) await this.#rotateIfDue();
  }

  async #rotateIfDue(): Promise<void> {
    if (!this.#outlet.sink.isRotationDue) return;
    await this.#outlet.rotate();
    await this.#openIfWanted();
  }

  #drop(bytes: number): void {
    this.#outlet.lose(bytes);
    this.#queue.consume(bytes);
  }

  /** Opens for a holder of the log, or for output that is still to be written even if its process has exited. */
  async #openIfWanted(): Promise<void> {
    if (this.#holders > 0 || this.#queue.memory > 0) await this.#outlet.open();
  }
}
