// The prefix of a line: `12:04:07 web.1 | `, as in `tsv run`. Lines of standard error have `!` instead of `|`, and pieces that
// continue a very long line have `+`, so that both are visible without colours.

import { printable } from "../../core/base/printable.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { LineClock } from "../../core/logs/line-time.ts";
import { ERROR_COLOUR } from "../../core/logs/name-colour.ts";
import { paddedName } from "../../core/logs/name-width.ts";
import type { TimedLine } from "./line-times.ts";
import type { LogOfProgram } from "./sources.ts";

const UNKNOWN = "--:--:--";
/** A time that is known less precisely than this is shown as `~12:04  `. */
const ROUGH_MS = 60_000;

const ENCODER = new TextEncoder();

/** How prefixes are formatted. */
export interface PrefixStyle {
  /** Colour of the name, as a parameter of SGR; null for none. */
  readonly colour: string | null;
  /** Minimum columns of the name. */
  readonly width: number;
  readonly offset: OffsetMinutes;
}

/** Makes the prefixes of one log. */
export class LinePrefix {
  readonly #clock: LineClock;
  readonly #name: string;
  readonly #isError: boolean;
  readonly #colour: string | null;
  #last: { readonly key: string; readonly bytes: Uint8Array } | null = null;

  constructor(log: LogOfProgram, { colour, width, offset }: PrefixStyle) {
    this.#name = paddedName(printable(log.name), width);
    this.#isError = log.channel === "stderr";
    this.#colour = colour;
    this.#clock = new LineClock("time", offset);
  }

  /** The prefix of a line. The bytes stay valid after further calls. */
  of({
    time,
    latest,
    isContinued,
  }: Pick<TimedLine, "time" | "latest" | "isContinued">): Uint8Array {
    const mark = isContinued ? "+" : this.#isError ? "!" : "|";
    const isRough = time !== null && latest !== null && latest - time > ROUGH_MS;
    const key = `${time === null ? "" : Math.floor(time / 1000)}${isRough ? "~" : ""}${mark}`;
    if (this.#last?.key === key) return this.#last.bytes;
    const bytes = ENCODER.encode(this.#text(this.#time(time, isRough), mark));
    this.#last = { key, bytes };
    return bytes;
  }

  #time(time: number | null, isRough: boolean): string {
    if (time === null) return UNKNOWN;
    const text = new TextDecoder().decode(this.#clock.at(time));
    return isRough ? `~${text.slice(0, 5)}  ` : text;
  }

  #text(time: string, mark: string): string {
    if (this.#colour === null) return `${time} ${this.#name} ${mark} `;
    const lead = `\u001b[0;${this.#colour}m${time} ${this.#name} `;
    return `${lead}${this.#isError ? `\u001b[0;${ERROR_COLOUR}m` : ""}${mark}\u001b[0m `;
  }
}
