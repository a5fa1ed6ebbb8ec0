// Outputs the lines of logs: for people with a prefix, to a pipe as they are, for programs as JSON.

import { jsonText } from "../../core/base/envelope.ts";
import { printable } from "../../core/base/printable.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { LineClock } from "../../core/logs/line-format.ts";
import {
  coloursOf,
  ERROR_COLOUR,
  nameColour,
  namesWidth,
  paddedName,
} from "../../core/logs/line-styles.ts";
import { filteredLine } from "../../core/logs/terminal-filter.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { Reporter } from "../report.ts";
import { type TimedLine, utf8 } from "./lines.ts";
import type { ProgramLog } from "./log-reader.ts";

/** Receives lines. */
export interface LineOutput {
  /** @param index which of the logs */
  lines(index: number, lines: readonly TimedLine[]): void;
  /** Called after the last existing line, before new lines are followed. */
  end?(): void;
  /** Whether lines are output without anything before them. */
  readonly isPlain: boolean;
  /** Whether the bytes of lines are output unchanged. */
  readonly isVerbatim: boolean;
}

/** How lines are shown. */
export interface OutputStyle {
  readonly prefix: boolean;
  readonly json: boolean;
  /** Send all bytes to a terminal, control sequences too. */
  readonly raw: boolean;
  readonly offset: OffsetMinutes;
  /** The names of all programs of the daemon, so that a program's colour does not depend on which ones are shown. */
  readonly names: readonly string[];
}

/** Lines are gathered up to this many bytes per write. */
const WRITE_BYTES = 64 * 1024;
const LINE_FEED = Uint8Array.of(0x0a);
const ENCODER = new TextEncoder();

/** Returns the bytes to output for a line. */
type Format = (index: number, line: TimedLine) => readonly Uint8Array[];

/** The output for some logs. */
export function createLineOutput(
  terminal: Terminal,
  logs: readonly ProgramLog[],
  style: OutputStyle,
): LineOutput {
  const format = style.json ? jsonFormat(logs) : textFormat(terminal, logs, style);
  const isPlain = !style.prefix && !style.json;
  return {
    lines(index, lines) {
      let parts: Uint8Array[] = [];
      let length = 0;
      const write = (): void => {
        if (length > 0) terminal.write(Buffer.concat(parts, length));
        parts = [];
        length = 0;
      };
      for (const line of lines) {
        for (const part of format(index, line)) {
          parts.push(part);
          length += part.length;
        }
        if (length >= WRITE_BYTES) write();
      }
      write();
    },
    isPlain,
    isVerbatim: isPlain && (style.raw || !terminal.stdoutIsTty),
  };
}

/** Gathers the text of each log, and outputs it as one JSON result at the end, as `tail` does. */
export function createTextOutput(report: Reporter, logs: readonly ProgramLog[]): LineOutput {
  const texts = logs.map(() => "");
  return {
    isPlain: true,
    isVerbatim: false,
    lines(index, lines) {
      texts[index] += lines.map(({ bytes }) => `${utf8(bytes)}\n`).join("");
    },
    end() {
      for (const [index, { name, channel }] of logs.entries()) {
        const text = texts[index] ?? "";
        report.item({ line: text, data: { name, channel, text } });
      }
    },
  };
}

function jsonFormat(logs: readonly ProgramLog[]): Format {
  return (index, { time, isTimeKnown, bytes, text, isPartial }) => {
    const { program = "", group = "", channel = "stdout" } = logs[index] ?? {};
    const stamp = isTimeKnown ? new Date(time).toISOString() : null;
    const head = { time: stamp, program, group, channel };
    const partial = isPartial ? { partial: true } : {};
    const member = { ...head, line: text ?? utf8(bytes), ...partial };
    return [ENCODER.encode(`${jsonText(member)}\n`)];
  };
}

function textFormat(
  terminal: Terminal,
  logs: readonly ProgramLog[],
  { prefix, raw, offset, names }: OutputStyle,
): Format {
  const { colours, stdoutIsTty } = terminal;
  const width = namesWidth(logs.map(({ name }) => printable(name)));
  const colourOf = coloursOf(names);
  const prefixes = (prefix ? logs : []).map((log) => {
    const colour = colours ? (colourOf.get(log.name) ?? nameColour(log.name)) : null;
    return new LinePrefix(log, colour, width, offset);
  });
  return (index, line) => {
    const head = prefixes[index]?.of(line) ?? null;
    // The prefix replaces the time and name that the daemon put before the text.
    const bytes = head === null || line.text === null ? line.bytes : ENCODER.encode(line.text);
    const shown = stdoutIsTty && !raw ? filteredLine(bytes, head !== null) : bytes;
    return head === null ? [shown, LINE_FEED] : [head, shown, LINE_FEED];
  };
}

/** A time that is known less precisely than this is shown as `~12:04  `. */
const ROUGH_MS = 60_000;
const UNKNOWN_TIME = "--:--:--";

/**
 * Formats the prefixes of one log: `12:04:07 web.1 | `, as in `tsv run`. Lines of standard error have `!` instead of `|`, and
 * pieces that continue a very long line have `+`, so that both are visible without colours.
 */
export class LinePrefix {
  readonly #clock: LineClock;
  readonly #name: string;
  readonly #isError: boolean;
  readonly #colour: string | null;
  #last: { readonly key: string; readonly bytes: Uint8Array } | null = null;

  /**
   * @param colour of the name, as a parameter of SGR; null for none
   * @param width minimum columns of the name
   */
  constructor(log: ProgramLog, colour: string | null, width: number, offset: OffsetMinutes) {
    this.#name = paddedName(printable(log.name), width);
    this.#isError = log.channel === "stderr";
    this.#colour = colour;
    this.#clock = new LineClock("time", offset);
  }

  /** The prefix of a line. The bytes stay valid after further calls. */
  of(line: Pick<TimedLine, "time" | "isTimeKnown" | "earliest" | "isContinued">): Uint8Array {
    const { time, isTimeKnown, earliest, isContinued } = line;
    const mark = isContinued ? "+" : this.#isError ? "!" : "|";
    const isRough = time - earliest > ROUGH_MS;
    const key = `${isTimeKnown ? Math.floor(time / 1000) : ""}${isRough ? "~" : ""}${mark}`;
    if (this.#last?.key === key) return this.#last.bytes;
    const exact = utf8(this.#clock.at(time));
    const shown = isRough ? `~${exact.slice(0, 5)}  ` : exact;
    const bytes = ENCODER.encode(this.#text(isTimeKnown ? shown : UNKNOWN_TIME, mark));
    this.#last = { key, bytes };
    return bytes;
  }

  #text(time: string, mark: string): string {
    if (this.#colour === null) return `${time} ${this.#name} ${mark} `;
    const lead = `\u001b[0;${this.#colour}m${time} ${this.#name} `;
    return `${lead}${this.#isError ? `\u001b[0;${ERROR_COLOUR}m` : ""}${mark}\u001b[0m `;
  }
}
