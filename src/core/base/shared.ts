// Questions that are asked by many at the same time, and answered once.

/** A question that has no answer for longer is asked again: what it waits for may have been replaced, as a mount. */
const SHARED_MS = 5000;

interface Asked<Answer> {
  readonly answer: Promise<Answer>;
  /** Monotonic milliseconds. */
  until: number;
}

export class Shared<Answer> {
  readonly #now: () => number;
  readonly #keptMs: number;
  readonly #asked = new Map<string, Asked<Answer>>();

  /**
   * @param now monotonic milliseconds
   * @param keptMs how long an answer holds
   */
  constructor(now: () => number, keptMs = 0) {
    this.#now = now;
    this.#keptMs = keptMs;
  }

  /** The answer in progress, or one that still holds, or that of `ask`. */
  share(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const now = this.#now();
    const known = this.#asked.get(question);
    if (known !== undefined && now < known.until) return known.answer;
    this.#forgetOld(now);
    const asked: Asked<Answer> = { answer: ask(), until: now + SHARED_MS };
    this.#asked.delete(question);
    this.#asked.set(question, asked);
    const settled = (): void => {
      asked.until = this.#now() + this.#keptMs;
      if (this.#keptMs === 0 && this.#asked.get(question) === asked) this.#asked.delete(question);
    };
    asked.answer.then(settled, settled);
    return asked.answer;
  }

  /** Those that were asked first; the others later. */
  #forgetOld(now: number): void {
    for (const [question, { until }] of this.#asked) {
      if (now < until) return;
      this.#asked.delete(question);
    }
  }
}
