// Lines of output of many hosts: each with the name of its host in front, whole, and in pieces of bounded size.

import { jsonText } from "../core/base/envelope.ts";
import { LinePieces } from "../core/logs/line-pieces.ts";
import { ERROR_COLOUR, nameColour } from "../core/logs/line-styles.ts";
import { filteredLine } from "../core/logs/terminal-filter.ts";
import type { Terminal } from "../ports/terminal.ts";

type Channel = "stdout" | "stderr";

/** Bytes of a host that are kept so that its lines stay together. */
const MOST_KEPT = 64 * 1024;
const ENCODER = new TextEncoder();
const LINE_FEED = ENCODER.encode("\n");

/** How the lines of a host are shown. */
interface LineStyle {
  /** Columns of names. */
  readonly width: number;
  /** Each line is an object of JSON. */
  readonly json: boolean;
  /** Write lines as they come, not together. */
  readonly isLive: boolean;
  /** The lines are those of `tsv logs`: on a terminal they were filtered, and JSON is in them. */
  readonly isOfLogs: boolean;
}

/** The lines of a host. */
export class HostLines {
  readonly #name: string;
  readonly #terminal: Terminal;
  readonly #style: LineStyle;
  readonly #pieces: Readonly<Record<Channel, LinePieces>>;
  #kept: Uint8Array[] = [];
  #length = 0;

  constructor(name: string, terminal: Terminal, style: LineStyle) {
    this.#name = name;
    this.#terminal = terminal;
    this.#style = style;
    const pieces = (channel: Channel): LinePieces =>
      new LinePieces({
        take: (bytes, from, to) => this.#line(channel, bytes.subarray(from, to)),
      });
    this.#pieces = { stdout: pieces("stdout"), stderr: pieces("stderr") };
  }

  push(channel: Channel, bytes: Uint8Array): void {
    this.#pieces[channel].push(bytes);
    if (this.#style.isLive || this.#length > MOST_KEPT) this.#flush();
  }

  /** The host has no more output. */
  end(): void {
    this.#pieces.stdout.end();
    this.#pieces.stderr.end();
    this.#flush();
  }

  #flush(): void {
    if (this.#length > 0) this.#terminal.write(Buffer.concat(this.#kept, this.#length));
    this.#kept = [];
    this.#length = 0;
  }

  #line(channel: Channel, bytes: Uint8Array): void {
    const parts = this.#style.json ? [this.#json(channel, bytes)] : this.#text(channel, bytes);
    for (const part of [...parts, LINE_FEED]) {
      // A piece is good only during the call.
      this.#kept.push(part.slice());
      this.#length += part.length;
    }
  }

  #json(channel: Channel, bytes: Uint8Array): Uint8Array {
    const text = Buffer.from(bytes).toString();
    const host = this.#name;
    if (!this.#style.isOfLogs) return ENCODER.encode(jsonText({ host, channel, line: text }));
    // `tsv logs --json` prints an object on each line.
    return ENCODER.encode(`{"host":${JSON.stringify(host)},${text.slice(1)}`);
  }

  #text(channel: Channel, bytes: Uint8Array): readonly Uint8Array[] {
    const { width, isOfLogs } = this.#style;
    const { colours, stdoutIsTty } = this.#terminal;
    const name = this.#name.padEnd(width);
    const mark = channel === "stderr" ? "!" : "|";
    const colour = nameColour(this.#name);
    const error = channel === "stderr" ? `\u001b[0;${ERROR_COLOUR}m` : "";
    const coloured = `\u001b[0;${colour}m${name} ${error}${mark}\u001b[0m `;
    const prefix = ENCODER.encode(colours ? coloured : `${name} ${mark} `);
    return [prefix, stdoutIsTty && !isOfLogs ? filteredLine(bytes, true) : bytes];
  }
}
