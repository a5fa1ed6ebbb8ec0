// The open end of a log: one descriptor, how far it is written, and the ways to open, write, rotate and close it.
// What fails is answered with the name of the error; reporting and dropping are the writer's business.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { LogFileState } from "../../core/handover/model.ts";
import { ownDescriptor } from "../../core/logs/log-path.ts";
import type { LogCount } from "../../core/logs/mark.ts";
import { rotateFailureText } from "../../core/logs/messages.ts";
import { isRotationDue, rotationPlan } from "../../core/logs/rotation.ts";
import type { Errno, LogFiles, Sink, Transfer } from "../../ports/log-files.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { AutoFile } from "./auto-file.ts";
import { LogCounter } from "./log-counter.ts";

/** How a log is kept. */
export interface SinkSettings {
  /** Null for a path from the configuration. */
  readonly auto: AutoFile | null;
  readonly maxBytes: number;
  readonly backups: number;
}

const DEFAULTS: SinkSettings = { auto: null, maxBytes: 0, backups: 0 };

export class LogSink {
  readonly path: string;
  readonly #files: LogFiles;
  readonly #pipes: Pipes;
  /** The daemon's own descriptor, which is neither opened nor closed nor rotated here. */
  readonly #own: 1 | 2 | null;
  #settings = DEFAULTS;
  #sink: Sink | null = null;
  #position = 0;
  /** Size at which rotation is due; moved up when it failed. */
  #rotateAt = 0;
  readonly #counter = new LogCounter();

  constructor(path: string, files: LogFiles, pipes: Pipes) {
    this.path = path;
    this.#files = files;
    this.#pipes = pipes;
    this.#own = ownDescriptor(path);
  }

  get isOpen(): boolean {
    return this.#sink !== null;
  }

  /** True for what takes bytes only when it is ready: pipe, socket, terminal. */
  get isStream(): boolean {
    return this.#sink?.kind === "stream";
  }

  /** True for an open file that keeps what is written: it can be rotated, and written from elsewhere. */
  get isRegular(): boolean {
    return this.#sink?.kind === "regular" && this.#own === null;
  }

  get isOwn(): boolean {
    return this.#own !== null;
  }

  /** Bytes until rotation is due; Infinity when it never is. */
  get room(): number {
    return this.#rotates() ? this.#rotateAt - this.#position : Infinity;
  }

  configure(settings: SinkSettings): void {
    this.#settings = settings;
  }

  /** The open file, for the daemon that takes over; null when it is not open, or not opened here. */
  get state(): LogFileState | null {
    if (this.#sink === null || this.isOwn) return null;
    const { fd, kind, burst } = this.#sink;
    const where = {
      position: this.#position,
      rotateAt: this.#rotateAt,
      count: this.#counter.state,
    };
    return { fd, kind, burst, ...where };
  }

  /** Goes on with a file that another daemon had open. */
  restore({ fd, kind, burst, position, rotateAt, count }: LogFileState): void {
    this.#counter.restore(count);
    this.#sink = { fd, kind, burst, size: position };
    this.#position = position;
    this.#rotateAt = rotateAt;
  }

  async open(truncate = false): Promise<Result<true, Errno>> {
    if (this.#sink !== null) return ok(true);
    const opened =
      this.#own === null
        ? await openFile(this.#files, this.path, this.#settings.auto, truncate)
        : await this.#files.adopt(this.#own);
    if (!opened.ok) return opened;
    this.#sink = opened.value;
    if (truncate) this.#position = opened.value.size;
    else this.#setPosition(opened.value.size);
    this.#rotateAt = this.#settings.maxBytes;
    return ok(true);
  }

  async close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    if (sink !== null && this.#own === null) await this.#files.close(sink.fd);
  }

  /** Writes what goes at once. @returns bytes written; 0 when there was no room and it is worth trying again */
  async write(parts: readonly Uint8Array[], isUrgent: boolean): Promise<Result<number, Errno>> {
    const sink = this.#sink;
    if (sink === null) return err("EBADF");
    const written =
      sink.kind === "stream"
        ? await this.#writeStream(sink, parts[0])
        : await this.#files.write(sink.fd, parts, isUrgent);
    if (written.ok) this.#advance(written.value);
    return written;
  }

  /** Moves output from a pipe to the end of the open file, at most up to where rotation is due. */
  async transfer(pipe: number, limit: number, isLast: boolean): Promise<Transfer> {
    const fd = this.#sink?.fd;
    if (fd === undefined) return { moved: 0, lost: 0, errno: "EBADF", rest: "more" };
    const room = Math.min(limit, this.room);
    const transfer = await this.#files.transfer({ pipe, fd, room, isLast });
    this.#advance(transfer.moved);
    return transfer;
  }

  get isRotationDue(): boolean {
    return this.#rotates() && isRotationDue(this.#position, this.#rotateAt);
  }

  /** Moves the backups up and starts an empty file. @returns null when done, else the message */
  async rotate(): Promise<string | null> {
    const sink = this.#sink;
    if (sink === null) return null;
    // Another program may have truncated the file (copytruncate): its real size decides.
    const size = await this.#files.size(sink.fd);
    if (size.ok) this.#setPosition(size.value);
    if (!this.isRotationDue) return null;
    await this.close();
    const failure = await this.#shift();
    const opened = await this.open(failure === null);
    if (!opened.ok) return failure;
    if (failure !== null) this.#rotateAt = this.#position + this.#settings.maxBytes;
    else if (this.#settings.backups === 0) this.#counter.forgetEarlier();
    return failure;
  }

  /** Unlinks the file and makes an empty one; open again if it was open. Not for streams and devices. */
  async clear(auto: AutoFile | null): Promise<Result<true, Errno>> {
    const facts = await this.#files.stat(this.path);
    if (facts.ok && !facts.value.isRegular) return ok(true);
    const wasOpen = this.#sink !== null;
    await this.close();
    const removed = await this.#files.unlink(this.path);
    if (!removed.ok) return removed.error === "ENOENT" ? ok(true) : removed;
    this.#setPosition(0);
    if (wasOpen) {
      await this.open();
      return ok(true);
    }
    const created = await openFile(this.#files, this.path, auto, false);
    if (created.ok) await this.#files.close(created.value.fd);
    return ok(true);
  }

  /** Files with what was rotated away, the newest first. */
  get backupPaths(): readonly string[] {
    const { backups } = this.#settings;
    return Array.from({ length: backups }, (_, index) => `${this.path}.${index + 1}`);
  }

  /** How far the log is written. Counted from the first time on that this is asked. @param size of the file */
  count(size: number): LogCount {
    if (this.#sink === null) this.#setPosition(size);
    return this.#counter.begun(size, () => this.#files.randomName());
  }

  #advance(bytes: number): void {
    this.#position += bytes;
    this.#counter.advance(bytes);
  }

  /** It is not where it was left when the file is another one, or another process has written to it or emptied it. */
  #setPosition(size: number): void {
    if (size !== this.#position) this.#counter.forgetEarlier();
    this.#position = size;
  }

  #rotates(): boolean {
    return this.isRegular && this.#settings.maxBytes > 0;
  }

  /** Stops at the first failure, because going on would overwrite a backup. */
  async #shift(): Promise<string | null> {
    for (const { from, to } of rotationPlan(this.path, this.#settings.backups)) {
      const renamed = await this.#files.rename(from, to);
      if (!renamed.ok && renamed.error !== "ENOENT") {
        return rotateFailureText(this.path, renamed.error, `renaming '${from}' to '${to}'`);
      }
    }
    return null;
  }

  /** A descriptor that would make the daemon wait is asked first, and given no more than it is sure to take. */
  async #writeStream(sink: Sink, bytes: Uint8Array | undefined): Promise<Result<number, Errno>> {
    if (bytes === undefined) return ok(0);
    const mayBlock = sink.burst !== Infinity;
    if (mayBlock) {
      const failed = await this.#ready(sink.fd);
      if (failed !== null) return err(failed);
    }
    const part = bytes.length > sink.burst ? bytes.subarray(0, sink.burst) : bytes;
    const taken = this.#pipes.write(sink.fd, part);
    if (taken === "closed") return err("EPIPE");
    if (taken > 0 || mayBlock) return ok(taken);
    const failed = await this.#ready(sink.fd);
    return failed === null ? ok(0) : err(failed);
  }

  /** Waits until there is room or the reader is gone. @returns the error's name when that cannot be watched */
  #ready(fd: number): Promise<Errno | null> {
    const pipes = this.#pipes;
    return new Promise((resolve) => {
      const writable = () => {
        pipes.unwatch(fd);
        resolve(null);
      };
      try {
        pipes.watch(fd, "write", { writable });
      } catch {
        // Not a kind of descriptor that can be watched: as far as a log goes it cannot be written.
        resolve("EBADF");
      }
    });
  }
}

async function openFile(
  files: LogFiles,
  path: string,
  auto: AutoFile | null,
  truncate: boolean,
): Promise<Result<Sink, Errno>> {
  const isNew = auto !== null && !auto.exists;
  const opened = await files.open(path, { isPrivate: auto !== null, isNew, truncate });
  if (opened.ok && auto !== null) auto.exists = true;
  return opened;
}
