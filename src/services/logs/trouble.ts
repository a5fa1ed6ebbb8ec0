// An episode in which a log cannot be written: the error as it was reported, and the bytes lost.

import type { Errno } from "../../ports/log-files.ts";

export class Trouble {
  #errno: Errno | null = null;
  #lost = 0;

  /** @param errno as it was told last */
  constructor(errno: Errno | null = null, lost = 0) {
    this.#errno = errno;
    this.#lost = lost;
  }

  get errno(): Errno | null {
    return this.#errno;
  }

  get lost(): number {
    return this.#lost;
  }

  /** True when this error was told last in the present episode. */
  isKnown(errno: Errno): boolean {
    return this.#errno === errno;
  }

  /** @returns whether that is news */
  begins(errno: Errno): boolean {
    const isNews = this.#errno !== errno;
    this.#errno = errno;
    return isNews;
  }

  loses(bytes: number): void {
    this.#lost += bytes;
  }
}
