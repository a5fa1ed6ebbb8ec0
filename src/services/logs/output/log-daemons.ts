// Sends the output of programs to log daemons, line by line: to systemd's journal, and to syslog.

import { SECOND } from "../../../core/base/time.ts";
import { JournalMessages, type JournalSource } from "../../../core/logs/journal-message.ts";
import { ChannelLines, LINES_PER_SECOND, type LineBudget } from "../../../core/logs/line-limit.ts";
import { LinePieces, type PieceSink, type PieceState } from "../../../core/logs/line-pieces.ts";
import type { JournalState } from "../../../core/snapshot/snapshot.ts";
import type { Journal, Syslog } from "../../../ports/syslog.ts";
import type { ActivityLog, DroppedOutput } from "../api.ts";

/** Bytes in the queue from which on programs must wait. */
const FULL_BYTES = 256 * 1024;
/** Most bytes in the queue, with the rest of the output of programs that have exited. Further messages are dropped. */
const MOST_BYTES = 4 * 1024 * 1024;

const BEHIND = "the journal of systemd is behind: output of programs that have exited is dropped";
const CAUGHT_UP = "the journal of systemd has caught up";

/** Counts output that was dropped. */
interface CountsDropped {
  dropped(by: keyof DroppedOutput, bytes: number): void;
}

interface JournalSenderDeps {
  readonly journal: Journal;
  readonly activity: Pick<ActivityLog, "log">;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** True while nothing may be sent: another daemon may have to continue. */
  readonly isHalted: () => boolean;
}

/**
 * Sends messages of all programs to the journal. Messages that a slow journal does not take are queued in order; programs wait
 * while the queue is full (back-pressure). Messages for a journal that does not exist are dropped, and that is reported.
 */
export class JournalSender {
  readonly #deps: JournalSenderDeps;
  readonly #health: LogDaemonHealth;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  /** Messages that left the queue, and calls that wait for a number of them. */
  #sent = 0;
  #marks: { readonly at: number; readonly done: () => void }[] = [];
  /** Messages that were dropped because the queue was full. */
  #lost = 0;
  #drained: (() => void)[] = [];
  #empty: (() => void)[] = [];

  /** @param before the messages that the predecessor could not send, and whether its journal worked */
  constructor(deps: JournalSenderDeps, before: JournalState | null) {
    this.#deps = deps;
    this.#health = new LogDaemonHealth(deps.activity, JOURNAL_TEXTS);
    if (before === null) return;
    if (!before.works) this.#health.restoreAbsent();
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

  /** Calls back when the journal has what is queued now, perhaps before it returns. */
  whenWritten(done: () => void): void {
    if (this.#waiting.length === 0) done();
    else this.#marks.push({ at: this.#sent + this.#waiting.length, done });
  }

  /** Settles when the queue is empty. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  /** Sends one message, or queues a copy of it. @returns false if it was dropped */
  send(message: Uint8Array): boolean {
    const { journal, isHalted } = this.#deps;
    if (this.#waiting.length > 0 || isHalted()) return this.#wait(message.slice());
    const outcome = journal.send(message);
    if (outcome !== "full") {
      this.#health.note(outcome, this.#deps.now());
      return outcome === "sent";
    }
    const isQueued = this.#wait(message.slice());
    journal.whenReady(() => this.resume());
    return isQueued;
  }

  #wait(message: Uint8Array): boolean {
    if (this.#bytes + message.length > MOST_BYTES) {
      if (this.#lost === 0) this.#deps.activity.log("WARN", BEHIND);
      this.#lost += 1;
      return false;
    }
    this.#waiting.push(message);
    this.#bytes += message.length;
    return true;
  }

  /** Sends the queue: sending is allowed from now on, or there is room again. */
  resume(): void {
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
    this.#sent += sent;
    const passed = this.#marks.filter(({ at }) => at <= this.#sent);
    this.#marks = this.#marks.filter(({ at }) => at > this.#sent);
    for (const { done } of passed) done();
    if (this.#waiting.length > 0) journal.whenReady(() => this.resume());
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

interface HealthTexts {
  readonly deaf: string;
  readonly back: string;
}

export const SYSLOG_TEXTS: HealthTexts = {
  deaf: "no log daemon reads the system's log socket: output of programs for syslog is dropped until one does",
  back: "a log daemon reads the system's log socket now",
};
const JOURNAL_TEXTS: HealthTexts = {
  deaf: "the journal of systemd is not there: output of programs for it is dropped until it is",
  back: "the journal of systemd is there now",
};

/** Least milliseconds between two reports of a missing log daemon, and of dropped lines of one channel. */
const REPORT_MS = 60 * SECOND;

/**
 * Reports once for all programs that no log daemon reads its socket, and once that the log daemon is back: where it is itself
 * a program of this daemon, every start of the daemon begins without it.
 */
export class LogDaemonHealth {
  readonly #activity: Pick<ActivityLog, "log">;
  readonly #texts: HealthTexts;
  #works = true;
  #isReported = false;
  #reportAt = Number.NEGATIVE_INFINITY;
  #dropped = 0;

  constructor(activity: Pick<ActivityLog, "log">, texts: HealthTexts) {
    this.#activity = activity;
    this.#texts = texts;
  }

  get works(): boolean {
    return this.#works;
  }

  /** The predecessor has reported that there is no log daemon. */
  restoreAbsent(): void {
    this.#works = false;
    this.#isReported = true;
  }

  /** A line was taken, or there was no log daemon to take it. @param now monotonic milliseconds */
  note(outcome: "sent" | "deaf", now: number): void {
    if (outcome === "deaf") this.#absent(now);
    else if (!this.#works) this.#returned();
  }

  #absent(now: number): void {
    this.#works = false;
    this.#dropped += 1;
    if (this.#isReported || now < this.#reportAt) return;
    this.#isReported = true;
    this.#reportAt = now + REPORT_MS;
    this.#activity.log("WARN", this.#texts.deaf);
  }

  #returned(): void {
    this.#works = true;
    if (this.#isReported) {
      const lines = this.#dropped === 1 ? "1 line was" : `${this.#dropped} lines were`;
      this.#activity.log("INFO", `${this.#texts.back}: ${lines} dropped before`);
    }
    this.#isReported = false;
    this.#dropped = 0;
  }
}

/** Most bytes of a message; a longer line is sent in pieces. */
export const LONGEST_SYSLOG_LINE = 8192;
const ENCODER = new TextEncoder();

export interface SyslogDeps {
  readonly syslog: Syslog;
  /** Shared by all channels. */
  readonly syslogHealth: LogDaemonHealth;
  readonly activity: ActivityLog;
  /** Shared by all channels. */
  readonly budget: LineBudget;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Sends one channel to syslog, a limited number of lines per second. Dropped lines are counted and reported in the activity log. */
export class SyslogChannel implements PieceSink {
  readonly #deps: SyslogDeps;
  /** `'web' stdout`. */
  readonly #what: string;
  readonly #source: CountsDropped;
  readonly #pieces: LinePieces;
  readonly #lines = new ChannelLines();
  /** The buffer of a message: the name of the program, a space, and room for a line. */
  #message: Uint8Array;
  readonly #prefixLength: number;
  /** The time of the present call, monotonic milliseconds. */
  #now = 0;

  /** @param before the incomplete line of the predecessor, and whether its log daemon took the last line; null for none */
  constructor(
    process: { readonly name: string; readonly channel: string } & CountsDropped,
    before: { readonly line: Uint8Array; readonly works: boolean } | null,
    deps: SyslogDeps,
  ) {
    this.#deps = deps;
    this.#what = `'${process.name}' ${process.channel}`;
    this.#source = process;
    const line = before === null ? null : { held: before.line, isContinued: false };
    this.#pieces = new LinePieces(this, line, LONGEST_SYSLOG_LINE);
    if (before?.works === false) deps.syslogHealth.restoreAbsent();
    this.#message = ENCODER.encode(`${process.name} `);
    this.#prefixLength = this.#message.length;
  }

  get line(): Uint8Array {
    return this.#pieces.state.held;
  }

  /** Bytes of an incomplete line. */
  get held(): number {
    return this.#pieces.held;
  }

  get works(): boolean {
    return this.#deps.syslogHealth.works;
  }

  push(bytes: Uint8Array): void {
    this.#now = this.#deps.now();
    this.#pieces.push(bytes);
    this.#reportDropped();
  }

  end(): void {
    this.#now = this.#deps.now();
    this.#pieces.end();
    this.#lines.reportAt = Number.NEGATIVE_INFINITY;
    this.#reportDropped();
  }

  take(bytes: Uint8Array, from: number, to: number): void {
    const { syslog, syslogHealth, budget } = this.#deps;
    // Log daemons drop empty lines.
    if (from === to) return;
    const mayGo = budget.take(this.#lines, this.#now);
    const outcome = mayGo ? syslog.send(this.#withName(bytes.subarray(from, to))) : null;
    if (outcome !== "sent") this.#source.dropped("syslog", to - from);
    if (outcome === "full") this.#lines.dropped += 1;
    else if (outcome !== null) syslogHealth.note(outcome, this.#now);
  }

  #withName(line: Uint8Array): Uint8Array {
    const length = this.#prefixLength + line.length;
    if (this.#message.length < length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#message.subarray(0, this.#prefixLength));
      this.#message = larger;
    }
    this.#message.set(line, this.#prefixLength);
    return this.#message.subarray(0, length);
  }

  #reportDropped(): void {
    const { dropped, reportAt } = this.#lines;
    if (dropped === 0 || this.#now < reportAt) return;
    this.#lines.dropped = 0;
    this.#lines.reportAt = this.#now + REPORT_MS;
    const lines = dropped === 1 ? "1 line" : `${dropped} lines`;
    const why = `the log daemon is behind, or programs send more than ${LINES_PER_SECOND} lines a second`;
    this.#deps.activity.log("WARN", `${lines} of ${this.#what} for syslog were dropped: ${why}`);
  }
}

/**
 * Sends the lines of one channel to the journal, one message for each line.
 * @param before the incomplete line of the predecessor; null for none
 */
export function journalLines(
  source: JournalSource & CountsDropped,
  sender: JournalSender,
  before: PieceState | null,
): LinePieces {
  const messages = new JournalMessages(source);
  const take: PieceSink["take"] = (...piece) => {
    const message = messages.of(...piece);
    if (message === null || sender.send(message)) return;
    const [, from, to] = piece;
    source.dropped("journal", to - from);
  };
  return new LinePieces({ take }, before);
}
