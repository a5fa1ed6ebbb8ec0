// Destination of the writer of a log: a sink that is reopened when a retry is useful. Each error is reported once when it
// begins and once when it is over, with the bytes lost.

import { SECOND } from "../../core/base/time.ts";
import type { LogLevel } from "../../core/config/model.ts";
import type { LogState } from "../../core/handover/model.ts";
import { openFailureText, recoveredText, writeFailureText } from "../../core/logs/messages.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Errno, LogFiles, Transfer } from "../../ports/log-files.ts";
import type { Pipes } from "../../ports/pipes.ts";
import { LogSink, type SinkSettings } from "./log-sink.ts";
import { Trouble } from "./trouble.ts";

/** A log that cannot be opened is tried again when there is output after this much time. */
export const RETRY_MS = 10 * SECOND;

export interface OutletDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly clock: Clock;
  readonly report: (path: string, level: LogLevel, text: string) => void;
}

/** How the holder of a log wants it kept. */
export interface OutletSettings extends SinkSettings {
  /** Whose log, for messages: `'web' stdout`. */
  readonly what: string;
  /** How long output may wait in memory for more to come; 0 for not at all. */
  readonly flushMs: number;
  /** Never gathered with what other logs write: what the daemon says before it dies must be there. */
  readonly isPrompt?: boolean;
}

export class LogOutlet {
  readonly sink: LogSink;
  readonly #deps: OutletDeps;
  /** The present episode of failures. */
  #trouble: Trouble | null = null;
  /** When opening failed last; null when it did not. */
  #triedAt: number | null = null;
  #settings: OutletSettings | null = null;

  constructor(path: string, deps: OutletDeps) {
    this.#deps = deps;
    this.sink = new LogSink(path, deps.files, deps.pipes);
  }

  get hasTrouble(): boolean {
    return this.#trouble !== null;
  }

  /** How long output may wait at present: only for an open file that no client follows. */
  get flushMs(): number {
    return this.sink.isRegular ? (this.#settings?.flushMs ?? 0) : 0;
  }

  configure(settings: OutletSettings): void {
    this.#settings = settings;
    this.sink.configure(settings);
  }

  /** What is wrong with the log at present, for the daemon that takes over. */
  get trouble(): LogState["trouble"] {
    const errno = this.#trouble?.errno ?? null;
    return errno === null ? null : { errno, lost: this.#trouble?.lost ?? 0 };
  }

  /** Goes on with what another daemon had open. */
  restore({ file, trouble }: LogState): void {
    if (file !== null) this.sink.restore(file);
    if (trouble !== null) this.#trouble = new Trouble(trouble.errno, trouble.lost);
  }

  async open(): Promise<void> {
    if (this.sink.isOpen) return;
    this.#triedAt = this.#deps.clock.now().mono;
    const opened = await this.sink.open();
    if (opened.ok) this.#triedAt = null;
    if (opened.ok || this.#trouble?.isKnown(opened.error) === true) return;
    const { path } = this.sink;
    const diagnosis = await this.#deps.files.diagnose(path, opened.error);
    this.#begin(opened.error, openFailureText(this.#what, path, opened.error, diagnosis));
  }

  /** Opens if that was not tried lately. */
  async retry(): Promise<void> {
    const since = this.#triedAt;
    if (since === null || this.#deps.clock.now().mono - since >= RETRY_MS) await this.open();
  }

  /** @returns bytes written, 0 when it is worth trying again; null when it failed, which was told */
  async write(parts: readonly Uint8Array[], isUrgent: boolean): Promise<number | null> {
    const written = await this.sink.write(parts, isUrgent || this.#settings?.isPrompt === true);
    if (written.ok) {
      if (written.value > 0) this.#end();
      return written.value;
    }
    await this.#fail(written.error);
    return null;
  }

  /** Moves output from a pipe to the open file, up to where rotation is due. */
  async transfer(pipe: number, limit: number, isLast: boolean): Promise<Transfer> {
    const transfer = await this.sink.transfer(pipe, limit, isLast);
    if (transfer.errno !== null) {
      await this.#fail(transfer.errno);
      this.lose(transfer.lost);
    }
    return transfer;
  }

  async rotate(): Promise<void> {
    const failure = await this.sink.rotate();
    if (failure !== null) this.#deps.report(this.sink.path, "ERRO", failure);
  }

  /** Output that could not be written is counted. */
  lose(bytes: number): void {
    this.#trouble?.loses(bytes);
  }

  get #what(): string {
    return this.#settings?.what ?? "nobody";
  }

  async #fail(errno: Errno): Promise<void> {
    const { sink } = this;
    this.#begin(errno, writeFailureText(this.#what, sink.path, errno));
    if (errno !== "EPIPE" || sink.isOwn) return;
    // A FIFO whose reader is gone must be opened again to find the next one.
    await sink.close();
    this.#triedAt = this.#deps.clock.now().mono;
  }

  #begin(errno: Errno, text: string): void {
    this.#trouble ??= new Trouble();
    if (this.#trouble.begins(errno)) this.#deps.report(this.sink.path, "ERRO", text);
  }

  #end(): void {
    if (this.#trouble === null) return;
    const text = recoveredText(this.#what, this.sink.path, this.#trouble.lost);
    this.#trouble = null;
    this.#deps.report(this.sink.path, "INFO", text);
  }
}
