// Input from clients to a program's stdin: written as far as the pipe accepts it, the rest queued up to a limit.

import type { Pipes } from "../../ports/pipes.ts";

/** Bytes that may wait for a program that does not read. */
const MAX_QUEUED = 1024 * 1024;

export class StdinWriter {
  readonly #fd: number;
  readonly #pipes: Pipes;
  #queue: Uint8Array[] = [];
  #queued = 0;

  /** @param unread what was queued by the daemon before this one; it waits for `resume` */
  constructor(fd: number, pipes: Pipes, unread: readonly Uint8Array[] = []) {
    this.#fd = fd;
    this.#pipes = pipes;
    for (const bytes of unread) this.#enqueue(bytes);
  }

  /** What the pipe has not taken yet. */
  get unread(): readonly Uint8Array[] {
    return this.#queue;
  }

  /** Goes on with what was carried over. */
  resume(): void {
    if (this.#queued > 0) this.#watch();
  }

  /**
   * @param limit bytes that may wait, these included
   * @returns "full" takes nothing of `bytes`; "closed" means that the program closed its stdin
   */
  write(bytes: Uint8Array, limit = MAX_QUEUED): "accepted" | "full" | "closed" {
    // Before anything is written: what is refused was not written in part.
    if (this.#queued + bytes.length > limit) return "full";
    if (this.#queued > 0) return this.#enqueue(bytes);
    const taken = this.#pipes.write(this.#fd, bytes);
    if (taken === "closed") return "closed";
    if (taken === bytes.length) return "accepted";
    this.#watch();
    return this.#enqueue(bytes.subarray(taken));
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
