// A line that a person edits: Node's readline on what the keyboard brings, one line at a time. Between the lines the
// terminal is as the shell left it, so that programs, passwords and Ctrl-C work as everywhere else.

import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import type { EditorOptions, LineEditor } from "../ports/terminal.ts";
import { completionList } from "./completion-list.ts";
import type { Keyboard, Take } from "./keyboard.ts";

/** What the terminal adds. */
export interface EditorSetup extends EditorOptions {
  /** Called at Ctrl-C, which a raw terminal brings as a key. */
  readonly interrupt: () => void;
}

const BELL = "\u0007";
const CR = 0x0d;
const LF = 0x0a;

/** Creates the editor of a terminal. */
export function createLineEditor(keyboard: Keyboard, setup: EditorSetup): LineEditor {
  // Newest first, as readline wants it.
  const history = setup.history.slice(-setup.historySize).reverse();
  const typed: string[] = [];
  let current: Line | null = null;
  // What cannot be shown is no reason to end a shell; the reader of the output is told by others.
  process.stdout.on("error", () => undefined);
  const remember = (line: string): void => {
    if (line.trim() === "" || line === history[0]) return;
    history.unshift(line);
    history.length = Math.min(history.length, setup.historySize);
    typed.push(line);
  };
  return {
    readLine: async (prompt) => {
      current = new Line(keyboard, setup, history);
      const line = await current.edit(prompt);
      current = null;
      if (line !== null) remember(line);
      return line;
    },
    typed: () => typed,
    close: () => current?.close(),
  };
}

/** The editing of one line. */
class Line {
  readonly #keyboard: Keyboard;
  readonly #setup: EditorSetup;
  readonly #keys: PassThrough & { setRawMode?: (isRaw: boolean) => void } = new PassThrough();
  readonly #readline: Interface;
  /** The line at the last Tab; a second Tab on the same line shows the choices. */
  #lineAtTab: string | null = null;

  constructor(keyboard: Keyboard, setup: EditorSetup, history: readonly string[]) {
    this.#keyboard = keyboard;
    this.#setup = setup;
    this.#keys.setRawMode = (isRaw) => keyboard.setRaw(isRaw);
    this.#readline = createInterface({
      input: this.#keys,
      output: process.stdout,
      terminal: true,
      history: [...history],
      historySize: setup.historySize,
      completer: (before: string, answer: Answer) => void this.#complete(before, answer),
    });
  }

  edit(prompt: string): Promise<string | null> {
    const readline = this.#readline;
    return new Promise((resolve) => {
      readline.once("line", (line) => {
        resolve(line);
        this.close();
      });
      readline.once("close", () => {
        resolve(null);
        this.close();
      });
      readline.on("SIGINT", () => {
        process.stdout.write("^C");
        this.#setup.interrupt();
      });
      readline.on("SIGCONT", () => readline.prompt(true));
      readline.setPrompt(prompt);
      readline.prompt();
      this.#keyboard.read(this.#feed);
    });
  }

  close(): void {
    this.#keyboard.forget(this.#feed);
    this.#readline.removeAllListeners("close");
    this.#readline.close();
  }

  /** Hands on keys up to the end of the line: what was pasted behind it belongs to the next prompt. */
  readonly #feed: Take = (bytes, ended) => {
    const at = bytes.findIndex((byte) => byte === CR || byte === LF);
    const end = at < 0 ? bytes.length : at + (bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1);
    if (end > 0) this.#keys.write(bytes.subarray(0, at < 0 ? end : at + 1));
    if (ended && at < 0) this.#keys.end();
    return { done: at >= 0 || ended, rest: bytes.subarray(end) };
  };

  async #complete(before: string, answer: Answer): Promise<void> {
    const { fragment, words } = await this.#setup.complete(before);
    const isSecond = this.#lineAtTab === before;
    this.#lineAtTab = before;
    if (words.length === 1) return answer(null, [[`${words[0]} `], fragment]);
    const prefix = commonPrefix(words);
    if (prefix.length > fragment.length) return answer(null, [[prefix], fragment]);
    if (!isSecond || words.length === 0) process.stdout.write(BELL);
    else this.#show(words);
    answer(null, [[], fragment]);
  }

  #show(words: readonly string[]): void {
    const { columns, rows } = process.stdout;
    process.stdout.write(`\r\n${completionList(words, { columns, rows }).join("\r\n")}\r\n`);
    // The prompt starts over below the list; readline would go up as many rows as the line took before.
    Object.assign(this.#readline, { prevRows: 0 });
    this.#readline.prompt(true);
  }
}

type Answer = (error: null, result: [string[], string]) => void;

function commonPrefix(words: readonly string[]): string {
  const [first = "", ...others] = words;
  const chars = [...first];
  const differs = chars.findIndex((_, index) =>
    others.some((word) => !word.startsWith(chars.slice(0, index + 1).join(""))),
  );
  return differs < 0 ? first : chars.slice(0, differs).join("");
}
