// An episode in which one log cannot be written. Reported at its beginning, again when the error changes, and at its end with
// the number of bytes lost.

import type { LogLevel } from "../../../core/config/model.ts";
import type { LogState } from "../../../core/snapshot/snapshot.ts";
import type { Errno } from "../../../ports/log-files.ts";

export type ReportError = (path: string, level: LogLevel, text: string) => void;

export class LogErrors {
  readonly #path: string;
  readonly #report: ReportError;
  /** The error that was reported last, and the bytes lost; null while there is no episode. */
  #episode: LogState["trouble"] = null;

  constructor(path: string, report: ReportError) {
    this.#path = path;
    this.#report = report;
  }

  get state(): LogState["trouble"] {
    return this.#episode;
  }

  /** Continues the episode of the predecessor. */
  restore(state: LogState["trouble"]): void {
    this.#episode = state;
  }

  isReported(errno: Errno): boolean {
    return this.#episode?.errno === errno;
  }

  /** An operation failed. */
  begin(errno: Errno, text: string): void {
    const isNews = !this.isReported(errno);
    this.#episode = { errno, lost: this.#episode?.lost ?? 0 };
    if (isNews) this.#report(this.#path, "ERRO", text);
  }

  /** Output was dropped. */
  lose(bytes: number): void {
    if (this.#episode === null) return;
    this.#episode = { ...this.#episode, lost: this.#episode.lost + bytes };
  }

  /** Something was written. */
  end(text: (lost: number) => string): void {
    if (this.#episode === null) return;
    const { lost } = this.#episode;
    this.#episode = null;
    this.#report(this.#path, "INFO", text(lost));
  }
}
