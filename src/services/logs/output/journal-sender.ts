// Sends messages of all programs to systemd's journal. What a journal that is behind does not take waits in order; programs wait
// when that is much, as with any other slow reader. One that is not there gets nothing, and that is reported.

import type { JournalState } from "../../../core/handover/model.ts";
import type { Journal } from "../../../ports/journal.ts";
import type { ActivityLog } from "../api.ts";
import { JOURNAL_TEXTS, LogDaemonHealth } from "./log-daemon-health.ts";

/** Bytes that wait before programs do. */
const FULL_BYTES = 256 * 1024;
/** Most bytes that wait: the rest of what dying programs have written comes on top. */
const MOST_BYTES = 4 * 1024 * 1024;

const BEHIND = "the journal of systemd is behind: output of programs that have exited is dropped";
const CAUGHT_UP = "the journal of systemd has caught up";

interface JournalSenderDeps {
  readonly journal: Journal;
  readonly activity: Pick<ActivityLog, "log">;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Nothing is sent: another daemon may have to continue. */
  readonly isHalted: () => boolean;
}

export class JournalSender {
  readonly #deps: JournalSenderDeps;
  readonly #health: LogDaemonHealth;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  /** Lines that were dropped because too much waits. */
  #lost = 0;
  #drained: (() => void)[] = [];
  #empty: (() => void)[] = [];

  /** @param before what the predecessor could not send */
  constructor(deps: JournalSenderDeps, before: JournalState | null) {
    this.#deps = deps;
    this.#health = new LogDaemonHealth(deps.activity, JOURNAL_TEXTS);
    if (before === null) return;
    if (!before.works) this.#health.restoreDeaf();
    for (const message of before.waiting) this.#wait(message);
  }

  /** Null for one that has nothing to tell. */
  get state(): JournalState | null {
    const { works } = this.#health;
    if (works && this.#waiting.length === 0) return null;
    return { works, waiting: [...this.#waiting] };
  }

  /** True if producers of output have to wait for `whenDrained` (back-pressure). */
  get isFull(): boolean {
    return this.#bytes >= FULL_BYTES;
  }

  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void {
    this.#drained.push(resume);
  }

  /** Settles when nothing waits. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  /** Sending is allowed from now on, or again. */
  resume(): void {
    this.#send();
  }

  /** Takes one message, copying it if it has to wait. */
  send(message: Uint8Array): void {
    const { journal, isHalted } = this.#deps;
    if (this.#waiting.length > 0 || isHalted()) {
      this.#wait(message.slice());
      return;
    }
    const outcome = journal.send(message);
    if (outcome !== "full") {
      this.#health.note(outcome, this.#deps.now());
      return;
    }
    this.#wait(message.slice());
    journal.whenReady(() => this.#send());
  }

  #wait(message: Uint8Array): void {
    if (this.#bytes + message.length > MOST_BYTES) {
      if (this.#lost === 0) this.#deps.activity.log("WARN", BEHIND);
      this.#lost += 1;
      return;
    }
    this.#waiting.push(message);
    this.#bytes += message.length;
  }

  #send(): void {
    const { journal, now, isHalted } = this.#deps;
    if (isHalted()) return;
    let sent = 0;
    for (const message of this.#waiting) {
      const outcome = journal.send(message);
      if (outcome === "full") break;
      this.#health.note(outcome, now());
      this.#bytes -= message.length;
      sent += 1;
    }
    this.#waiting.splice(0, sent);
    if (this.#waiting.length > 0) journal.whenReady(() => this.#send());
    if (this.#bytes <= FULL_BYTES / 2) callAll(this.#drained.splice(0));
    if (this.#waiting.length > 0) return;
    if (this.#lost > 0)
      this.#deps.activity.log("INFO", `${CAUGHT_UP}: ${this.#lost} lines were dropped`);
    this.#lost = 0;
    callAll(this.#empty.splice(0));
  }
}

function callAll(waiting: readonly (() => void)[]): void {
  for (const resume of waiting) resume();
}
