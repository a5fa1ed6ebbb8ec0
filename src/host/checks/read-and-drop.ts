// Reads the output of a check command, so that it never waits for a full pipe, at a pace that costs the daemon little.

import type { Pipes } from "../../ports/pipes.ts";

/** Size of one read. After a full one, reading pauses. */
const PIECE_BYTES = 64 * 1024;
const PAUSE_MS = 10;
/** Pieces that are taken after the end: no pipe holds more, unless a process still writes. */
const MOST_LEFT = 16;

/** All share it: reading is synchronous. */
const buffer = new Uint8Array(PIECE_BYTES);

export class ReadAndDrop {
  readonly #fd: number;
  readonly #pipes: Pipes;
  readonly #take: (piece: Uint8Array) => void;
  #pause: NodeJS.Timeout | null = null;
  #isOpen = true;

  /** @param take gets each piece, which is good only during the call */
  constructor(fd: number, pipes: Pipes, take: (piece: Uint8Array) => void) {
    this.#fd = fd;
    this.#pipes = pipes;
    this.#take = take;
  }

  /** Call it once. @throws when the host has no memory to watch it */
  begin(): void {
    this.#watch();
  }

  /** Reads the rest after the exit of the command, and closes. */
  finish(): void {
    for (let pieces = 0; pieces < MOST_LEFT && this.#readOnce() > 0; pieces += 1);
    this.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#pipes.close(this.#fd);
  }

  #watch(): void {
    this.#pipes.watch(this.#fd, "read", {
      readable: () => {
        if (this.#readOnce() < PIECE_BYTES || !this.#isOpen) return;
        this.#pipes.unwatch(this.#fd);
        this.#pause = setTimeout(() => this.#watch(), PAUSE_MS).unref();
      },
    });
  }

  /** @returns bytes taken */
  #readOnce(): number {
    if (!this.#isOpen) return 0;
    const count = this.#pipes.read(this.#fd, buffer);
    if (count === "end") this.close();
    if (typeof count !== "number") return 0;
    this.#take(buffer.subarray(0, count));
    return count;
  }
}
