// The screen of a terminal: the lines that the output of a program draws, including those that scrolled away.
// Knows as much of a terminal as line editors use: moving, erasing, wrapping. Colours and modes are read over.

import { displayWidth } from "../../../src/core/base/printable.ts";

/** A window of a certain width and endless height. */
export class Screen {
  /** One entry for each column; the second column of a wide character is empty. */
  readonly #rows: string[][] = [[]];
  readonly #decoder = new TextDecoder();
  #columns: number;
  #row = 0;
  #column = 0;
  #pending = "";
  #inserts = false;
  /** Everything, as it came. */
  bytes = "";

  constructor(columns: number) {
    this.#columns = columns;
  }

  resize(columns: number): void {
    this.#columns = columns;
  }

  /** The lines, without blanks at their ends. */
  lines(from = 0): readonly string[] {
    const lines = this.#rows.slice(from).map((cells) => this.#text(cells).trimEnd());
    while (lines.at(-1) === "" && lines.length > this.#row - from + 1) lines.pop();
    return lines;
  }

  /** The line of the cursor, up to the cursor. */
  lineBeforeCursor(): string {
    return this.#text((this.#rows[this.#row] ?? []).slice(0, this.#column));
  }

  get row(): number {
    return this.#row;
  }

  feed(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.bytes += text;
    this.#pending += text;
    for (;;) {
      const token = TOKEN.exec(this.#pending)?.[0];
      if (token === undefined) return;
      this.#pending = this.#pending.slice(token.length);
      this.#act(token);
    }
  }

  #act(token: string): void {
    if (token.startsWith("\u001b[")) this.#control(token);
    else if (token === "\r") this.#column = 0;
    else if (token === "\n") this.#moveTo(this.#row + 1);
    else if (token === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (token >= " ") this.#print(token);
  }

  #print(char: string): void {
    const width = displayWidth(char);
    if (this.#column + width > this.#columns) {
      this.#moveTo(this.#row + 1);
      this.#column = 0;
    }
    const cells = this.#rows[this.#row] ?? [];
    while (cells.length < this.#column) cells.push(" ");
    if (this.#inserts) cells.splice(this.#column, 0, ...Array<string>(width).fill(""));
    cells[this.#column] = char;
    for (let more = 1; more < width; more += 1) cells[this.#column + more] = "";
    this.#column += width;
  }

  #control(token: string): void {
    const final = token.at(-1) ?? "";
    const parameters = token.slice(2, -1);
    if (parameters.startsWith("?") || parameters.startsWith(">")) return;
    const [first = 0, second = 0] = parameters.split(";").map(Number);
    const count = Math.max(1, first);
    const cells = this.#rows[this.#row] ?? [];
    switch (final) {
      case "A":
        this.#moveTo(Math.max(0, this.#row - count));
        return;
      case "B":
        this.#moveTo(this.#row + count);
        return;
      case "C":
        this.#column = Math.min(this.#columns - 1, this.#column + count);
        return;
      case "D":
        this.#column = Math.max(0, this.#column - count);
        return;
      case "G":
        this.#column = count - 1;
        return;
      case "H":
        this.#moveTo(count - 1);
        this.#column = Math.max(1, second) - 1;
        return;
      case "K":
        if (first === 0) cells.length = Math.min(cells.length, this.#column);
        return;
      case "J":
        cells.length = Math.min(cells.length, this.#column);
        this.#rows.length = this.#row + 1;
        return;
      case "P":
        cells.splice(this.#column, count);
        return;
      case "@":
        cells.splice(this.#column, 0, ...Array<string>(count).fill(" "));
        return;
      case "h":
      case "l":
        if (first === INSERT_MODE) this.#inserts = final === "h";
        return;
      default:
        return;
    }
  }

  #moveTo(row: number): void {
    while (this.#rows.length <= row) this.#rows.push([]);
    this.#row = row;
  }

  #text(cells: readonly string[]): string {
    return cells.join("");
  }
}

const INSERT_MODE = 4;

/** A control sequence, an escape with its letter, or one character; nothing while a sequence is incomplete. */
const TOKEN = /^(?:\u001b\[[0-?]*[ -/]*[@-~]|\u001b[^[]|[^\u001b])/u;
