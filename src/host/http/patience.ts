// The time limit of ctl for a server that can answer at once.

import { performance } from "node:perf_hooks";

/** What arrives prolongs it: a long answer over a slow line may take its time, drops that never end may not. */
const BYTES_FOR_MORE = 1024;

/** After this time the terminal shows that there is no answer yet. */
export const QUIET_MS = 2000;

/** A deadline that bytes put off. */
export class Patience {
  readonly #ms: number;
  #until: number;
  #bytes = 0;

  constructor(ms: number) {
    this.#ms = ms;
    this.#until = performance.now() + ms;
  }

  /** Bytes have come. */
  heard(count: number): void {
    this.#bytes += count;
    if (this.#bytes < BYTES_FOR_MORE) return;
    this.#bytes = 0;
    this.#until = performance.now() + this.#ms;
  }

  isOver(): boolean {
    return this.left() <= 0;
  }

  /** Milliseconds. */
  left(): number {
    return this.#until - performance.now();
  }
}
