// One output channel of one process: where its log is, and the pump while the process lives.

import { autoLogPrefix } from "../../core/logs/log-path.ts";
import { openFailureText } from "../../core/logs/messages.ts";
import type { LogFiles } from "../../ports/log-files.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { Syslog } from "../../ports/syslog.ts";
import type { ActivityLog, ChannelName, LoggedProcess } from "./api.ts";
import type { BlockPool } from "./block-pool.ts";
import type { LogWriter } from "./log-writer.ts";
import { type OnOutput, OutputPipeline } from "./output-pipeline.ts";
import { ProcessOutput } from "./process-output.ts";
import type { WriterRegistry } from "./writer-registry.ts";

export interface ChannelLogDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly syslog: Syslog;
  readonly activity: ActivityLog;
  readonly pool: BlockPool;
  readonly registry: WriterRegistry;
  readonly onOutput: OnOutput;
  readonly options: {
    readonly childLogDir: string;
    readonly identifier: string;
    readonly stripAnsi: boolean;
  };
}

export class ChannelLog {
  readonly isAuto: boolean;
  readonly #process: LoggedProcess;
  readonly #channel: ChannelName;
  readonly #deps: ChannelLogDeps;
  #path: string | null = null;
  #output: ProcessOutput | null = null;
  #writer: LogWriter | null = null;

  constructor(process: LoggedProcess, channel: ChannelName, deps: ChannelLogDeps) {
    this.#process = process;
    this.#channel = channel;
    this.#deps = deps;
    const { logfile } = process[channel];
    const isShared = channel === "stderr" && process.redirectStderr;
    this.isAuto = logfile.kind === "auto" && !isShared;
    if (logfile.kind === "file" && !isShared) this.#path = logfile.path;
    this.#createAuto();
  }

  /** Where the log is; null when there is none, or no AUTO file could be made. */
  get path(): string | null {
    return this.#path;
  }

  /** The process was spawned: opens the log and pumps `fd` into it. */
  attach(pid: number, fd: number): void {
    this.detach();
    this.#createAuto();
    const { registry, options, pipes, pool, activity } = this.#deps;
    const { key, name } = this.#process;
    const channel = this.#channel;
    const config = this.#process[channel];
    const writer = this.#path === null ? null : registry.get(this.#path);
    writer?.acquire({
      what: `'${name}' ${channel}`,
      isPrivate: this.isAuto,
      maxBytes: config.maxBytes,
      backups: config.backups,
    });
    const isListenerProtocol = this.#process.isEventListener === true && channel === "stdout";
    const pipeline = new OutputPipeline({
      ...this.#deps,
      ...{ key, pid, name, channel, config, writer, isListenerProtocol },
      stripAnsi: options.stripAnsi,
    });
    const label = `<output of ${key} (${channel})>`;
    this.#writer = writer;
    this.#output = new ProcessOutput(fd, label, { pipeline, writer }, { pipes, pool, activity });
  }

  /** The process was reaped: takes the rest of its output and lets the log go. */
  detach(): void {
    this.#output?.finish();
    this.#output = null;
    this.#writer?.release();
    this.#writer = null;
  }

  #createAuto(): void {
    if (!this.isAuto || this.#path !== null) return;
    const { files, activity, options } = this.#deps;
    const prefix = autoLogPrefix(this.#process.name, this.#channel, options.identifier);
    const created = files.createAuto(options.childLogDir, prefix);
    if (created.ok) {
      this.#path = created.value;
      return;
    }
    const errno = created.error;
    const what = `'${this.#process.name}' ${this.#channel}`;
    const wanted = `${options.childLogDir}/${prefix}XXXXXXXX.log`.replaceAll("//", "/");
    void files.diagnose(wanted, errno).then((diagnosis) => {
      activity.log("ERRO", openFailureText(what, wanted, errno, diagnosis));
    });
  }
}
