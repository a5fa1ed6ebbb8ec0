// Follows logs until Ctrl-C, until the output is closed, until there is no such log, or until a `tsv run` has ended. If the
// connection to the daemon is lost, tries to connect again, and continues each log where it ended. If that is not possible,
// reports that output may be missing.

import { LOG_PLACE_HEADER, type LogMark, markText, parseMark } from "../../core/logs/positions.ts";
import type { Pause } from "../../ports/clock.ts";
import type { HttpStream, StreamEnd } from "../../ports/http-client.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../context.ts";
import { streamFailureText, UnhandledFailure } from "../failure.ts";

/** A part of a log, read from its files. */
export interface FilePart {
  readonly bytes: Uint8Array;
  /** The position after the bytes. */
  readonly mark: LogMark;
  /** Bytes before this part that the files do not have. */
  readonly missing: number;
}

/** Reads a followed log from its files. */
export interface FollowedFiles {
  /** Reads from a position to the present end of the log. Yields nothing if the position cannot be found. */
  readFrom(mark: LogMark): AsyncIterable<FilePart>;
  /** Called with each position that is reached. */
  reached(mark: LogMark): void;
}

/** A log to follow, and the callbacks for it. */
export interface Following {
  readonly path: string;
  /** The path as error messages show it. */
  readonly shownPath: string;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The log may have no file yet. A server that does not wait for the file is asked again. */
  readonly mayBeAbsent?: boolean;
  /** The end of the log as it was shown already; absent for nothing. */
  readonly shown?: {
    /** Null for a log that had no file: it is shown from its beginning. */
    readonly mark: LogMark | null;
    readonly isMidLine: boolean;
  };
  /** Absent for a log that is followed by its stream alone. */
  readonly files?: FollowedFiles;
}

/**
 * The path of a process's log stream.
 * @remarks The colon of `group:name` stays readable; all other characters with a meaning in a URL are encoded.
 */
export function logPath(name: string, channel: string): string {
  return `/logtail/${encodeURIComponent(name).replaceAll("%3A", ":")}/${channel}`;
}

/**
 * Follows one or more logs at the same time. Settles when all have ended, on Ctrl-C, or when the output is closed.
 * @param onInterrupt called on Ctrl-C; by default, a line break is written, as in Supervisor
 */
export async function followLogs(
  context: CommandContext,
  following: readonly Following[],
  onInterrupt: () => void = () => context.report.notice(""),
): Promise<void> {
  const notices = new ConnectionNotices(context);
  const followers = following.map((one) => new Follower(context, one, notices));
  const closeAll = (): void => {
    for (const follower of followers) follower.close();
  };
  const forgetInterrupt = context.terminal.onInterrupt(() => {
    onInterrupt();
    closeAll();
  });
  const forgetClosed = context.terminal.onOutputClosed(closeAll);
  try {
    const ends = await Promise.all(followers.map((follower) => follower.run()));
    for (const [index, end] of ends.entries()) {
      const reason = endReason(end);
      if (reason === null) continue;
      const { shownPath = "" } = following[index] ?? {};
      context.terminal.writeError(`${context.serverUrl}${shownPath} ${reason}\n`);
      // Supervisor exits with 0 here, so a script cannot detect a mistyped name.
      context.exitStatus = EXIT.GENERIC;
    }
  } finally {
    closeAll();
    forgetInterrupt();
    forgetClosed();
  }
}

/** Why a log cannot be followed; null when there is no failure. */
function endReason(end: StreamEnd): string | null {
  if (end.kind === "status") return `Cannot read, status code ${end.status}`;
  if (end.kind === "failed") return `Cannot connect, error: ${streamFailureText(end.failure)}`;
  return null;
}

const LINE_FEED = Uint8Array.of(0x0a);
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** Error answers in a row until a log that existed counts as removed. `update` may remove its group for a short time. */
const MAX_REJECTIONS = 6;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

/** Milliseconds to wait before the next attempt: exponential backoff, up to a limit. */
export function waitBefore(attempt: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

/** A daemon with too few descriptors closes connections that it has accepted. */
function isReset(end: StreamEnd): boolean {
  return end.kind === "failed" && /^(?:ECONNRESET|EPIPE|DISCONNECTED)$/.test(end.failure.code);
}

/** Follows one log, and reconnects when its stream ends. */
class Follower {
  readonly #context: CommandContext;
  readonly #following: Following;
  readonly #notices: ConnectionNotices;
  #stream: HttpStream | null = null;
  #pause: Pause | null = null;
  #isClosed = false;
  #pieces = 0;
  /** The position after the last byte shown; null when none is known. */
  #mark: LogMark | null;
  /** Nothing was shown, and no stream has begun. */
  #isNew: boolean;
  #isMidLine: boolean;
  /** Where the present stream begins, if the bytes before it have to be read from the files. */
  #gapEnd: LogMark | null = null;

  constructor(context: CommandContext, following: Following, notices: ConnectionNotices) {
    this.#context = context;
    this.#following = following;
    this.#notices = notices;
    const { shown } = following;
    this.#mark = shown?.mark ?? null;
    this.#isNew = this.#mark === null;
    this.#isMidLine = shown?.isMidLine ?? false;
  }

  close(): void {
    this.#isClosed = true;
    this.#stream?.close();
    this.#pause?.cancel();
  }

  /** @returns how the last stream ended */
  async run(): Promise<StreamEnd> {
    const { isRun } = this.#context;
    const first = await this.#begun();
    // A run may end between the last call and the first stream.
    const mayBeOver = isRun && first.kind === "failed";
    if (first.kind !== "end" && !mayBeOver) return first;
    let rejections = 0;
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      // A run has mostly ended: that shows at the first attempt.
      if (!isRun || attempt > 0) this.#notices.lost(this, this.#isMidLine);
      await this.#wait(attempt);
      if (this.#isClosed) break;
      const end = await this.#followOnce();
      if (end.kind === "closed") return end;
      // Nothing is listening: the run has exited and removed its socket, or was killed.
      if (isRun && end.kind === "failed" && /^(?:ENOENT|ECONNREFUSED)$/.test(end.failure.code)) {
        this.#notices.runEnded(this.#isMidLine);
        return { kind: "closed" };
      }
      rejections = end.kind === "status" ? rejections + 1 : 0;
      if (end.kind === "status" && (rejections === MAX_REJECTIONS || end.status === UNAUTHORIZED)) {
        return end;
      }
      // Only a stream of several pieces resets the backoff: a server may send the end of the log and close, again and again.
      if (this.#pieces > 1) attempt = -1;
    }
    return { kind: "closed" };
  }

  /** Follows the log as soon as it exists. @returns how its first stream ended */
  async #begun(): Promise<StreamEnd> {
    for (let attempt = 0; ; attempt += 1) {
      const end = await this.#followOnce();
      const isAbsent = end.kind === "status" && end.status === NOT_FOUND;
      const isExpected = isAbsent && this.#following.mayBeAbsent === true;
      if (!isExpected && !(isReset(end) && attempt < MAX_REJECTIONS)) return end;
      await this.#wait(attempt);
      if (this.#isClosed) return { kind: "closed" };
    }
  }

  /** Follows one stream to its end. If bytes are missing before it, reads them from the files, and opens another stream. */
  async #followOnce(): Promise<StreamEnd> {
    for (;;) {
      this.#gapEnd = null;
      const end = await this.#connect();
      if (this.#isClosed) return { kind: "closed" };
      if (this.#gapEnd === null) return end;
      await this.#fill(this.#gapEnd);
      if (this.#isClosed) return { kind: "closed" };
    }
  }

  async #connect(): Promise<StreamEnd> {
    this.#pieces = 0;
    const { path } = this.#following;
    const after = this.#mark === null ? "" : `after=${markText(this.#mark)}`;
    const stream = this.#context.client.follow(
      after === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${after}`,
      (piece) => this.#show(piece),
      (headers) => this.#begin(parseMark(headers.get(LOG_PLACE_HEADER.toLowerCase()) ?? "")),
    );
    if (!stream.ok) throw new UnhandledFailure(stream.error);
    this.#stream = stream.value;
    return await stream.value.ended;
  }

  /** A stream begins. @param start its first byte; null for a server that does not report it */
  #begin(start: LogMark | null): void {
    if (this.#isClosed) return;
    // Reported now, not with the next bytes: a stream that continues repeats nothing, so no bytes may come for a long time.
    const isBack = this.#notices.restored(this);
    const { files, shown } = this.#following;
    const isFirst = this.#isNew;
    this.#isNew = false;
    if (isFirst && shown !== undefined && start !== null) this.#mark = { ...start, offset: 0 };
    const mark = this.#mark;
    if (mark === null || start === null) {
      this.#mark = start;
      if (isBack && !isFirst) this.#reportUnsure();
      return;
    }
    if (start.epoch === mark.epoch && start.offset === mark.offset) return;
    if (files !== undefined) {
      this.#gapEnd = start;
      this.#stream?.close();
      return;
    }
    if (start.epoch === mark.epoch) this.#reportMissing(start.offset - mark.offset);
    else this.#reportUnsure();
    this.#mark = start;
  }

  /** Shows the bytes before a stream, from the files. If they do not have them, the log continues at its present file. */
  async #fill(start: LogMark): Promise<void> {
    const from = this.#mark;
    if (from === null) return;
    try {
      for await (const { bytes, mark, missing } of this.#following.files?.readFrom(from) ?? []) {
        if (this.#isClosed) return;
        this.#reportMissing(missing);
        this.#pass(bytes, mark);
      }
    } catch {
      // The connection was lost. The next stream begins at the position reached.
      return;
    }
    if (this.#mark !== from || this.#isClosed) return;
    if (start.epoch === from.epoch) {
      this.#reportMissing(start.offset - from.offset);
      this.#mark = start;
      return;
    }
    this.#reportUnsure();
    // A daemon counts from the beginning of the file that was there when it opened the log.
    this.#mark = { ...start, offset: 0 };
  }

  #show(piece: Uint8Array): void {
    if (this.#isClosed || this.#gapEnd !== null) return;
    this.#pieces += 1;
    const { epoch, offset } = this.#mark ?? { epoch: "", offset: 0 };
    this.#pass(piece, this.#mark === null ? null : { epoch, offset: offset + piece.length });
    if (this.#mark !== null) this.#following.files?.reached(this.#mark);
  }

  #pass(bytes: Uint8Array, mark: LogMark | null): void {
    this.#mark = mark;
    if (bytes.length === 0) return;
    this.#isMidLine = bytes.at(-1) !== LINE_FEED[0];
    this.#following.onBytes(bytes);
  }

  /** Bytes may be missing. A line that has begun is not continued by the next bytes. */
  #reportUnsure(): void {
    this.#notices.unsure();
    if (this.#isMidLine) this.#following.onBytes(LINE_FEED);
    this.#isMidLine = false;
  }

  #reportMissing(missing: number): void {
    if (missing <= 0) return;
    const bytes = missing === 1 ? "1 byte is" : `${missing} bytes are`;
    const text = `==> ${bytes} missing: the log was cleared or grew too fast <==\n`;
    this.#context.terminal.writeError(text);
  }

  async #wait(attempt: number): Promise<void> {
    this.#pause = this.#context.startPause(waitBefore(attempt));
    await this.#pause.over;
  }
}

/** Reports once that the connection is lost, and once that it is restored, regardless of the number of logs. */
class ConnectionNotices {
  readonly #context: CommandContext;
  readonly #lost = new Set<Follower>();
  #isEnded = false;
  #isUnsure = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  lost(follower: Follower, isMidLine: boolean): void {
    if (this.#lost.size === 0) {
      this.#isUnsure = false;
      const { isRun, serverUrl } = this.#context;
      this.#write(`Lost ${isRun ? "the run" : serverUrl}, waiting for it to come back`, isMidLine);
    }
    this.#lost.add(follower);
  }

  /** @returns whether the connection of this log was lost before */
  restored(follower: Follower): boolean {
    const wasLost = this.#lost.delete(follower);
    if (wasLost && this.#lost.size === 0) this.#write("Connected again", false);
    return wasLost;
  }

  /** The position in a log is unknown. Reported once per lost connection. */
  unsure(): void {
    const text = "output may be missing or repeated: the daemon was restarted";
    if (!this.#isUnsure) this.#write(text, false);
    this.#isUnsure = true;
  }

  /** A `tsv run` has ended, and with it all logs. */
  runEnded(isMidLine: boolean): void {
    if (!this.#isEnded) this.#write("The run has ended", isMidLine);
    this.#isEnded = true;
  }

  #write(text: string, isMidLine: boolean): void {
    const { terminal } = this.#context;
    const start = isMidLine && terminal.stdoutIsTty && terminal.stderrIsTty ? "\n" : "";
    terminal.writeError(`${start}==> ${text} <==\n`);
  }
}
