// Looks for a line in the output of one channel, until it is found. Costs nothing while nothing is looked for.

import { LineMatch, type LineMatchState } from "../../../core/logs/line-match.ts";

export class LineWatch {
  #match: LineMatch | null = null;
  #found: () => void = () => {};

  /** Bytes are wanted. */
  get isOn(): boolean {
    return this.#match !== null && !this.#match.isFound;
  }

  /**
   * Begins, or continues what was restored with the same pattern.
   * @param found called once, perhaps before this returns; not after `end`
   */
  begin(pattern: string, found: () => void): void {
    this.#found = found;
    if (this.#match?.state.pattern !== pattern) this.#match = new LineMatch(pattern);
    if (this.#match.isFound) found();
  }

  /** Continues where another daemon left off, before it is known who wants it. */
  restore(state: LineMatchState | null): void {
    this.#match = state === null ? null : new LineMatch(state.pattern, state);
  }

  end(): void {
    this.#match = null;
    this.#found = () => {};
  }

  push(bytes: Uint8Array): void {
    if (this.#match === null || this.#match.isFound) return;
    if (this.#match.push(bytes)) this.#found();
  }

  get state(): LineMatchState | null {
    return this.#match?.state ?? null;
  }
}
