// Searches the output of one channel for a line until it is found. Costs nothing while there is no search.

import { LineMatch, type LineMatchState } from "../../../core/logs/line-match.ts";

export class LineWatch {
  #match: LineMatch | null = null;
  #found: () => void = () => {};

  /** True while there is a search that has not found its line. */
  get isOn(): boolean {
    return this.#match !== null && !this.#match.isFound;
  }

  /**
   * Begins a search, or continues a restored one with the same pattern.
   * @param found called once, possibly before this function returns; not called after `end`
   */
  begin(pattern: string, found: () => void): void {
    this.#found = found;
    if (this.#match?.state.pattern !== pattern) this.#match = new LineMatch(pattern);
    if (this.#match.isFound) found();
  }

  /** Restores the search of the predecessor. `begin` with the same pattern continues it. */
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
