// Renders the time before a line of output, as bytes. A program may write some thousand lines a second: within a second, only
// the milliseconds are rendered again.

import { SECOND } from "../base/time.ts";
import type { LineTime } from "./line-styles.ts";
import { localTime } from "./record.ts";

/** Time zones change their offset only at a quarter of an hour. */
const OFFSET_HOLDS_MS = 15 * 60 * SECOND;
const HAS_MILLISECONDS: readonly LineTime[] = ["iso-ms", "utc", "unix"];
const DIGIT_0 = 0x30;
const NOTHING = new Uint8Array(0);
const ENCODER = new TextEncoder();

/** Renders times in one format. */
export class LineClock {
  readonly #time: LineTime;
  readonly #offsetMinutes: (wallMs: number) => number;
  readonly #showsMilliseconds: boolean;
  #text: Uint8Array = NOTHING;
  /** The offset of the milliseconds in the text. */
  #millisecondsAt = 0;
  #second = Number.NaN;
  #offset = 0;
  #offsetOf = Number.NaN;

  /** @param offsetMinutes minutes to add to UTC at a given time: +60 for Central European winter */
  constructor(time: LineTime, offsetMinutes: (wallMs: number) => number) {
    this.#time = time;
    this.#offsetMinutes = offsetMinutes;
    this.#showsMilliseconds = HAS_MILLISECONDS.includes(time);
  }

  /** @returns ASCII; empty for `none`. The bytes are valid until the next call. */
  at(wallMs: number): Uint8Array {
    if (this.#time === "none") return NOTHING;
    const whole = Math.floor(wallMs);
    const second = Math.floor(whole / SECOND);
    if (second !== this.#second) this.#renderSecond(second);
    if (this.#showsMilliseconds) this.#putMilliseconds(whole - second * SECOND);
    return this.#text;
  }

  #renderSecond(second: number): void {
    this.#second = second;
    const { head, tail } = this.#parts(second);
    this.#text = ENCODER.encode(this.#showsMilliseconds ? `${head}.000${tail}` : head + tail);
    this.#millisecondsAt = head.length + 1;
  }

  #parts(second: number): { readonly head: string; readonly tail: string } {
    if (this.#time === "unix") return { head: String(second), tail: "" };
    const offset = this.#time === "utc" ? 0 : this.#offsetAt(second * SECOND);
    const { year, month, day, hour, minute, second: s } = localTime(second * SECOND, offset);
    const clock = `${pad(hour)}:${pad(minute)}:${pad(s)}`;
    if (this.#time === "time") return { head: clock, tail: "" };
    const date = `${String(year).padStart(4, "0")}-${pad(month)}-${pad(day)}`;
    return { head: `${date}T${clock}`, tail: this.#time === "utc" ? "Z" : zone(offset) };
  }

  #offsetAt(wallMs: number): number {
    const quarter = Math.floor(wallMs / OFFSET_HOLDS_MS);
    if (quarter !== this.#offsetOf) {
      this.#offsetOf = quarter;
      this.#offset = this.#offsetMinutes(wallMs);
    }
    return this.#offset;
  }

  #putMilliseconds(milliseconds: number): void {
    const at = this.#millisecondsAt;
    this.#text[at] = DIGIT_0 + Math.floor(milliseconds / 100);
    this.#text[at + 1] = DIGIT_0 + (Math.floor(milliseconds / 10) % 10);
    this.#text[at + 2] = DIGIT_0 + (milliseconds % 10);
  }
}

/** `+01:00` (RFC 3339 section 5.6). */
function zone(offsetMinutes: number): string {
  const minutes = Math.abs(Math.round(offsetMinutes));
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
