// Sends messages of all programs to systemd's journal. Messages that a slow journal does not take are queued in order; programs
// wait while the queue is full (back-pressure). Messages for a journal that does not exist are dropped, and that is reported.

import type { JournalState } from "../../../core/snapshot/snapshot.ts";
import type { Journal } from "../../../ports/journal.ts";
import type { ActivityLog } from "../api.ts";
import { JOURNAL_TEXTS, LogDaemonHealth } from "./log-daemon-health.ts";

/** Bytes in the queue from which on programs must wait. */
const FULL_BYTES = 256 * 1024;
/** Most bytes in the queue, with the rest of the output of programs that have exited. Further messages are dropped. */
const MOST_BYTES = 4 * 1024 * 1024;

const BEHIND = "the journal of systemd is behind: output of programs that have exited is dropped";
const CAUGHT_UP = "the journal of systemd has caught up";

interface JournalSenderDeps {
  readonly journal: Journal;
  readonly activity: Pick<ActivityLog, "log">;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** True while nothing may be sent: another daemon may have to continue. */
  readonly isHalted: () => boolean;
}

export class JournalSender {
  readonly #deps: JournalSenderDeps;
  readonly #health: LogDaemonHealth;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  /** Messages that were dropped because the queue was full. */
  #lost = 0;
  #drained: (() => void)[] = [];
  #empty: (() => void)[] = [];

  /** @param before the messages that the predecessor could not send, and whether its journal worked */
  constructor(deps: JournalSenderDeps, before: JournalState | null) {
    this.#deps = deps;
    this.#health = new LogDaemonHealth(deps.activity, JOURNAL_TEXTS);
    if (before === null) return;
    if (!before.works) this.#health.restoreDeaf();
    for (const message of before.waiting) this.#wait(message);
  }

  /** For the successor; null when the journal works and nothing is queued. */
  get state(): JournalState | null {
    const { works } = this.#health;
    if (works && this.#waiting.length === 0) return null;
    return { works, waiting: [...this.#waiting] };
  }

  /** True if producers of output must wait for `whenDrained` (back-pressure). */
  get isFull(): boolean {
    return this.#bytes >= FULL_BYTES;
  }

  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void {
    this.#drained.push(resume);
  }

  /** Settles when the queue is empty. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  /** Sends the queue: sending is allowed from now on, or again. */
  resume(): void {
    this.#send();
  }

  /** Sends one message, or queues a copy of it. */
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
