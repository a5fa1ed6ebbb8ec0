// A trace in lines: the last ones are shown after a failure, all of them are hashed for comparison.

const KEPT = 120;

export class Trace {
  readonly #last: string[] = [];
  #hash = 0x811c9dc5;
  #count = 0;

  add(line: string): void {
    this.#count += 1;
    for (let n = 0; n < line.length; n += 1) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(n), 0x01000193) >>> 0;
    }
    this.#last.push(line);
    if (this.#last.length > 2 * KEPT) this.#last.splice(0, KEPT);
  }

  /** Equal for equal traces. */
  get fingerprint(): string {
    return `${this.#count}:${this.#hash.toString(16)}`;
  }

  tail(): string {
    return this.#last.slice(-KEPT).join("\n");
  }
}
