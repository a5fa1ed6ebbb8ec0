// One output channel of one process: its log, and the reader of its pipe while the process is running.

import { SECOND } from "../../../core/base/time.ts";
import type { ChannelConfig } from "../../../core/config/model.ts";
import type { Compression, RotationPeriod } from "../../../core/config/value-types.ts";
import type { LineBudget } from "../../../core/logs/line-budget.ts";
import { autoLogPath, autoLogPrefix, ownDescriptor } from "../../../core/logs/log-path.ts";
import type { StyleOf } from "../../../core/run/terminal.ts";
import type { ChannelState, LogState, PipelineState } from "../../../core/snapshot/snapshot.ts";
import type { LogFiles, LogMaking } from "../../../ports/log-files.ts";
import type { Pipes } from "../../../ports/pipes.ts";
import type { Syslog } from "../../../ports/syslog.ts";
import type { ActivityLog, ChannelName, LineOptions, LoggedProcess } from "../api.ts";
import { Followers } from "../reader/follower.ts";
import type { RecentLog, RecentLogs } from "../reader/recent-log.ts";
import type { AutoFile, LogSettings } from "../writer/log-file.ts";
import type { LogWriter, WriterRegistry } from "../writer/log-writer.ts";
import type { BlockPool } from "../writer/write-queue.ts";
import type { JournalSender, LogDaemonHealth } from "./log-daemons.ts";
import {
  AS_WRITTEN,
  isFormatted,
  isPlainOutput,
  type OnOutput,
  OutputPipeline,
  type PipelineOptions,
} from "./output-pipeline.ts";
import type { BulkPermits } from "./process-output.ts";
import { LineWatch, ProcessOutput } from "./process-output.ts";

/** Shared by all channels. */
export interface ChannelLogDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly syslog: Syslog;
  readonly syslogHealth: LogDaemonHealth;
  readonly activity: ActivityLog;
  readonly pool: BlockPool;
  readonly permits: BulkPermits;
  readonly budget: LineBudget;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Minutes to add to UTC at a wall-clock time. */
  readonly offsetMinutes: (wallMs: number) => number;
  /** See PipelineOptions. */
  readonly styleOf?: StyleOf | null;
  readonly recents: RecentLogs;
  readonly journal: JournalSender;
  readonly registry: WriterRegistry;
  readonly onOutput: OnOutput;
  /** True while a successor is about to continue, and in a successor until it resumes. */
  readonly isHalted: () => boolean;
  readonly options: {
    readonly childLogDir: string;
    readonly identifier: string;
    readonly stripAnsi: boolean;
    readonly logfileFlushSecs: number;
  };
}

export class ChannelLog implements LogSettings {
  /** Null for a log whose path is configured. */
  readonly auto: AutoFile | null;
  /** The path that the log has or will have, or its target as configured, such as `@stdout`; null for no log. */
  readonly path: string | null;
  /** The newest output, if the log does not hold what the program wrote; null for other logs. */
  readonly recent: RecentLog | null;
  /** The followers of the terminal of the process; null when it has none. */
  readonly screen: Followers | null;
  /** Looks for a line in the output of the run. */
  readonly lines = new LineWatch();
  readonly #process: LoggedProcess;
  readonly #channel: ChannelName;
  readonly #deps: ChannelLogDeps;
  #output: ProcessOutput | null = null;
  #writer: LogWriter | null = null;
  /** The writer of an AUTO file, which holds the file open between two runs; null for other logs. */
  #kept: LogWriter | null = null;
  #pid = 0;
  /** True while the process is running: its log is held open even after the process has closed its end of the pipe. */
  #isAttached = false;

  /** @param before the state of the predecessor: the AUTO file and the newest output */
  constructor(
    process: LoggedProcess,
    channel: ChannelName,
    deps: ChannelLogDeps,
    before: ChannelState | null = null,
  ) {
    this.#process = process;
    this.#channel = channel;
    this.#deps = deps;
    const { logfile } = process[channel];
    this.screen = process.isTerminal === true && channel === "stdout" ? new Followers() : null;
    const isShared = channel === "stderr" && process.redirectStderr;
    const auto = before?.auto ?? null;
    this.auto = logfile.kind === "auto" && !isShared ? { exists: auto?.exists ?? false } : null;
    const target = isShared ? { kind: "none" as const } : logfile;
    if (this.auto !== null) this.path = auto?.path ?? this.#autoPath();
    else if (target.kind === "file") this.path = target.path;
    else this.path = target.kind === "none" ? null : `@${target.kind}`;
    const keepsOutput = target.kind === "file" || target.kind === "auto";
    const isKept = this.path !== null && (!keepsOutput || isFormatted(this.#lines));
    this.recent = isKept ? deps.recents.hold(process.key, channel) : null;
    if (before?.recent) this.recent?.restore(before.recent);
    if (this.auto?.exists === true) this.#keep();
  }

  get maxBytes(): number {
    return this.#config.maxBytes;
  }

  get backups(): number {
    return this.#config.backups;
  }

  get rotate(): RotationPeriod | null {
    return this.#config.rotate;
  }

  get compress(): Compression {
    return this.#config.compress;
  }

  get making(): LogMaking | undefined {
    const { mode, owner } = this.#config;
    const makesWay = this.#process.makesLogDirs === true;
    return mode === null && owner === null && !makesWay ? undefined : { mode, owner, makesWay };
  }

  get flushMs(): number {
    return (this.#config.flushSecs ?? this.#deps.options.logfileFlushSecs) * SECOND;
  }

  /** Why the log of a running process cannot be written at present; null if it can. */
  get error(): LogState["trouble"] {
    return this.#writer?.error ?? null;
  }

  /** True if the log holds exactly what the program wrote. */
  get isVerbatim(): boolean {
    if (this.path === null || this.recent !== null || this.#lines.limit !== null) return false;
    return !this.#deps.options.stripAnsi && this.#config.captureMaxBytes <= 0;
  }

  /** Whether the daemon formats the lines of the log: `log_format=` is not raw. */
  get isFormatted(): boolean {
    return isFormatted(this.#lines);
  }

  /** The path of the log's writer; null for none. The path of one of the daemon's own descriptors is never opened. */
  get writtenTo(): string | null {
    switch (this.path) {
      case "@stdout":
        return "/dev/stdout";
      case "@stderr":
        return "/dev/stderr";
      case "@journal":
        return null;
      default:
        return this.path;
    }
  }

  /** The path of its file; null for a descriptor of the daemon, for the journal, and for no log. */
  get file(): string | null {
    const { writtenTo } = this;
    return writtenTo === null || ownDescriptor(writtenTo) !== null ? null : writtenTo;
  }

  get what(): string {
    return `'${this.#process.name}' ${this.#channel}`;
  }

  get label(): string {
    return `<output of ${this.#process.key} (${this.#channel})>`;
  }

  /** The process was spawned: opens the log and reads `fd` into it. */
  attach(pid: number, fd: number, onClosed: (fd: number) => void): void {
    this.#begin(pid, fd, { onClosed, before: null });
  }

  /** The process was spawned by the predecessor: continues its output where the predecessor stopped. */
  reattach({ output }: ChannelState, onClosed: (fd: number) => void): void {
    if (output === null) return;
    this.lines.restore(output.lines);
    this.#begin(output.pid, output.fd, { onClosed, before: output.pipeline });
  }

  halt(): void {
    this.#output?.halt();
  }

  resume(): void {
    this.#output?.resume();
  }

  /** For the successor. @param mostRecent most bytes of the newest output */
  state(mostRecent: number): ChannelState {
    const { key } = this.#process;
    const auto =
      this.auto !== null && this.path !== null ? { path: this.path, ...this.auto } : null;
    const output = this.#isAttached
      ? { pid: this.#pid, ...(this.#output?.state ?? { fd: null, pipeline: null, lines: null }) }
      : null;
    const recent = this.recent?.state(mostRecent) ?? null;
    return { key, channel: this.#channel, auto, output, recent };
  }

  #begin(
    pid: number,
    fd: number | null,
    { onClosed, before }: { onClosed: (fd: number) => void; before: PipelineState | null },
  ): void {
    this.#detach();
    this.#pid = pid;
    this.#isAttached = true;
    const { writtenTo } = this;
    const writer = writtenTo === null ? null : this.#deps.registry.get(writtenTo);
    writer?.acquire(this);
    this.#writer = writer;
    this.#keep();
    if (fd === null) return;
    const journal = this.path === "@journal" ? this.#deps.journal : null;
    const pipeline = this.#pipeline({ pid, writer, journal }, before);
    const target = {
      pipeline,
      writer,
      gate: writer ?? journal,
      owner: this,
      screen: this.screen,
      lines: this.lines,
      onClosed,
    };
    this.#output = new ProcessOutput(fd, target, this.#deps);
    if (!this.#deps.isHalted()) this.#output.resume();
  }

  /** The process was removed, or the logs are closed: releases the AUTO file, which may be removed from now on. */
  release(): void {
    this.#kept?.release();
    this.#kept = null;
    if (this.recent !== null) this.#deps.recents.release(this.#process.key, this.#channel);
  }

  /**
   * Holds an AUTO file open between two runs of its program: an open file is in use, and another daemon that starts does not
   * remove it. As for any log, its path is opened again for each run, because the file may have been removed.
   */
  #keep(): void {
    if (this.auto === null || this.path === null) return;
    if (this.#kept !== null) {
      this.#kept.reopen();
      return;
    }
    this.#kept = this.#deps.registry.get(this.path);
    this.#kept.acquire(this);
  }

  /** The process was reaped: reads the rest of its output and releases the log. */
  detach(): void {
    this.#detach();
    this.lines.end();
  }

  #detach(): void {
    this.#isAttached = false;
    this.#output?.finish();
    this.#output = null;
    this.#writer?.release();
    this.#writer = null;
  }

  get #lines(): LineOptions {
    return this.#process.lines ?? AS_WRITTEN;
  }

  get #config(): ChannelConfig {
    return this.#process[this.#channel];
  }

  #pipeline(
    target: Pick<PipelineOptions, "pid" | "writer" | "journal">,
    before: PipelineState | null,
  ): OutputPipeline | null {
    const { activity, syslog, syslogHealth, budget, now, onOutput, options } = this.#deps;
    const { wallNow, offsetMinutes, styleOf = null } = this.#deps;
    const { key, name, group } = this.#process;
    const channel = this.#channel;
    const config = this.#config;
    const isListenerProtocol = this.#process.isEventListener === true && channel === "stdout";
    const { stripAnsi } = options;
    const lines = this.#lines;
    const { recent } = this;
    const about = { config, lines, recent, stripAnsi, isListenerProtocol, activity };
    if (isPlainOutput(about)) return null;
    return new OutputPipeline({
      ...{ ...about, ...target, key, name, group, channel },
      ...{ syslog, syslogHealth, budget, now, wallNow, offsetMinutes, styleOf, onOutput, before },
    });
  }

  #autoPath(): string {
    const { files, options } = this.#deps;
    const prefix = autoLogPrefix(this.#process.name, this.#channel, options.identifier);
    return autoLogPath(options.childLogDir, prefix, files.randomName());
  }
}
