// The line editor: Node's readline on the keyboard, one line at a time. Between lines the terminal has its original modes, so
// that programs, passwords and Ctrl-C work as usual.

import { createInterface, type Interface } from "node:readline";
import { PassThrough, Writable } from "node:stream";
import { displayWidth, padRight } from "../../core/base/printable.ts";
import type { Completion, EditorOptions, LineEditor } from "../../ports/terminal.ts";
import type { Keyboard, Take, Taken } from "./keyboard.ts";
import { keyAt } from "./keyboard.ts";

/** What the terminal adds. */
interface EditorSetup extends EditorOptions {
  /** Called at Ctrl-C, which a raw terminal brings as a key. */
  readonly interrupt: () => void;
}

const BELL = "\u0007";
const CTRL_C = 0x03;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;

/** Creates the editor of a terminal. */
export function createLineEditor(keyboard: Keyboard, setup: EditorSetup): LineEditor {
  // Newest first, as readline wants it.
  const history = setup.history.slice(-setup.historySize).reverse();
  const typed: string[] = [];
  let current: Line | null = null;
  // A failed write does not end the shell; other code reports it.
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

/** Reads a line without showing it. @param interrupt called at Ctrl-C, which gives up as well */
export function readHidden(keyboard: Keyboard, interrupt: () => void): Promise<string | null> {
  const nowhere = new Writable({ write: (_bytes, _encoding, done) => done() });
  const giveUp = (): void => {
    line.cancel();
    interrupt();
  };
  const line = new Line(keyboard, { interrupt: giveUp }, [], nowhere);
  return line.edit("");
}

/** Where readline takes each key: the REPL of Node extends it here, too. */
type Hooked = Interface & { _ttyWrite(text: string | undefined, key: EditorKey): void };

/** Of an editor; a hidden line has neither history nor completion. */
type LineSetup = Pick<EditorSetup, "interrupt"> & Partial<EditorSetup>;

/** The editing of one line. */
class Line {
  readonly #keyboard: Keyboard;
  readonly #setup: LineSetup;
  /** Newest first. */
  readonly #history: readonly string[];
  readonly #keys: PassThrough & { setRawMode?: (isRaw: boolean) => void } = new PassThrough();
  readonly #readline: Interface;
  /** Set from a Tab to its answer. */
  #isCompleting = false;
  /** The line that completion was asked for. */
  #lineAsked: string | null = null;
  #isClosed = false;
  /** While the history is searched. */
  #search: ReverseSearch | null = null;
  #prompt = "";
  /** The line at the last Tab; a second Tab on the same line shows the choices. */
  #lineAtTab: string | null = null;

  constructor(
    keyboard: Keyboard,
    setup: LineSetup,
    history: readonly string[],
    output: NodeJS.WritableStream = process.stdout,
  ) {
    this.#keyboard = keyboard;
    this.#setup = setup;
    this.#history = history;
    const { complete } = setup;
    this.#keys.setRawMode = (isRaw) => keyboard.setRaw(isRaw);
    this.#readline = createInterface({
      input: this.#keys,
      output,
      terminal: true,
      history: [...history],
      historySize: setup.historySize ?? 0,
      ...(complete === undefined
        ? {}
        : {
            completer: (before: string, answer: Answer) =>
              void this.#complete(complete, before, answer),
          }),
    });
    const hooked = this.#readline as Hooked;
    const write = hooked._ttyWrite.bind(hooked);
    hooked._ttyWrite = (text, key) => {
      if (!this.#edits(text ?? "", key)) write(text, key);
    };
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
      readline.on("SIGINT", () => this.#setup.interrupt());
      readline.on("SIGCONT", () => readline.prompt(true));
      this.#prompt = prompt;
      readline.setPrompt(prompt);
      readline.prompt();
      this.#keyboard.read(this.#feed);
    });
  }

  /** Gives the line up: it is read as the end of input. */
  cancel(): void {
    this.#readline.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#keyboard.forget(this.#feed);
    this.#readline.removeAllListeners("close");
    this.#readline.close();
  }

  /** Does what readline does not: Ctrl-R, and Ctrl-W up to a blank. @returns whether the key is done with */
  #edits(text: string, key: EditorKey): boolean {
    const { line, cursor } = this.#readline;
    const isCtrl = key.ctrl === true && key.meta !== true;
    if (this.#search === null) {
      if (isCtrl && key.name === "w") this.#show(withoutWord(line, cursor));
      else if (isCtrl && key.name === "r") {
        this.#search = new ReverseSearch(this.#history, line);
        this.#showView(this.#search.view);
      } else return false;
      return true;
    }
    const view = this.#search.press(text, key);
    this.#showView(view);
    return view.kind === "search" || !view.passes;
  }

  #showView(view: SearchView): void {
    if (view.kind === "over") this.#search = null;
    this.#readline.setPrompt(view.kind === "search" ? view.prompt : this.#prompt);
    this.#show(view);
  }

  #show({ line, at }: { readonly line: string; readonly at: number }): void {
    Object.assign(this.#readline, { line, cursor: at });
    this.#readline.prompt(true);
  }

  /**
   * Hands on keys up to the end of the line, what was pasted behind it belongs to the next prompt, or up to a Tab, what
   * follows belongs behind its answer. Each goes by itself: in a longer piece readline draws all keys but the last one
   * as if they stood at the end of the line, and a Tab is one of them.
   */
  readonly #feed: Take = (bytes, ended) => {
    if (this.#isCompleting && !ended) return this.#waitWith(bytes);
    let last = 0;
    let end = 0;
    while (end < bytes.length && last !== CR && last !== LF && last !== TAB) {
      const key = keyAt(bytes, end);
      this.#keys.write(key);
      last = key[0] ?? 0;
      end += key.length;
    }
    const isLine = last === CR || last === LF;
    if (ended && !isLine) this.#keys.end();
    else if (last === TAB) this.#resumeAfterTab();
    const isPair = last === CR && bytes[end] === LF;
    return { done: isLine || ended, rest: bytes.subarray(isPair ? end + 1 : end) };
  };

  /** Keys wait for the answer, but for Ctrl-C: the daemon may not give one. */
  #waitWith(bytes: Buffer): Taken {
    if (!bytes.includes(CTRL_C)) return { done: false, rest: bytes };
    this.#setup.interrupt();
    return { done: true, rest: bytes.subarray(bytes.indexOf(CTRL_C) + 1) };
  }

  /** A Tab that asks for nothing, such as one after Escape, has no answer to wait for. */
  #resumeAfterTab(): void {
    this.#isCompleting = true;
    setImmediate(() => {
      if (this.#lineAsked === null) this.#answered();
    });
  }

  #answered(): void {
    this.#isCompleting = false;
    this.#lineAsked = null;
    if (!this.#isClosed) this.#keyboard.read(this.#feed);
  }

  async #complete(
    complete: EditorOptions["complete"],
    before: string,
    answer: Answer,
  ): Promise<void> {
    this.#lineAsked = before;
    const found = await complete(before);
    if (this.#isClosed) return;
    this.#offer(before, found, answer);
    // readline takes the answer in a turn of its own.
    setImmediate(() => this.#answered());
  }

  #offer(before: string, { fragment, words }: Completion, answer: Answer): void {
    const isSecond = this.#lineAtTab === before;
    this.#lineAtTab = before;
    const insert = words.length === 1 ? `${words[0]} ` : commonPrefix(words);
    if (insert.length > fragment.length) {
      answer(null, [[insert], fragment]);
      return;
    }
    if (!isSecond || words.length === 0) process.stdout.write(BELL);
    else this.#list(words);
    answer(null, [[], fragment]);
  }

  #list(words: readonly string[]): void {
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

// Searches the history of a line editor backwards from its newest line, as Ctrl-R does in shells.

/** A key as readline names it. */
export interface EditorKey {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What the line editor shows, and whether the search continues. */
export type SearchView =
  | { readonly kind: "search"; readonly prompt: string; readonly line: string; readonly at: number }
  /** The search is over with this line; `passes`: the key acts on it. */
  | { readonly kind: "over"; readonly line: string; readonly at: number; readonly passes: boolean };

/** One search. */
export class ReverseSearch {
  /** Newest first. */
  readonly #history: readonly string[];
  readonly #before: string;
  #query = "";
  /** Of the line that is shown; -1 before one was found. */
  #index = -1;
  #hasFailed = false;

  constructor(history: readonly string[], before: string) {
    this.#history = history;
    this.#before = before;
  }

  get view(): SearchView {
    const failed = this.#hasFailed ? "failed " : "";
    const prompt = `(${failed}reverse-i-search)'${this.#query}': `;
    return { kind: "search", prompt, ...this.#shown() };
  }

  /** @param text what the key would insert */
  press(text: string, key: EditorKey): SearchView {
    if (key.ctrl === true && key.name === "r") this.#find(this.#index + 1);
    else if (key.ctrl === true && key.name === "g") {
      return { kind: "over", line: this.#before, at: this.#before.length, passes: false };
    } else if (key.name === "backspace") {
      this.#query = [...this.#query].slice(0, -1).join("");
      this.#index = -1;
      this.#find(0);
    } else if (key.ctrl !== true && key.meta !== true && /^\P{Cc}+$/u.test(text)) {
      this.#query += text;
      this.#find(Math.max(this.#index, 0));
    } else {
      return { kind: "over", ...this.#shown(), passes: key.name !== "escape" };
    }
    return this.view;
  }

  #find(from: number): void {
    if (this.#query === "") {
      this.#hasFailed = false;
      return;
    }
    const found = this.#history.findIndex(
      (line, index) => index >= from && line.includes(this.#query),
    );
    this.#hasFailed = found < 0;
    if (found >= 0) this.#index = found;
  }

  #shown(): { readonly line: string; readonly at: number } {
    const line = this.#history[this.#index];
    if (line === undefined) return { line: this.#before, at: this.#before.length };
    return { line, at: Math.max(0, line.indexOf(this.#query)) };
  }
}

/** The line without the word before the cursor, up to a blank, as Ctrl-W leaves it in shells. */
export function withoutWord(
  line: string,
  cursor: number,
): { readonly line: string; readonly at: number } {
  const at = line.slice(0, cursor).replace(/\S+\s*$|\s+$/, "").length;
  return { line: line.slice(0, at) + line.slice(cursor), at };
}

// The choices shown by a second Tab: in columns, ordered downwards, and never more than fit in the window.

const GAP = 2;
/** The prompt, the line before it and the last line of the list stay visible. */
const ROWS_KEPT = 3;
const FEWEST_ROWS = 2;

/** The lines of the list; the last one says how many words it leaves out. Pure. */
function completionList(
  words: readonly string[],
  window: { readonly columns: number; readonly rows: number },
): readonly string[] {
  const sorted = [...words].sort();
  const width = Math.max(...sorted.map(displayWidth)) + GAP;
  const columns = Math.max(1, Math.floor((window.columns - 1 + GAP) / width));
  const rowsNeeded = Math.ceil(sorted.length / columns);
  const most = Math.max(FEWEST_ROWS, window.rows - ROWS_KEPT);
  const rows = Math.min(rowsNeeded, most);
  const shown = sorted.slice(0, rows * columns);
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => shown[column * rows + row] ?? "")
      .map((word) => padRight(word, width, displayWidth))
      .join("")
      .trimEnd(),
  );
  const left = sorted.length - shown.length;
  return left === 0 ? lines : [...lines, `... and ${left} more: type some letters, then Tab`];
}
