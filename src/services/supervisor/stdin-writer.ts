// The stdin of a program: bytes that it does not read yet wait.

import type { ExchangeFiles } from "../../ports/exchange-files.ts";
import type { Pipes } from "../../ports/pipes.ts";

/** Bytes that can wait for a program that does not read. */
const MAX_QUEUED = 1024 * 1024;

export interface StdinWriterDeps {
  readonly pipes: Pipes;
  /** Files in which bytes wait that must outlive the daemon; null for none. */
  readonly exchangeFiles?: ExchangeFiles | null;
}

/** Writes to a program's stdin, and queues what the pipe does not accept: here, or in its file. */
export class StdinWriter {
  readonly #fd: number;
  readonly #pipes: Pipes;
  readonly #exchangeFiles: ExchangeFiles | null;
  #queue: Uint8Array[] = [];
  #queued = 0;

  /** @param unread the queue of the predecessor, which waits for `resume` */
  constructor(
    fd: number,
    { pipes, exchangeFiles: files = null }: StdinWriterDeps,
    unread: readonly Uint8Array[] = [],
  ) {
    this.#fd = fd;
    this.#pipes = pipes;
    this.#exchangeFiles = files;
    for (const bytes of unread) this.#enqueue(bytes);
  }

  /** Null if the pipe has none; a new one gets its file after this was made. */
  get #files(): ExchangeFiles | null {
    return this.#exchangeFiles?.has(this.#fd) === true ? this.#exchangeFiles : null;
  }

  /** The queue. */
  get unread(): readonly Uint8Array[] {
    return this.#queue;
  }

  /** Writes a restored queue. */
  resume(): void {
    if (this.#queued > 0 || this.#files !== null) this.#watch();
  }

  /**
   * @param limit bytes that can wait, including these
   * @returns "full" if nothing was accepted; "closed" if the program closed its stdin
   */
  write(bytes: Uint8Array, limit = MAX_QUEUED): "accepted" | "full" | "closed" {
    // Checked first, so that nothing is written in part.
    if (this.#queued + bytes.length > limit) return "full";
    if (this.#files !== null) {
      const isClosed = this.stage(bytes) === "closed" || this.deliver() === "closed";
      return isClosed ? "closed" : "accepted";
    }
    if (this.#queued > 0) return this.#enqueue(bytes);
    const taken = this.#pipes.write(this.#fd, bytes);
    if (taken === "closed") return "closed";
    if (taken === bytes.length) return "accepted";
    this.#watch();
    return this.#enqueue(bytes.subarray(taken));
  }

  /** Takes bytes of any length, for `deliver` if the pipe has a file. */
  stage(bytes: Uint8Array): "accepted" | "closed" {
    if (this.#files !== null) return this.#files.stage(this.#fd, bytes);
    return this.write(bytes, Number.POSITIVE_INFINITY) === "accepted" ? "accepted" : "closed";
  }

  /** Writes what was staged. */
  deliver(): "delivered" | "closed" {
    if (this.#files === null) return "delivered";
    const left = this.#files.pour(this.#fd);
    const isWatched = this.#queued > 0;
    this.#queued = left === "closed" ? 0 : left;
    if (this.#queued > 0 && !isWatched) this.#watch();
    return left === "closed" ? left : "delivered";
  }

  /** Forgets what was staged. */
  withdraw(): void {
    this.#files?.unstage(this.#fd);
  }

  #watch(): void {
    this.#pipes.watch(this.#fd, "write", { writable: () => this.#drain() });
  }

  #enqueue(bytes: Uint8Array): "accepted" {
    // The caller's buffer may be reused.
    this.#queue.push(bytes.slice());
    this.#queued += bytes.length;
    return "accepted";
  }

  #drain(): void {
    if (this.#files !== null) {
      this.deliver();
      if (this.#queued === 0) this.#pipes.unwatch(this.#fd);
      return;
    }
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const taken = this.#pipes.write(this.#fd, head);
      if (taken === "closed") {
        this.#queue = [];
        this.#queued = 0;
        break;
      }
      this.#queued -= taken;
      if (taken < head.length) {
        this.#queue[0] = head.subarray(taken);
        return;
      }
      this.#queue.shift();
    }
    this.#pipes.unwatch(this.#fd);
  }
}
