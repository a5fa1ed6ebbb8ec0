// Whether a log daemon reads the system's log socket, as the output of all programs finds it. Said once for all of them, and
// once when it is over: where the log daemon is itself a program, every start of the daemon begins without one.

import { SECOND } from "../../../core/base/time.ts";
import type { ActivityLog } from "../api.ts";

const DEAF =
  "no log daemon reads the system's log socket: output of programs for syslog is dropped until one does";
/** One that comes and goes is reported once in that time. */
const TELL_MS = 60 * SECOND;

export class SyslogHealth {
  readonly #activity: Pick<ActivityLog, "log">;
  #works = true;
  #isTold = false;
  #tellAt = Number.NEGATIVE_INFINITY;
  #dropped = 0;

  constructor(activity: Pick<ActivityLog, "log">) {
    this.#activity = activity;
  }

  get works(): boolean {
    return this.#works;
  }

  /** The daemon before this one has reported it. */
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
    this.#activity.log("WARN", DEAF);
  }

  #isBack(): void {
    this.#works = true;
    if (this.#isTold) {
      const lines = this.#dropped === 1 ? "1 line was" : `${this.#dropped} lines were`;
      this.#activity.log(
        "INFO",
        `a log daemon reads the system's log socket now: ${lines} dropped before`,
      );
    }
    this.#isTold = false;
    this.#dropped = 0;
  }
}
