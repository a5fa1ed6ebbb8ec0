// An episode in which a log cannot be written: told once when it begins and once when it is over, with what was lost.

import type { LogLevel } from "../../core/config/model.ts";
import type { Errno } from "../../ports/log-files.ts";

export class Trouble {
  readonly #report: (level: LogLevel, text: string) => void;
  /** What the present episode was told as; null when all is well. */
  #errno: Errno | null = null;
  #lost = 0;

  constructor(report: (level: LogLevel, text: string) => void) {
    this.#report = report;
  }

  /** True when this error was told in the present episode. */
  isKnown(errno: Errno): boolean {
    return this.#errno === errno;
  }

  begins(errno: Errno, text: string): void {
    if (this.#errno === errno) return;
    this.#errno = errno;
    this.#report("ERRO", text);
  }

  loses(bytes: number): void {
    this.#lost += bytes;
  }

  over(text: (lostBytes: number) => string): void {
    if (this.#errno === null) return;
    const lost = this.#lost;
    this.#errno = null;
    this.#lost = 0;
    this.#report("INFO", text(lost));
  }
}
