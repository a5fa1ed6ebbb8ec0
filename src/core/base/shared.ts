// Questions that are asked by many at the same time, and answered once.

/** A question that has no answer for longer is asked again: what it waits for may have been replaced, as a mount. */
const SHARED_MS = 5000;

export class Shared<Answer> {
  readonly #now: () => number;
  readonly #asked = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>();

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The answer in progress, or that of `ask`. */
  share(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#asked.get(question);
    if (known !== undefined && this.#now() - known.at < SHARED_MS) return known.answer;
    const asked = { at: this.#now(), answer: ask() };
    this.#asked.set(question, asked);
    const forget = (): void => {
      if (this.#asked.get(question) === asked) this.#asked.delete(question);
    };
    asked.answer.then(forget, forget);
    return asked.answer;
  }
}
