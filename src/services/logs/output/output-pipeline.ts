// Passes the output of one channel from its pipe to its log:
//
//   pipe ─► capture ─► strip_ansi ─► echo at DEBG
//                                    log: newest output for readers ─► log_rate_limit ─► log_format ─► log file
//                                                                                        journal, syslog
//                                    events

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
import {
  LineFormatter,
  type LineFrame,
  lineTimeOf,
  shownName,
} from "../../../core/logs/line-format.ts";
import { type LimitSink, LineLimit } from "../../../core/logs/line-limit.ts";
import { type LinePieces, unfinishedCharacter } from "../../../core/logs/line-pieces.ts";
import { echoText, linesOf, pyBytesRepr } from "../../../core/logs/log-text.ts";
import { joined } from "../../../core/logs/positions.ts";
import type { StyleOf } from "../../../core/run/terminal.ts";
import type { PipelineState } from "../../../core/snapshot/snapshot.ts";
import type { Transfer } from "../../../ports/log-files.ts";
import type { ChannelName, DroppedOutput, LineOptions } from "../api.ts";
import type { RecentLog } from "../reader/recent-log.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import { type JournalSender, journalLines, SyslogChannel, type SyslogDeps } from "./log-daemons.ts";

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

/** Shared by all channels. */
export interface PipelineDeps extends SyslogDeps {
  readonly onOutput: OnOutput;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Minutes to add to UTC at a wall-clock time. */
  readonly offsetMinutes: (wallMs: number) => number;
  /** The styles of lines on the terminal of `tsv run`; null for a daemon, where the options of each program apply. */
  readonly styleOf: StyleOf | null;
}

/** One channel of a running process. */
export interface OutputChannel extends OutputSource {
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
  /** Counts output that was dropped. */
  readonly dropped: (by: keyof DroppedOutput, bytes: number) => void;
}

const NOTHING = new Uint8Array(0);
const ENCODER = new TextEncoder();
/** Most bytes of one `push` when each line or capture may become a message of its own. */
const SMALL_STEP = 4 * 1024;
/** Most bytes of one `push` when lines are formatted: an empty line becomes a hundred bytes. */
const FORMAT_STEP = 8 * 1024;
const LARGE_STEP = 64 * 1024;
const OWN_STDOUT = "/dev/stdout";

/** The default: lines are written unchanged. */
export const AS_WRITTEN: LineOptions = { format: "raw", time: null, limit: null };

/** True if the log file differs from the output of the program. */
export function isFormatted({ format, time }: LineOptions): boolean {
  return isOutputFormatted(format, time);
}

/** True when output goes unchanged to the log and nowhere else, so that it needs no pipeline. */
export function isPlainOutput(channel: OutputChannel, { activity }: PipelineDeps): boolean {
  const { config, lines, recent, stripAnsi, isListenerProtocol } = channel;
  const hasEvents = config.eventsEnabled || isListenerProtocol;
  const isCopied = config.syslog || activity.enabled("DEBG");
  if (recent !== null || lines.limit !== null || isFormatted(lines)) return false;
  return !stripAnsi && !hasEvents && !isCopied && config.captureMaxBytes <= 0;
}

export class OutputPipeline implements LimitSink {
  readonly #channel: OutputChannel;
  readonly #deps: PipelineDeps;
  /** `'web' stdout`, for messages. */
  readonly #what: string;
  readonly #echoes: boolean;
  readonly #capture: CaptureScanner | null;
  readonly #limit: LineLimit | null;
  readonly #formatter: LineFormatter | null;
  readonly #journal: LinePieces | null;
  readonly #syslog: SyslogChannel | null;
  readonly #append: (lines: Uint8Array) => void;
  #ansi: AnsiState = "ground";
  /** The first bytes of a character, held back for the next event: a character cut in two would be invalid in both events. */
  #unfinished: Uint8Array = NOTHING;

  /** @param before the state of the predecessor; null for none */
  constructor(channel: OutputChannel, deps: PipelineDeps, before: PipelineState | null = null) {
    const { config, lines, writer, journal } = channel;
    this.#channel = channel;
    this.#deps = deps;
    this.#what = `'${channel.name}' ${channel.channel}`;
    this.#echoes = deps.activity.enabled("DEBG");
    const captures = config.captureMaxBytes > 0 && !channel.isListenerProtocol;
    this.#capture = captures ? new CaptureScanner(config.captureMaxBytes, before?.capture) : null;
    this.#limit = lines.limit === null ? null : new LineLimit(lines.limit, before?.limit);
    this.#formatter = formatterOf(channel, deps, before);
    this.#journal =
      journal === null ? null : journalLines(channel, journal, before?.format ?? null);
    const syslog = before && { line: before.line, works: before.syslogWorks };
    this.#syslog = config.syslog ? new SyslogChannel(channel, syslog, deps) : null;
    this.#append = (bytes) => writer?.append(bytes);
    if (before === null) return;
    this.#ansi = before.ansi;
    this.#unfinished = before.character;
  }

  /** Most bytes to pass to one call of `push`, so that no call takes long. */
  get step(): number {
    const isSmall = this.#syslog !== null || this.#capture !== null || this.#journal !== null;
    if (isSmall) return SMALL_STEP;
    return this.#formatter === null ? LARGE_STEP : FORMAT_STEP;
  }

  get state(): PipelineState {
    return {
      ansi: this.#ansi,
      capture: this.#capture?.state ?? null,
      line: this.#syslog?.line ?? NOTHING,
      character: this.#unfinished,
      syslogWorks: this.#syslog?.works ?? true,
      format: (this.#formatter ?? this.#journal)?.state ?? null,
      limit: this.#limit?.state ?? null,
    };
  }

  /** Bytes that were not handed on, at most: of an incomplete line or character, and of a capture. */
  get held(): number {
    const lines = [this.#formatter, this.#journal, this.#syslog].map((each) => each?.held ?? 0);
    return (this.#capture?.held ?? 0) + Math.max(...lines, this.#unfinished.length);
  }

  /** True when the output goes to the log alone, line by line, so that its writer can format it. */
  get canTransfer(): boolean {
    const { config, recent, stripAnsi, isListenerProtocol } = this.#channel;
    if (this.#formatter === null || recent?.isAwaited === true) return false;
    if (this.#capture !== null || this.#limit !== null || this.#syslog !== null) return false;
    return !stripAnsi && !this.#echoes && !config.eventsEnabled && !isListenerProtocol;
  }

  /** How the writer formats lines from now on. */
  get frame(): LineFrame | null {
    return this.#formatter?.frame(this.#deps.wallNow()) ?? null;
  }

  /** The writer begins to format the output. */
  beginTransfer(): void {
    this.#channel.recent?.beginTransfer();
  }

  /** The writer has formatted output. */
  took({ taken, lines }: Transfer): void {
    if (lines === null) return;
    this.#formatter?.restore(lines.after);
    const { newest } = lines;
    this.#channel.recent?.addAfter(taken - newest.length, newest, this.#deps.wallNow());
  }

  endTransfer(): void {
    this.#channel.recent?.endTransfer();
  }

  /** Takes one chunk. Its memory may be reused afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#capture === null) {
      this.#strip(chunk, true);
      // The unchanged bytes: strip_ansi is for people who read logs.
      if (this.#channel.isListenerProtocol) this.#deps.onOutput("protocol", this.#channel, chunk);
      return;
    }
    this.#capture.push(chunk, ({ kind, bytes }) => {
      if (kind === "captured") {
        this.#endStrip(false);
        this.#communicate(bytes);
      } else {
        this.#strip(bytes, kind === "log");
      }
    });
  }

  /** The stream has ended: passes on the bytes that were held back. */
  end(): void {
    const { now, wallNow, onOutput } = this.#deps;
    this.#capture?.end(({ bytes }) => this.#strip(bytes, true));
    this.#endStrip(true);
    if (this.#unfinished.length > 0) onOutput("log", this.#channel, this.#unfinished);
    this.#limit?.end(now(), this);
    this.#formatter?.end(wallNow(), this.#append);
    this.#journal?.end();
    this.#syslog?.end();
  }

  #strip(bytes: Uint8Array, isLogged: boolean): void {
    if (!this.#channel.stripAnsi || isPlain(this.#ansi, bytes)) {
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
    const { config, isListenerProtocol } = this.#channel;
    if (this.#echoes) this.#echo(bytes);
    if (isLogged) this.#log(bytes);
    // Captured text too, as in Supervisor.
    if (config.eventsEnabled && !isListenerProtocol) this.#announce(bytes);
  }

  #echo(bytes: Uint8Array): void {
    const data = this.#channel.isListenerProtocol ? pyBytesRepr(bytes) : echoText(bytes);
    this.#deps.activity.log("DEBG", linesOf(`${this.#what} output:\n${data}`));
  }

  /** Stores the newest output for readers, and drops lines beyond log_rate_limit. */
  #log(bytes: Uint8Array): void {
    this.#channel.recent?.add(bytes, this.#deps.wallNow());
    if (this.#limit === null) this.pass(bytes);
    else this.#limit.push(bytes, this.#deps.now(), this);
  }

  /** Output that is not dropped. */
  pass(bytes: Uint8Array): void {
    if (this.#formatter === null) this.#append(bytes);
    else this.#formatter.push(bytes, this.#deps.wallNow(), this.#append);
    this.#journal?.push(bytes);
    this.#syslog?.push(bytes);
  }

  lost(bytes: number): void {
    this.#channel.dropped("log_rate_limit", bytes);
  }

  began(): void {
    const text = `lines of ${this.#what} are dropped: it writes more than ${this.#rate}`;
    this.#deps.activity.log("WARN", text);
  }

  dropped(count: number): void {
    const [lines, were] = count === 1 ? ["1 line", "was"] : [`${count} lines`, "were"];
    const why = `${were} dropped: log_rate_limit is ${this.#rate}`;
    this.#add(`${lines} ${why}`);
    this.#deps.activity.log("WARN", `${lines} of ${this.#what} ${why}`);
  }

  /** Adds a line of the daemon if the log has a format; others have only what the program wrote. */
  say(text: string): void {
    if (this.#formatter !== null) this.#add(text);
  }

  #add(text: string): void {
    this.pass(ENCODER.encode(`tsv: ${text}\n`));
  }

  get #rate(): string {
    const { count = 0, seconds = 0 } = this.#channel.lines.limit ?? {};
    return `${count} ${count === 1 ? "line" : "lines"} in ${durationText(seconds)}`;
  }

  #announce(bytes: Uint8Array): void {
    const held = this.#unfinished;
    const all = held.length === 0 ? bytes : joined([held, bytes]);
    const end = all.length - unfinishedCharacter(all);
    this.#unfinished = end === all.length ? NOTHING : all.slice(end);
    if (end > 0) this.#deps.onOutput("log", this.#channel, all.subarray(0, end));
  }

  #communicate(captured: Uint8Array): void {
    const { activity, onOutput } = this.#deps;
    onOutput(
      "communication",
      this.#channel,
      this.#channel.stripAnsi ? stripped(captured) : captured,
    );
    activity.log("DEBG", `${this.#what} emitted a comm event`);
  }
}

function stripped(bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(strippedCapacity(bytes.length));
  return output.slice(0, stripAnsi("ground", bytes, output).written);
}

/** The formatter of the lines of a log; null for a log that gets the output unchanged. */
function formatterOf(
  { name, group, channel, lines, writer }: OutputChannel,
  { styleOf, offsetMinutes }: PipelineDeps,
  before: PipelineState | null,
): LineFormatter | null {
  if (writer === null) return null;
  const shown = shownName(group, name);
  if (styleOf !== null && writer.path === OWN_STDOUT) {
    return new LineFormatter(styleOf(shown, channel), offsetMinutes, before?.format);
  }
  if (!isFormatted(lines)) return null;
  // Only whole lines can have a time.
  const format = lines.format === "raw" ? "plain" : lines.format;
  const time = lineTimeOf(lines.format, lines.time);
  const style = { format, time, name: shown, channel, colour: null } as const;
  return new LineFormatter(style, offsetMinutes, before?.format);
}
