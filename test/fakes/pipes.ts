// Pipes in memory: tests put bytes in and see who watches what.

import type { PipeHandler, Pipes, ReadOutcome } from "../../src/ports/pipes.ts";

interface FakePipe {
  pending: Buffer;
  ended: boolean;
  closed: boolean;
}

export class FakePipes implements Pipes {
  readonly watched = new Map<number, { interest: "read" | "write"; handler: PipeHandler }>();
  /** What was written, by descriptor. */
  readonly written = new Map<number, string>();
  /** Bytes that the next writes take in all; then there is no room. */
  room = Infinity;
  readerGone = false;
  readonly #pipes = new Map<number, FakePipe>();

  /** Puts bytes into a pipe and announces them, as often as somebody watches and takes some. */
  feed(fd: number, bytes: string | Uint8Array): void {
    const pipe = this.#pipe(fd);
    pipe.pending = Buffer.concat([pipe.pending, Buffer.from(bytes)]);
    this.announce(fd);
  }

  /** The last writer is gone. */
  end(fd: number): void {
    this.#pipe(fd).ended = true;
    this.announce(fd);
  }

  /** Tells the watcher as long as there is something new to tell. */
  announce(fd: number): void {
    for (;;) {
      const pipe = this.#pipe(fd);
      const before = pipe.pending.length;
      const entry = this.watched.get(fd);
      if (entry?.interest !== "read" || (before === 0 && !pipe.ended)) return;
      entry.handler.readable?.(fd);
      if (pipe.pending.length === before) return;
    }
  }

  /** Announces room to whoever waits for it. */
  makeRoom(bytes: number): void {
    this.room = bytes;
    for (const [fd, entry] of [...this.watched]) {
      if (entry.interest === "write") entry.handler.writable?.(fd);
    }
  }

  pendingIn(fd: number): number {
    return this.#pipe(fd).pending.length;
  }

  isClosed(fd: number): boolean {
    return this.#pipe(fd).closed;
  }

  watch(fd: number, interest: "read" | "write", handler: PipeHandler): void {
    this.watched.set(fd, { interest, handler });
  }

  unwatch(fd: number): void {
    this.watched.delete(fd);
  }

  read(fd: number, buffer: Uint8Array): ReadOutcome {
    const pipe = this.#pipe(fd);
    if (pipe.pending.length === 0) return pipe.ended ? "end" : "empty";
    const taken = pipe.pending.subarray(0, buffer.length);
    buffer.set(taken);
    pipe.pending = pipe.pending.subarray(taken.length);
    return taken.length;
  }

  isEmpty(fd: number): boolean {
    return this.pendingIn(fd) === 0;
  }

  write(fd: number, bytes: Uint8Array): number | "closed" {
    if (this.readerGone) return "closed";
    const taken = Buffer.from(bytes.subarray(0, Math.min(bytes.length, this.room)));
    this.room -= taken.length;
    this.written.set(fd, (this.written.get(fd) ?? "") + taken.toString());
    return taken.length;
  }

  close(fd: number): void {
    this.unwatch(fd);
    this.#pipe(fd).closed = true;
  }

  #pipe(fd: number): FakePipe {
    const known = this.#pipes.get(fd);
    if (known !== undefined) return known;
    const pipe = { pending: Buffer.alloc(0), ended: false, closed: false };
    this.#pipes.set(fd, pipe);
    return pipe;
  }
}
