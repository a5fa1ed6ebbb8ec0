// Outputs the lines of logs: for people with a prefix, to a pipe as they are, for programs as JSON.

import { jsonText } from "../../core/base/json-text.ts";
import { printable } from "../../core/base/printable.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { blankReturns } from "../../core/logs/carriage-returns.ts";
import { coloursOf, nameColour } from "../../core/logs/name-colour.ts";
import { namesWidth } from "../../core/logs/name-width.ts";
import { TerminalFilter } from "../../core/logs/terminal-filter.ts";
import type { Terminal } from "../../ports/terminal.ts";
import type { TimedLine } from "./line-times.ts";
import { utf8 } from "./own-lines.ts";
import { LinePrefix } from "./prefix.ts";
import type { LogOfProgram } from "./sources.ts";

/** Receives lines. */
export interface LineOutput {
  /** @param index which of the logs */
  lines(index: number, lines: readonly TimedLine[]): void;
  /** Settles when all output has left the process. */
  flush(): Promise<void>;
  /** Called after the last existing line, before new lines are followed. */
  end?(): void;
  /** Whether lines are output unchanged. */
  readonly isPlain: boolean;
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

/** Pieces are gathered up to this many bytes per write. */
const BATCH = 64 * 1024;
const LINE_FEED = Uint8Array.of(0x0a);
const ENCODER = new TextEncoder();

/** Gathers small pieces into large writes. */
class Gathered {
  readonly #terminal: Terminal;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    if (this.#length >= BATCH) this.write();
  }

  write(): void {
    if (this.#length === 0) return;
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#length = 0;
    this.#terminal.write(all);
  }
}

/** The output for some logs. */
export function createLineOutput(
  terminal: Terminal,
  logs: readonly LogOfProgram[],
  style: OutputStyle,
): LineOutput {
  const gathered = new Gathered(terminal);
  const put = style.json ? jsonLines(gathered, logs) : textLines(gathered, terminal, logs, style);
  return {
    lines(index, lines) {
      for (const line of lines) put(index, line);
      gathered.write();
    },
    flush: () => terminal.flush(),
    isPlain: !style.prefix && !style.json,
  };
}

type Put = (index: number, line: TimedLine) => void;

function jsonLines(output: Gathered, logs: readonly LogOfProgram[]): Put {
  return (index, { time, bytes, text, isPartial }) => {
    const { program = "", group = "", channel = "stdout" } = logs[index] ?? {};
    const stamp = time === null ? null : new Date(time).toISOString();
    const partial = isPartial ? { partial: true } : {};
    const member = { time: stamp, program, group, channel, line: text ?? utf8(bytes), ...partial };
    output.add(ENCODER.encode(`${jsonText(member)}\n`));
  };
}

function textLines(
  output: Gathered,
  terminal: Terminal,
  logs: readonly LogOfProgram[],
  { prefix, raw, offset, names }: OutputStyle,
): Put {
  const { colours, stdoutIsTty } = terminal;
  const width = namesWidth(logs.map(({ name }) => printable(name)));
  const colourOf = coloursOf(names);
  const prefixes = (prefix ? logs : []).map((log) => {
    const colour = colours ? (colourOf.get(log.name) ?? nameColour(log.name)) : null;
    return new LinePrefix(log, { colour, width, offset });
  });
  return (index, line) => {
    const head = prefixes[index]?.of(line);
    if (head !== undefined) output.add(head);
    // The prefix replaces the time and name that the daemon put before the text.
    const bytes = head === undefined || line.text === null ? line.bytes : ENCODER.encode(line.text);
    output.add(stdoutIsTty && !raw ? filtered(bytes, head !== undefined) : bytes);
    output.add(LINE_FEED);
  };
}

/** Filters a line for a terminal. Colours are reset at its end, since the next line may be of another program. */
function filtered(bytes: Uint8Array, isPrefixed: boolean): Uint8Array {
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return bytes;
  const filter = new TerminalFilter();
  const shown = filter.push(bytes).slice();
  if (isPrefixed) blankReturns(shown, 0, shown.length);
  const reset = filter.resetNeeded;
  return reset === null ? shown : Uint8Array.from([...shown, ...ENCODER.encode(reset)]);
}
