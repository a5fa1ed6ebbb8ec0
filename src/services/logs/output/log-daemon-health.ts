// Reports that no log daemon reads its socket, when output of programs cannot be sent. Reports this once for all programs, and
// once that the log daemon is back: where it is itself a program of this daemon, every start of the daemon begins without it.

import { SECOND } from "../../../core/base/time.ts";
import type { ActivityLog } from "../api.ts";

interface HealthTexts {
  readonly deaf: string;
  readonly back: string;
}

export const SYSLOG_TEXTS: HealthTexts = {
  deaf: "no log daemon reads the system's log socket: output of programs for syslog is dropped until one does",
  back: "a log daemon reads the system's log socket now",
};
export const JOURNAL_TEXTS: HealthTexts = {
  deaf: "the journal of systemd is not there: output of programs for it is dropped until it is",
  back: "the journal of systemd is there now",
};

/** Least milliseconds between two reports of a missing log daemon. */
const TELL_MS = 60 * SECOND;

export class LogDaemonHealth {
  readonly #activity: Pick<ActivityLog, "log">;
  readonly #texts: HealthTexts;
  #works = true;
  #isTold = false;
  #tellAt = Number.NEGATIVE_INFINITY;
  #dropped = 0;

  constructor(activity: Pick<ActivityLog, "log">, texts: HealthTexts) {
    this.#activity = activity;
    this.#texts = texts;
  }

  get works(): boolean {
    return this.#works;
  }

  /** The predecessor has reported that there is no log daemon. */
  restoreDeaf(): void {
    this.#works = false;
    this.#isTold = true;
  }

  /** A line was taken, or there was no log daemon to take it. @param now monotonic milliseconds */
  note(outcome: "sent" | "deaf", now: number): void {
    if (outcome === "deaf") this.#isDeaf(now);
    else if (!this.#works) this.#isBack();
  }

  #isDeaf(now: number): void {
    this.#works = false;
    this.#dropped += 1;
    if (this.#isTold || now < this.#tellAt) return;
    this.#isTold = true;
    this.#tellAt = now + TELL_MS;
    this.#activity.log("WARN", this.#texts.deaf);
  }

  #isBack(): void {
    this.#works = true;
    if (this.#isTold) {
      const lines = this.#dropped === 1 ? "1 line was" : `${this.#dropped} lines were`;
      this.#activity.log("INFO", `${this.#texts.back}: ${lines} dropped before`);
    }
    this.#isTold = false;
    this.#dropped = 0;
  }
}
