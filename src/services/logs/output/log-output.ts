// The stage between the pipeline of a channel and its log: stores the newest output for readers, drops lines beyond
// log_rate_limit, and formats lines by log_format.

import { durationText } from "../../../core/config/durations.ts";
import { isOutputFormatted } from "../../../core/config/output-values.ts";
import { LineFormatter, lineTimeOf, shownName } from "../../../core/logs/line-format.ts";
import { type LimitSink, LineLimit, type LineLimitState } from "../../../core/logs/line-limit.ts";
import type { PieceState } from "../../../core/logs/line-pieces.ts";
import type { StyleOf } from "../../../core/run/styles.ts";
import type { ActivityLog, ChannelName, LineOptions } from "../api.ts";
import type { RecentLog } from "../reader/recent-log.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import { JournalChannel } from "./journal-channel.ts";
import type { JournalSender } from "./journal-sender.ts";

/** The default: lines are written unchanged. */
export const AS_WRITTEN: LineOptions = { format: "raw", time: null, limit: null };

/** True if the log file differs from the output of the program. */
export function isFormatted({ format, time }: LineOptions): boolean {
  return isOutputFormatted(format, time);
}

export interface LogOutputDeps {
  readonly activity: ActivityLog;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Minutes to add to UTC at a wall-clock time. */
  readonly offsetMinutes: (wallMs: number) => number;
  /** The styles of lines on the terminal of `tsv run`; null for a daemon, where the options of each program apply. */
  readonly styleOf?: StyleOf | null;
}

interface LogOutputOptions {
  readonly name: string;
  readonly group: string;
  readonly channel: ChannelName;
  readonly lines: LineOptions;
  /** Null for a channel without a file or descriptor. */
  readonly writer: LogWriter | null;
  /** Null for a log that holds what the program wrote. */
  readonly recent: RecentLog | null;
  /** Null unless the log is the journal. */
  readonly journal: JournalSender | null;
  readonly pid: number;
  /** Gets the output that is not dropped, unformatted; null for none. */
  readonly copy: { push(bytes: Uint8Array): void; end(): void } | null;
  /** The state of the predecessor; null for none. */
  readonly before: LogOutputState | null;
}

/** The incomplete line, and the state of the rate limit. */
export interface LogOutputState {
  readonly format: PieceState | null;
  readonly limit: LineLimitState | null;
}

const OWN_STDOUT = "/dev/stdout";
const ENCODER = new TextEncoder();

export class LogOutput implements LimitSink {
  readonly #options: LogOutputOptions;
  readonly #deps: LogOutputDeps;
  readonly #formatter: LineFormatter | null;
  readonly #limit: LineLimit | null;
  readonly #journal: JournalChannel | null;
  readonly #append: (lines: Uint8Array) => void;

  constructor(options: LogOutputOptions, deps: LogOutputDeps) {
    this.#options = options;
    this.#deps = deps;
    const { name, group, channel, lines, writer, journal, before } = options;
    this.#journal =
      journal === null ? null : new JournalChannel(options, journal, before?.format ?? null);
    this.#append = (bytes) => writer?.append(bytes);
    this.#limit = lines.limit === null ? null : new LineLimit(lines.limit, before?.limit);
    const terminal = writer?.path === OWN_STDOUT ? (deps.styleOf ?? null) : null;
    const style = terminal?.(shownName(group, name), channel) ?? {
      // Only whole lines can have a time.
      format: lines.format === "raw" ? ("plain" as const) : lines.format,
      time: lineTimeOf(lines.format, lines.time),
      name: shownName(group, name),
      channel,
      colour: null,
    };
    this.#formatter =
      (isFormatted(lines) || terminal !== null) && writer !== null
        ? new LineFormatter(style, deps.offsetMinutes, before?.format)
        : null;
  }

  /** True if lines are formatted: the output grows, and is examined byte by byte. */
  get isFormatted(): boolean {
    return this.#formatter !== null;
  }

  /** True if each line becomes a message of its own. */
  get isMessages(): boolean {
    return this.#journal !== null;
  }

  get state(): LogOutputState {
    return {
      format: (this.#formatter ?? this.#journal)?.state ?? null,
      limit: this.#limit?.state ?? null,
    };
  }

  /** Takes one chunk. Its memory may be reused afterwards. */
  push(bytes: Uint8Array): void {
    const { recent, writer } = this.#options;
    // For output in a file, the writer of the log stores the times.
    recent?.add(bytes, writer?.keepsBytes === true ? null : this.#deps.wallNow());
    if (this.#limit === null) this.pass(bytes);
    else this.#limit.push(bytes, this.#deps.now(), this);
  }

  /** The stream has ended. */
  end(): void {
    this.#limit?.end(this.#deps.now(), this);
    this.#formatter?.end(this.#deps.wallNow(), this.#append);
    this.#journal?.end();
    this.#options.copy?.end();
  }

  pass(bytes: Uint8Array): void {
    if (this.#formatter === null) this.#append(bytes);
    else this.#formatter.push(bytes, this.#deps.wallNow(), this.#append);
    this.#journal?.push(bytes);
    this.#options.copy?.push(bytes);
  }

  began(): void {
    const { activity } = this.#deps;
    activity.log("WARN", `lines of ${this.#what} are dropped: it writes more than ${this.#rate}`);
  }

  dropped(count: number): void {
    const [lines, were] = count === 1 ? ["1 line", "was"] : [`${count} lines`, "were"];
    const why = `${were} dropped: log_rate_limit is ${this.#rate}`;
    this.pass(ENCODER.encode(`tsv: ${lines} ${why}\n`));
    this.#deps.activity.log("WARN", `${lines} of ${this.#what} ${why}`);
  }

  get #what(): string {
    const { name, channel } = this.#options;
    return `'${name}' ${channel}`;
  }

  get #rate(): string {
    const { count = 0, seconds = 0 } = this.#options.lines.limit ?? {};
    return `${count} ${count === 1 ? "line" : "lines"} in ${durationText(seconds)}`;
  }
}
