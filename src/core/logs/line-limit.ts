// log_rate_limit: passes a number of lines of a stream in each period. All other lines are dropped whole, and counted. A period
// begins with the first line after the previous period. Time is monotonic milliseconds.

import { SECOND } from "../base/time.ts";
import { LONGEST_PIECE } from "./line-pieces.ts";

/** Minimum time between two reports of one stream, in milliseconds. */
export const REPORT_MS = 60 * SECOND;

/** The limit: `count` lines in `seconds` seconds. */
interface LineRate {
  readonly count: number;
  readonly seconds: number;
}

/** The state of a limit, to continue from. */
export interface LineLimitState {
  /** When the period ends. */
  readonly until: number;
  /** Lines that passed in the period. */
  readonly passed: number;
  /** Lines that were dropped and not reported. */
  readonly dropped: number;
  /** When dropped lines may be reported again. */
  readonly reportAt: number;
  /** Bytes of the present line so far; 0 between two lines. */
  readonly length: number;
  readonly isDropping: boolean;
}

/** Receives the passed bytes and the reports of a stream, in order. Bytes are valid until `pass` returns. */
export interface LimitSink {
  pass(bytes: Uint8Array): void;
  /** Counts bytes of lines that are dropped. */
  lost(bytes: number): void;
  /** Lines are dropped from now on. Called at most once between two reports. */
  began(): void;
  /** Reports the lines that were dropped before the next bytes that pass. */
  dropped(lines: number): void;
}

const LINE_FEED = 0x0a;
const END = Uint8Array.of(LINE_FEED);
const FRESH: LineLimitState = {
  until: 0,
  passed: 0,
  dropped: 0,
  reportAt: 0,
  length: 0,
  isDropping: false,
};

/** Limits one stream. */
export class LineLimit {
  readonly #count: number;
  readonly #periodMs: number;
  #state: { -readonly [F in keyof LineLimitState]: LineLimitState[F] };

  constructor({ count, seconds }: LineRate, before: LineLimitState | null = null) {
    this.#count = count;
    this.#periodMs = seconds * SECOND;
    this.#state = { ...(before ?? FRESH) };
  }

  get state(): LineLimitState {
    return { ...this.#state };
  }

  push(chunk: Uint8Array, now: number, sink: LimitSink): void {
    const state = this.#state;
    let from = 0;
    let passFrom = 0;
    let lost = 0;
    while (from < chunk.length) {
      const wasDropping = state.isDropping;
      // Each further piece of a long line counts as a line. After a dropped piece, the rest of the line is dropped too.
      const isPiece = state.length >= LONGEST_PIECE;
      if (state.length === 0 || (isPiece && !wasDropping)) {
        if (isPiece) state.length = 1;
        if (this.#takes(now)) {
          if (wasDropping) passFrom = from;
          if (!isPiece && state.dropped > 0 && now >= state.reportAt) {
            if (from > passFrom) sink.pass(chunk.subarray(passFrom, from));
            passFrom = from;
            this.#report(now, sink);
          }
          state.isDropping = false;
        } else {
          if (!wasDropping && from > passFrom) sink.pass(chunk.subarray(passFrom, from));
          if (isPiece) sink.pass(END);
          state.isDropping = true;
          this.#drop(now, sink);
        }
      }
      const feed = chunk.indexOf(LINE_FEED, from);
      const room = state.isDropping ? Infinity : Math.max(1, LONGEST_PIECE - state.length);
      const end = Math.min(feed < 0 ? chunk.length : feed + 1, from + room);
      state.length = end === feed + 1 && feed >= 0 ? 0 : state.length + end - from;
      if (state.isDropping) lost += end - from;
      from = end;
    }
    if (lost > 0) sink.lost(lost);
    if (!state.isDropping && from > passFrom) sink.pass(chunk.subarray(passFrom, from));
  }

  /** Ends the stream, and reports dropped lines. */
  end(now: number, sink: LimitSink): void {
    const state = this.#state;
    if (state.dropped === 0) return;
    if (state.length > 0 && !state.isDropping) sink.pass(END);
    this.#report(now, sink);
  }

  #takes(now: number): boolean {
    const state = this.#state;
    if (now >= state.until) {
      state.until = now + this.#periodMs;
      state.passed = 0;
    }
    if (state.passed >= this.#count) return false;
    state.passed += 1;
    return true;
  }

  #drop(now: number, sink: LimitSink): void {
    this.#state.dropped += 1;
    if (this.#state.dropped === 1 && now >= this.#state.reportAt) sink.began();
  }

  #report(now: number, sink: LimitSink): void {
    const { dropped } = this.#state;
    this.#state.dropped = 0;
    this.#state.reportAt = now + REPORT_MS;
    sink.dropped(dropped);
  }
}

// Limits the lines of programs that are sent to syslog. A log daemon accepts only some thousand lines a second, and each line
// costs a system call. Lines beyond the limit are dropped and counted. Time is monotonic milliseconds.

/** Maximum lines per second of all channels together. */
export const LINES_PER_SECOND = 10_000;
/** Lines per second that each channel may always send, regardless of the others. */
export const SURE_LINES = 100;

/** The counts of one channel. */
export class ChannelLines {
  /** The second that `sent` belongs to. */
  second = -1;
  sent = 0;
  /** Lines that were not sent and not reported yet. */
  dropped = 0;
  /** When dropped lines may be reported again. */
  reportAt = Number.NEGATIVE_INFINITY;
}

/** Shared by all channels. */
export class LineBudget {
  #second = -1;
  #sent = 0;

  /** Whether a channel may send one more line. Counts the line as sent or as dropped. */
  take(channel: ChannelLines, nowMono: number): boolean {
    const second = Math.floor(nowMono / SECOND);
    if (this.#second !== second) {
      this.#second = second;
      this.#sent = 0;
    }
    if (channel.second !== second) {
      channel.second = second;
      channel.sent = 0;
    }
    if (this.#sent >= LINES_PER_SECOND && channel.sent >= SURE_LINES) {
      channel.dropped += 1;
      return false;
    }
    this.#sent += 1;
    channel.sent += 1;
    return true;
  }
}

// Limits how often a message is logged, if clients or programs can cause it without limit.

interface RateLimitOptions {
  /** Maximum items at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket. Dropped items are counted, and reported with the next item that passes. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #lastMs: number | null = null;
  #heldBack = 0;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#tokens = options.burst;
  }

  /**
   * Asks to pass one item.
   * @param nowMs monotonic milliseconds
   * @returns the number of items dropped since the last one that passed; null when this item is dropped
   */
  take(nowMs: number): number | null {
    const { burst, perSecond } = this.#options;
    const passed = Math.max(0, nowMs - (this.#lastMs ?? nowMs));
    this.#lastMs = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (passed * perSecond) / 1000);
    if (this.#tokens < 1) {
      this.#heldBack += 1;
      return null;
    }
    this.#tokens -= 1;
    const before = this.#heldBack;
    this.#heldBack = 0;
    return before;
  }
}
