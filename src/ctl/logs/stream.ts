// Follows logs until Ctrl-C, until its output has no reader any more, or until there is no such log. A daemon that goes
// away is waited for, and its logs are picked up where they were left.

import { type LogMark, markText } from "../../core/logs/mark.ts";
import type { HttpStream, StreamEnd } from "../../ports/http-client.ts";
import type { Pause } from "../../ports/pause.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { streamFailureText, UnhandledFailure } from "../failure.ts";
import { createLogResume, type LogResume, type ShownBefore } from "./resume.ts";

/**
 * The path of a process's log stream.
 * @remarks The colon of `group:name` stays readable; everything else that a URL gives a meaning to is encoded.
 */
export function logPath(name: string, channel: string): string {
  return `/logtail/${encodeURIComponent(name).replaceAll("%3A", ":")}/${channel}`;
}

/** Bytes of a log, and the count of the first one. */
export interface CountedBytes {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What to follow, and what to do with it. */
export interface Following {
  readonly path: string;
  /** The path as error messages show it. */
  readonly shownPath: string;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** What was shown already; null for nothing. */
  readonly before?: ShownBefore | null;
  /** Reads the log from a place on, when the server's stream begins later. */
  readonly catchUp?: (place: LogMark) => AsyncIterable<CountedBytes>;
}

/**
 * Follows one or several logs at once; settles when all have ended or the user has enough.
 * @param onInterrupt called on Ctrl-C; without it, a line break follows what was shown, as in Supervisor
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
      // Supervisor exits 0 here, so that a script cannot tell a log from a typing error.
      context.exitStatus = EXIT.GENERIC;
    }
  } finally {
    closeAll();
    forgetInterrupt();
    forgetClosed();
  }
}

function describeFailure(end: StreamEnd): string | null {
  switch (end.kind) {
    case "end":
    case "closed":
      return null;
    case "status":
      return `Cannot read, status code ${end.status}`;
    case "failed":
      return `Cannot connect, error: ${streamFailureText(end.failure)}`;
  }
}

const NOTHING = new Uint8Array(0);
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** A log that was there and is not may come back: `update` takes its group away for a moment. */
const REFUSALS = 6;
const UNAUTHORIZED = 401;

/** How long before the next try. */
export function waitBefore(attempt: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

/** One log, over as many streams as it takes. */
class Follower {
  readonly #context: CommandContext;
  readonly #following: Following;
  readonly #outage: Outage;
  readonly #resume: LogResume;
  #stream: HttpStream | null = null;
  #pause: Pause | null = null;
  #isClosed = false;
  #pieces = 0;
  /** What was asked for. */
  #asked: LogMark | null = null;
  /** The stream begins behind the place that was asked for: the files have what is missing, perhaps. */
  #hasGap = false;
  /** They have not. */
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

  /** @returns how it ended for good */
  async run(): Promise<StreamEnd> {
    const first = await this.#followOnce();
    if (first.kind !== "end") return first;
    let refusals = 0;
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      this.#outage.lost(this, this.#resume.isMidLine());
      await this.#wait(attempt);
      if (this.#isClosed) break;
      const end = await this.#followOnce();
      if (end.kind === "closed") return end;
      refusals = end.kind === "status" ? refusals + 1 : 0;
      if (end.kind === "status" && (refusals === REFUSALS || end.status === UNAUTHORIZED)) {
        return end;
      }
      // A server that sends the end of the log and closes, over and over, is asked ever more seldom.
      if (this.#pieces > 1) attempt = -1;
    }
    return { kind: "closed" };
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

  /** Shows what the files have behind a place. */
  async #fill(from: LogMark): Promise<void> {
    let place = from;
    this.#resume.filled(NOTHING, place);
    try {
      for await (const { offset, bytes } of this.#following.catchUp?.(from) ?? []) {
        if (this.#isClosed) return;
        this.#tellMissing(offset - place.offset);
        place = { ...place, offset: offset + bytes.length };
        this.#resume.filled(bytes, place);
        this.#following.onBytes(bytes);
        await this.#context.terminal.flush();
      }
    } catch {
      // The daemon has gone, for example: the next stream says what is missing.
    }
    this.#isLost = place.offset === from.offset;
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
    const missing = this.#resume.begins(headers);
    if (this.#isClosed) return;
    // Now, since nothing may come for long: a stream that continues where it was repeats nothing.
    this.#outage.back(this);
    const { catchUp } = this.#following;
    this.#hasGap = missing > 0 && catchUp !== undefined && !this.#isLost;
    this.#isLost = false;
    if (this.#hasGap) this.#stream?.close();
    else this.#tellMissing(missing);
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
  }

  async #wait(attempt: number): Promise<void> {
    this.#pause = this.#context.startPause(waitBefore(attempt));
    await this.#pause.over;
  }
}

/** Tells once that the connection is lost, and once that it is back, however many logs are followed. */
class Outage {
  readonly #context: CommandContext;
  readonly #lost = new Set<object>();

  constructor(context: CommandContext) {
    this.#context = context;
  }

  lost(follower: object, isMidLine: boolean): void {
    if (this.#lost.size === 0) {
      const { terminal, serverUrl } = this.#context;
      const start = isMidLine && terminal.stdoutIsTty && terminal.stderrIsTty ? "\n" : "";
      terminal.writeError(`${start}==> Lost ${serverUrl}, waiting for it to come back <==\n`);
    }
    this.#lost.add(follower);
  }

  back(follower: object): void {
    if (!this.#lost.delete(follower) || this.#lost.size > 0) return;
    this.#context.terminal.writeError("==> Connected again <==\n");
  }
}
