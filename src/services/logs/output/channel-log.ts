// One output channel of one process: its log, and the reader of its pipe while the process is running.

import { SECOND } from "../../../core/base/time.ts";
import type { ChannelConfig } from "../../../core/config/model.ts";
import { autoLogPath, autoLogPrefix, ownDescriptor } from "../../../core/logs/log-path.ts";
import type { AutoLog } from "../../../core/snapshot/journal.ts";
import type { ChannelState, LogState, PipelineState } from "../../../core/snapshot/snapshot.ts";
import type { LogFiles } from "../../../ports/log-files.ts";
import type { UnwrittenCounts } from "../../../ports/unwritten.ts";
import type {
  AddedOutput,
  ChannelName,
  DroppedOutput,
  LineOptions,
  LoggedProcess,
} from "../api.ts";
import { Followers } from "../reader/follower.ts";
import type { RecentLog, RecentLogs } from "../reader/recent-log.ts";
import type { LogSettings } from "../writer/log-file.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import type { WriterRegistry } from "../writer/writers.ts";
import { AddedLines, commandChannel, type Destination } from "./added-lines.ts";
import type { JournalSender } from "./log-daemons.ts";
import {
  AS_WRITTEN,
  isFormatted,
  isPlainOutput,
  type OutputChannel,
  OutputPipeline,
  type PipelineDeps,
} from "./output-pipeline.ts";
import { LineWatch, ProcessOutput, type ProcessOutputDeps } from "./process-output.ts";
import { RunMarks } from "./run-marks.ts";
import { UnwrittenCount } from "./unwritten-count.ts";

/** Shared by all channels. */
export interface ChannelDeps extends PipelineDeps, ProcessOutputDeps {
  readonly files: LogFiles;
  readonly recents: RecentLogs;
  readonly journal: JournalSender;
  readonly registry: WriterRegistry;
  /** Called when an AUTO file was created. */
  readonly autoCreated: (...auto: AutoLog) => void;
  readonly unwritten: UnwrittenCounts;
  /** True while a successor is about to continue, and in a successor until it resumes. */
  readonly isHalted: () => boolean;
  readonly options: {
    readonly childLogDir: string;
    readonly identifier: string;
    readonly stripAnsi: boolean;
    readonly logfileFlushSecs: number;
  };
}

export class ChannelLog {
  readonly settings: LogSettings;
  /** The path that the log has or will have, or its target as configured, such as `@stdout`; null for no log. */
  readonly path: string | null;
  /** The path of the log's writer; null for none. The path of one of the daemon's own descriptors is never opened. */
  readonly writtenTo: string | null;
  /** The newest output, if the log does not hold what the program wrote; null for other logs. */
  readonly recent: RecentLog | null;
  /** The followers of the terminal of the process; null when it has none. */
  readonly screen: Followers | null;
  /** Looks for a line in the output of the run. */
  readonly lines = new LineWatch();
  readonly runs: RunMarks;
  /** Bytes of output that were dropped, for what the channel has. */
  readonly dropped: DroppedOutput;
  readonly #unwritten: UnwrittenCount | null;
  readonly #process: LoggedProcess;
  readonly #channel: ChannelName;
  readonly #deps: ChannelDeps;
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
    deps: ChannelDeps,
    before: ChannelState | null = null,
  ) {
    this.#process = process;
    this.#channel = channel;
    this.#deps = deps;
    this.runs = new RunMarks(before?.runs);
    const config = process[channel];
    this.screen = process.isTerminal === true && channel === "stdout" ? new Followers() : null;
    const isShared = channel === "stderr" && process.redirectStderr;
    const target = isShared ? { kind: "none" as const } : config.logfile;
    const auto =
      target.kind === "auto"
        ? { exists: before?.auto?.exists ?? false, created: () => this.#autoCreated() }
        : null;
    const { path, writtenTo } = pathsOf(target, () => before?.auto?.path ?? this.#autoPath());
    this.path = path;
    this.writtenTo = writtenTo;
    const { key } = process;
    const isHandedOn = config.syslog || config.eventsEnabled || config.captureMaxBytes > 0;
    this.#unwritten =
      path === null && !isHandedOn ? null : new UnwrittenCount({ key, channel }, deps.unwritten);
    this.dropped = {
      ...(path === "@journal" ? { journal: 0 } : {}),
      ...(path === null || path === "@journal" ? {} : { log: 0 }),
      ...(config.syslog ? { syslog: 0 } : {}),
      ...(path === null || this.#lineOptions.limit === null ? {} : { log_rate_limit: 0 }),
    };
    const { maxBytes, backups, rotate, compress, mode, owner } = config;
    const makesWay = process.makesLogDirs === true;
    this.settings = {
      ...{ what: `'${process.name}' ${channel}`, auto, maxBytes, backups, rotate, compress },
      making: mode === null && owner === null && !makesWay ? undefined : { mode, owner, makesWay },
      flushMs: (config.flushSecs ?? deps.options.logfileFlushSecs) * SECOND,
      dropped: (bytes) => this.#drop("log", bytes),
    };
    const isInFile = target.kind === "file" || target.kind === "auto";
    const isKept = path !== null && (!isInFile || this.isFormatted);
    this.recent = isKept ? deps.recents.hold(process.key, channel) : null;
    if (before?.recent) this.recent?.restore(before.recent);
    if (auto?.exists === true) this.#keep();
  }

  /** Why the log of a running process cannot be written at present; null if it can. */
  get error(): LogState["error"] {
    return this.#writer?.error ?? null;
  }

  /** Bytes of output since the daemon started or was upgraded; null for output that goes nowhere. */
  get received(): number | null {
    return this.#unwritten?.read ?? null;
  }

  /** True if the log holds exactly what the program wrote. */
  get isVerbatim(): boolean {
    if (this.path === null || this.recent !== null || this.#lineOptions.limit !== null)
      return false;
    return !this.#deps.options.stripAnsi && this.#config.captureMaxBytes <= 0;
  }

  /** Whether the daemon formats the lines of the log: `log_format=` is not raw. */
  get isFormatted(): boolean {
    return isFormatted(this.#lineOptions);
  }

  /** The path of its file; null for a descriptor of the daemon, for the journal, and for no log. */
  get file(): string | null {
    const { writtenTo } = this;
    return writtenTo === null || ownDescriptor(writtenTo) !== null ? null : writtenTo;
  }

  /** The process was spawned: opens the log and reads `fd` into it. */
  attach(pid: number, fd: number, onClosed: (fd: number) => void): void {
    this.#begin(pid, fd, null, onClosed);
    if (this.#writer !== null) this.runs.begin(pid, this.#writer);
  }

  /** The process was spawned by the predecessor: continues its output where the predecessor stopped. */
  reattach({ output }: ChannelState, onClosed: (fd: number) => void): void {
    if (output === null) return;
    this.lines.restore(output.lines);
    this.#begin(output.pid, output.fd, output.pipeline, onClosed);
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
    const { exists } = this.settings.auto ?? {};
    const auto = exists === undefined || this.path === null ? null : { path: this.path, exists };
    const output = this.#isAttached
      ? { pid: this.#pid, ...(this.#output?.state ?? { fd: null, pipeline: null, lines: null }) }
      : null;
    const recent = this.recent?.state(mostRecent) ?? null;
    return { key, channel: this.#channel, auto, output, recent, runs: this.runs.state };
  }

  #begin(
    pid: number,
    fd: number | null,
    before: PipelineState | null,
    onClosed: (fd: number) => void,
  ): void {
    this.#detach();
    this.#pid = pid;
    this.#isAttached = true;
    const { writtenTo } = this;
    const writer = writtenTo === null ? null : this.#deps.registry.get(writtenTo);
    writer?.acquire(this.settings);
    this.#writer = writer;
    this.#keep();
    if (fd === null) return;
    const { key } = this.#process;
    const channel = this.#channel;
    const destination = this.#destination(writer);
    const { journal } = destination;
    const output: OutputChannel = {
      ...{ ...destination, pid },
      isListenerProtocol: this.#process.isEventListener === true && channel === "stdout",
    };
    const isPlain = isPlainOutput(output, this.#deps);
    const closed = (fd: number): void => {
      if (writer !== null) this.runs.end(pid, writer);
      onClosed(fd);
    };
    const pipeline = isPlain ? null : new OutputPipeline(output, this.#deps, before);
    if (before !== null) this.#unwritten?.transferred(0, pipeline?.held ?? 0);
    const target = {
      pipeline,
      ...{ writer, gate: writer ?? journal, screen: this.screen, lines: this.lines },
      ...{ unwritten: this.#unwritten, onClosed: closed },
      label: `<output of ${key} (${channel})>`,
    };
    this.#output = new ProcessOutput(fd, target, this.#deps);
    if (!this.#deps.isHalted()) this.#output.resume();
  }

  /** Opens the log for the output of a command of the program, which may be down. */
  open(): AddedOutput {
    const { writtenTo } = this;
    const writer = writtenTo === null ? null : this.#deps.registry.get(writtenTo);
    writer?.acquire(this.settings);
    return new AddedLines(commandChannel(this.#destination(writer)), this.#deps);
  }

  #destination(writer: LogWriter | null): Destination {
    const { key, name, group } = this.#process;
    return {
      ...{ key, name, group, channel: this.#channel, writer, recent: this.recent },
      journal: this.path === "@journal" ? this.#deps.journal : null,
      config: this.#config,
      lines: this.#lineOptions,
      stripAnsi: this.#deps.options.stripAnsi,
      dropped: (by, bytes) => this.#drop(by, bytes),
    };
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
    if (this.settings.auto === null || this.path === null) return;
    if (this.#kept !== null) {
      this.#kept.reopen();
      return;
    }
    this.#kept = this.#deps.registry.get(this.path);
    this.#kept.acquire(this.settings);
  }

  /** Adds a line of the daemon to a log with a format. */
  say(text: string): void {
    this.#output?.say(text);
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

  get #lineOptions(): LineOptions {
    return this.#process.lines ?? AS_WRITTEN;
  }

  get #config(): ChannelConfig {
    return this.#process[this.#channel];
  }

  #drop(by: keyof DroppedOutput, bytes: number): void {
    this.dropped[by] = (this.dropped[by] ?? 0) + bytes;
  }

  #autoCreated(): void {
    if (this.path !== null) this.#deps.autoCreated(this.#process.key, this.#channel, this.path);
  }

  #autoPath(): string {
    const { files, options } = this.#deps;
    const prefix = autoLogPrefix(this.#process.name, this.#channel, options.identifier);
    return autoLogPath(options.childLogDir, prefix, files.randomName());
  }
}

/** See the fields of `ChannelLog`. */
function pathsOf(
  target: ChannelConfig["logfile"],
  autoPath: () => string,
): Pick<ChannelLog, "path" | "writtenTo"> {
  switch (target.kind) {
    case "file":
      return { path: target.path, writtenTo: target.path };
    case "auto": {
      const path = autoPath();
      return { path, writtenTo: path };
    }
    case "stdout":
    case "stderr":
      return { path: `@${target.kind}`, writtenTo: `/dev/${target.kind}` };
    case "journal":
      return { path: "@journal", writtenTo: null };
    case "none":
      return { path: null, writtenTo: null };
  }
}
