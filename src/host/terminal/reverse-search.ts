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
