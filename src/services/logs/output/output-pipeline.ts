// Passes the output of one channel from its pipe to its log: first capture, then strip_ansi, then the log file, syslog, the
// echo in the activity log at DEBG, and event listeners.

import type { ProcessKey } from "../../../core/base/ids.ts";
import type { ChannelConfig } from "../../../core/config/model.ts";
import { durationText } from "../../../core/config/quantities.ts";
import { isOutputFormatted } from "../../../core/config/values.ts";
import {
  type AnsiState,
  heldBack,
  isPlain,
  stripAnsi,
  strippedCapacity,
} from "../../../core/logs/ansi.ts";
import { CaptureScanner } from "../../../core/logs/capture.ts";
import { LineFormatter, lineTimeOf, shownName } from "../../../core/logs/line-format.ts";
import { type LimitSink, LineLimit } from "../../../core/logs/line-limit.ts";
import { unfinishedCharacter } from "../../../core/logs/line-pieces.ts";
import { linesOf } from "../../../core/logs/log-text.ts";
import { echoText, pyBytesRepr } from "../../../core/logs/py-bytes.ts";
import type { StyleOf } from "../../../core/run/terminal.ts";
import type { PipelineState } from "../../../core/snapshot/snapshot.ts";
import type { ChannelName, LineOptions } from "../api.ts";
import type { RecentLog } from "../reader/recent-log.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import {
  JournalChannel,
  type JournalSender,
  SyslogChannel,
  type SyslogChannelDeps,
} from "./log-daemons.ts";

/** The origin of output. */
interface OutputSource {
  readonly key: ProcessKey;
  readonly name: string;
  readonly group: string;
  readonly pid: number;
  readonly channel: ChannelName;
}

/**
 * Takes output for events: a chunk as it was logged (PROCESS_LOG), a finished capture (PROCESS_COMMUNICATION), or a reply of an
 * event listener. The bytes are valid until it returns.
 */
export type OnOutput = (
  kind: "log" | "communication" | "protocol",
  source: OutputSource,
  bytes: Uint8Array,
) => void;

export interface PipelineOptions extends OutputSource, SyslogChannelDeps {
  readonly config: ChannelConfig;
  readonly lines: LineOptions;
  /** Null for a log that holds what the program wrote. */
  readonly recent: RecentLog | null;
  readonly stripAnsi: boolean;
  /** True for the stdout of an event listener, which is a protocol: echoed as bytes, neither captured nor sent as events. */
  readonly isListenerProtocol: boolean;
  readonly writer: LogWriter | null;
  /** Null unless the log is the journal. */
  readonly journal: JournalSender | null;
  readonly onOutput: OnOutput;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Minutes to add to UTC at a wall-clock time. */
  readonly offsetMinutes: (wallMs: number) => number;
  /** The styles of lines on the terminal of `tsv run`; null for a daemon, where the options of each program apply. */
  readonly styleOf?: StyleOf | null;
  /** The state of the predecessor; null for none. */
  readonly before?: PipelineState | null;
}

const NOTHING = new Uint8Array(0);
const ENCODER = new TextEncoder();
/** Most bytes of one `push` when each line or capture may become a message of its own. */
const SMALL_STEP = 4 * 1024;
/** Most bytes of one `push` when lines are formatted: an empty line becomes a hundred bytes. */
const FORMAT_STEP = 8 * 1024;
const LARGE_STEP = 64 * 1024;

/** True when output goes unchanged to the log and nowhere else, so that it needs no pipeline. */
export function isPlainOutput({
  config,
  lines,
  recent,
  stripAnsi: strips,
  isListenerProtocol,
  activity,
}: Pick<
  PipelineOptions,
  "config" | "lines" | "recent" | "stripAnsi" | "isListenerProtocol" | "activity"
>): boolean {
  const hasEvents = config.eventsEnabled || isListenerProtocol;
  const isCopied = config.syslog || activity.enabled("DEBG");
  if (recent !== null || lines.limit !== null || isFormatted(lines)) return false;
  return !strips && !hasEvents && !isCopied && config.captureMaxBytes <= 0;
}

export class OutputPipeline {
  readonly #options: PipelineOptions;
  readonly #echoes: boolean;
  readonly #capture: CaptureScanner | null;
  readonly #syslog: SyslogChannel | null;
  readonly #log: LogOutput;
  #ansi: AnsiState = "ground";
  /** The first bytes of a character, held back for the next event: a character cut in two would be invalid in both events. */
  #unfinished: Uint8Array = NOTHING;

  constructor(options: PipelineOptions) {
    const { config, isListenerProtocol, before = null } = options;
    this.#options = options;
    this.#echoes = options.activity.enabled("DEBG");
    const captures = config.captureMaxBytes > 0 && !isListenerProtocol;
    this.#capture = captures ? new CaptureScanner(config.captureMaxBytes, before?.capture) : null;
    const syslog = before && { line: before.line, works: before.syslogWorks };
    this.#syslog = config.syslog ? new SyslogChannel(options, syslog, options) : null;
    this.#log = new LogOutput(options, this.#syslog);
    if (before === null) return;
    this.#ansi = before.ansi;
    this.#unfinished = before.character;
  }

  /** Most bytes to pass to one call of `push`, so that no call takes long. */
  get step(): number {
    const isSmall = this.#syslog !== null || this.#capture !== null || this.#log.isMessages;
    if (isSmall) return SMALL_STEP;
    return this.#log.isFormatted ? FORMAT_STEP : LARGE_STEP;
  }

  get state(): PipelineState {
    return {
      ansi: this.#ansi,
      capture: this.#capture?.state ?? null,
      line: this.#syslog?.line ?? NOTHING,
      character: this.#unfinished,
      syslogWorks: this.#syslog?.works ?? true,
      ...this.#log.state,
    };
  }

  /** Takes one chunk. Its memory may be reused afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#capture === null) {
      this.#strip(chunk, true);
      // The unchanged bytes: strip_ansi is for people who read logs.
      const { isListenerProtocol, onOutput } = this.#options;
      if (isListenerProtocol) onOutput("protocol", this.#options, chunk);
      return;
    }
    for (const piece of this.#capture.push(chunk)) {
      if (piece.kind === "captured") {
        this.#endStrip(false);
        this.#communicate(piece.bytes);
      } else {
        this.#strip(piece.bytes, piece.kind === "log");
      }
    }
  }

  /** The stream has ended: passes on the bytes that were held back. */
  end(): void {
    for (const piece of this.#capture?.end() ?? []) this.#strip(piece.bytes, true);
    this.#endStrip(true);
    const held = this.#unfinished;
    if (held.length > 0) this.#options.onOutput("log", this.#options, held);
    this.#log.end();
  }

  #strip(bytes: Uint8Array, isLogged: boolean): void {
    if (!this.#options.stripAnsi || isPlain(this.#ansi, bytes)) {
      this.#output(bytes, isLogged);
      return;
    }
    const output = new Uint8Array(strippedCapacity(bytes.length));
    const step = stripAnsi(this.#ansi, bytes, output);
    this.#ansi = step.state;
    this.#output(output.subarray(0, step.written), isLogged);
  }

  #endStrip(isLogged: boolean): void {
    const held = heldBack(this.#ansi);
    this.#ansi = "ground";
    this.#output(held, isLogged);
  }

  #output(bytes: Uint8Array, isLogged: boolean): void {
    if (bytes.length === 0) return;
    const { config, isListenerProtocol } = this.#options;
    if (this.#echoes) this.#echo(bytes);
    if (isLogged) this.#log.push(bytes);
    // Captured text too, as in Supervisor.
    if (config.eventsEnabled && !isListenerProtocol) this.#announce(bytes);
  }

  #announce(bytes: Uint8Array): void {
    const { onOutput } = this.#options;
    const held = this.#unfinished;
    const all = held.length === 0 ? bytes : joined(held, bytes);
    const end = all.length - unfinishedCharacter(all);
    this.#unfinished = end === all.length ? NOTHING : all.slice(end);
    if (end > 0) onOutput("log", this.#options, all.subarray(0, end));
  }

  #communicate(captured: Uint8Array): void {
    const { name, channel, activity, onOutput } = this.#options;
    const stripped = this.#options.stripAnsi ? strippedWhole(captured) : captured;
    onOutput("communication", this.#options, stripped);
    activity.log("DEBG", `'${name}' ${channel} emitted a comm event`);
  }

  #echo(bytes: Uint8Array): void {
    const { name, channel, activity, isListenerProtocol } = this.#options;
    const data = isListenerProtocol ? pyBytesRepr(bytes) : echoText(bytes);
    activity.log("DEBG", linesOf(`'${name}' ${channel} output:\n${data}`));
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function strippedWhole(bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(strippedCapacity(bytes.length));
  return output.slice(0, stripAnsi("ground", bytes, output).written);
}

/** The default: lines are written unchanged. */
export const AS_WRITTEN: LineOptions = { format: "raw", time: null, limit: null };

/** True if the log file differs from the output of the program. */
export function isFormatted({ format, time }: LineOptions): boolean {
  return isOutputFormatted(format, time);
}

const OWN_STDOUT = "/dev/stdout";
/** The last stage before the log: stores the newest output for readers, drops lines beyond log_rate_limit, formats the others. */
class LogOutput implements LimitSink {
  readonly #options: PipelineOptions;
  readonly #syslog: SyslogChannel | null;
  readonly #formatter: LineFormatter | null;
  readonly #limit: LineLimit | null;
  readonly #journal: JournalChannel | null;
  readonly #append: (lines: Uint8Array) => void;

  /** @param syslog gets the output that is not dropped, unformatted; null for none */
  constructor(options: PipelineOptions, syslog: SyslogChannel | null) {
    this.#options = options;
    this.#syslog = syslog;
    const { name, group, channel, lines, writer, journal, before = null } = options;
    this.#journal =
      journal === null ? null : new JournalChannel(options, journal, before?.format ?? null);
    this.#append = (bytes) => writer?.append(bytes);
    this.#limit = lines.limit === null ? null : new LineLimit(lines.limit, before?.limit);
    const terminal = writer?.path === OWN_STDOUT ? (options.styleOf ?? null) : null;
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
        ? new LineFormatter(style, options.offsetMinutes, before?.format)
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

  get state(): Pick<PipelineState, "format" | "limit"> {
    return {
      format: (this.#formatter ?? this.#journal)?.state ?? null,
      limit: this.#limit?.state ?? null,
    };
  }

  /** Takes one chunk. Its memory may be reused afterwards. */
  push(bytes: Uint8Array): void {
    const { recent, writer } = this.#options;
    // For output in a file, the writer of the log stores the times.
    recent?.add(bytes, writer?.keepsBytes === true ? null : this.#options.wallNow());
    if (this.#limit === null) this.pass(bytes);
    else this.#limit.push(bytes, this.#options.now(), this);
  }

  /** The stream has ended. */
  end(): void {
    this.#limit?.end(this.#options.now(), this);
    this.#formatter?.end(this.#options.wallNow(), this.#append);
    this.#journal?.end();
    this.#syslog?.end();
  }

  pass(bytes: Uint8Array): void {
    if (this.#formatter === null) this.#append(bytes);
    else this.#formatter.push(bytes, this.#options.wallNow(), this.#append);
    this.#journal?.push(bytes);
    this.#syslog?.push(bytes);
  }

  began(): void {
    const { activity } = this.#options;
    activity.log("WARN", `lines of ${this.#what} are dropped: it writes more than ${this.#rate}`);
  }

  dropped(count: number): void {
    const [lines, were] = count === 1 ? ["1 line", "was"] : [`${count} lines`, "were"];
    const why = `${were} dropped: log_rate_limit is ${this.#rate}`;
    this.pass(ENCODER.encode(`tsv: ${lines} ${why}\n`));
    this.#options.activity.log("WARN", `${lines} of ${this.#what} ${why}`);
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
