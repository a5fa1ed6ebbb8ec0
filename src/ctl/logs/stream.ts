// Follows logs until Ctrl-C, until the output is closed, until there is no such log, or until a `tsv run` has ended. If the
// connection to the daemon is lost, tries to connect again, and resumes the logs where they ended.

import { type LogMark, markText } from "../../core/logs/mark.ts";
import type { HttpStream, StreamEnd } from "../../ports/http-client.ts";
import type { Pause } from "../../ports/pause.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { UnhandledFailure } from "../failure.ts";
import type { Following } from "./following.ts";
import { Outage } from "./outage.ts";
import { createLogResume, firstMark, type LogResume } from "./resume.ts";
import { describeFailure, isGone } from "./stream-end.ts";

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
  const outage = new Outage(context);
  const followers = following.map((one) => new Follower(context, one, outage));
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
      const why = describeFailure(end);
      if (why === null) continue;
      const { shownPath = "" } = following[index] ?? {};
      context.terminal.writeError(`${context.serverUrl}${shownPath} ${why}\n`);
      // Supervisor exits with 0 here, so a script cannot detect a mistyped name.
      context.exitStatus = EXIT.GENERIC;
    }
  } finally {
    closeAll();
    forgetInterrupt();
    forgetClosed();
  }
}

const NOTHING = new Uint8Array(0);
const LINE_FEED = Uint8Array.of(0x0a);
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** Error answers in a row until a log that existed counts as removed. `update` may remove its group for a short time. */
const REFUSALS = 6;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

/** Milliseconds to wait before the next attempt: exponential backoff, up to a limit. */
export function waitBefore(attempt: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

/** Follows one log, and reconnects when its stream ends. */
class Follower {
  readonly #context: CommandContext;
  readonly #following: Following;
  readonly #outage: Outage;
  readonly #resume: LogResume;
  #stream: HttpStream | null = null;
  #pause: Pause | null = null;
  #isClosed = false;
  #pieces = 0;
  /** The requested position. */
  #asked: LogMark | null = null;
  /** The stream begins after the requested position. The files may have the missing bytes. */
  #hasGap = false;
  /** The files do not have the missing bytes. */
  #isLost = false;

  constructor(context: CommandContext, following: Following, outage: Outage) {
    this.#context = context;
    this.#following = following;
    this.#outage = outage;
    this.#resume = createLogResume(following.before);
  }

  close(): void {
    this.#isClosed = true;
    this.#stream?.close();
    this.#pause?.cancel();
  }

  /** @returns how the last stream ended */
  async run(): Promise<StreamEnd> {
    const first = await this.#begun();
    // A run may end between the last call and the first stream.
    const mayBeOver = this.#context.isRun && first.kind === "failed";
    if (first.kind !== "end" && !mayBeOver) return first;
    let refusals = 0;
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      // A run has mostly ended: that shows at the first attempt.
      if (!this.#context.isRun || attempt > 0) this.#outage.lost(this, this.#resume.isMidLine());
      await this.#wait(attempt);
      if (this.#isClosed) break;
      const end = await this.#followOnce();
      if (end.kind === "closed") return end;
      if (this.#context.isRun && isGone(end)) {
        this.#outage.over(this.#resume.isMidLine());
        return { kind: "closed" };
      }
      refusals = end.kind === "status" ? refusals + 1 : 0;
      if (end.kind === "status" && (refusals === REFUSALS || end.status === UNAUTHORIZED)) {
        return end;
      }
      // Only a stream of several pieces resets the backoff: a server may send the end of the log and close, again and again.
      if (this.#pieces > 1) attempt = -1;
    }
    return { kind: "closed" };
  }

  /** Follows the log when it is there. @returns how its first stream ended */
  async #begun(): Promise<StreamEnd> {
    for (let attempt = 0; ; attempt += 1) {
      const end = await this.#followOnce();
      const isAbsent = end.kind === "status" && end.status === NOT_FOUND;
      if (!isAbsent || this.#following.mayBeAbsent !== true) return end;
      await this.#wait(attempt);
      if (this.#isClosed) return { kind: "closed" };
    }
  }

  async #followOnce(): Promise<StreamEnd> {
    for (;;) {
      this.#hasGap = false;
      const end = await this.#connect();
      if (!this.#hasGap || this.#isClosed || this.#asked === null) return end;
      await this.#fill(this.#asked);
      if (this.#isClosed) return { kind: "closed" };
    }
  }

  /** Shows the bytes that the files have after a position. */
  async #fill(from: LogMark): Promise<void> {
    let place = from;
    this.#resume.filled(NOTHING, place);
    try {
      for await (const part of this.#following.catchUp?.(from, this.#resume.end) ?? []) {
        if (this.#isClosed) return;
        const { offset, bytes, epoch = place.epoch } = part;
        if (part.isUnsure === true) this.#tellUnsure();
        if (epoch === place.epoch) this.#tellMissing(offset - place.offset);
        place = { epoch, offset: offset + bytes.length };
        this.#resume.filled(bytes, place);
        if (bytes.length > 0) this.#following.onBytes(bytes);
        await this.#context.terminal.flush();
      }
    } catch {
      // For example, the connection was lost. The next stream reports the missing bytes.
    }
    this.#isLost = place.epoch === from.epoch && place.offset === from.offset;
  }

  async #connect(): Promise<StreamEnd> {
    this.#pieces = 0;
    const place = this.#resume.restart();
    this.#asked = place;
    const { path } = this.#following;
    const mark = path.includes("?") ? "&" : "?";
    const stream = this.#context.client.follow(
      place === null ? path : `${path}${mark}after=${markText(place)}`,
      (piece) => this.#show(piece),
      (headers) => this.#begin(headers),
    );
    if (!stream.ok) throw new UnhandledFailure(stream.error);
    this.#stream = stream.value;
    return await stream.value.ended;
  }

  #begin(headers: ReadonlyMap<string, string>): void {
    const { missing, isOther } = this.#resume.begins(headers);
    if (this.#isClosed) return;
    // Reported now, not with the next bytes: a stream that resumes repeats nothing, so no bytes may come for a long time.
    this.#outage.back(this);
    const { catchUp } = this.#following;
    const canFill = catchUp !== undefined && !this.#isLost;
    this.#hasGap = canFill && (missing > 0 || isOther);
    this.#isLost = false;
    if (this.#hasGap) {
      this.#asked ??= firstMark(headers);
      this.#stream?.close();
      return;
    }
    this.#tellMissing(missing);
    if (isOther && catchUp !== undefined) this.#tellUnsure();
    this.#tellPlace();
  }

  #tellPlace(): void {
    const { place } = this.#resume;
    if (place !== null) this.#following.onPlace?.(place);
  }

  /** Bytes may be missing. A line that has begun is not continued by what comes now. */
  #tellUnsure(): void {
    this.#outage.unsure();
    if (this.#resume.isMidLine()) this.#following.onBytes(LINE_FEED);
    this.#resume.broken();
  }

  #tellMissing(missing: number): void {
    if (missing <= 0) return;
    const bytes = missing === 1 ? "1 byte is" : `${missing} bytes are`;
    const { terminal } = this.#context;
    terminal.writeError(`==> ${bytes} missing: the log was cleared or grew too fast <==\n`);
  }

  #show(piece: Uint8Array): void {
    if (this.#isClosed || this.#hasGap) return;
    this.#pieces += 1;
    const fresh = this.#resume.take(piece);
    if (fresh.length > 0) this.#following.onBytes(fresh);
    this.#tellPlace();
  }

  async #wait(attempt: number): Promise<void> {
    this.#pause = this.#context.startPause(waitBefore(attempt));
    await this.#pause.over;
  }
}
