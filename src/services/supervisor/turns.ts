// Long operations, executed one after another. Requests for a queued operation share it; an operation that is already running
// may have missed a recent change, so it is not shared.

interface Waiting {
  readonly name: string;
  readonly outcome: Promise<unknown>;
}

/** Beyond as many different things that wait, no further one is taken. */
const MOST_WAITING = 100;

export class Turns {
  readonly #waiting: Waiting[] = [];
  #last: Promise<void> = Promise.resolve();
  #isBusy = false;

  /** Something is under way or waits. */
  get isBusy(): boolean {
    return this.#isBusy || this.#waiting.length > 0;
  }

  /**
   * Does `work` when everything before it is done. The same name means the same work.
   * @returns null when too much waits already
   */
  take<T>(name: string, work: () => Promise<T>): Promise<T> | null {
    const same = this.#waiting.find((one) => one.name === name);
    // Of one name there is one kind of work, and so of outcome.
    if (same !== undefined) return same.outcome as Promise<T>;
    if (this.#waiting.length >= MOST_WAITING) return null;
    const outcome = this.#last.then(() => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.#isBusy = true;
      return work();
    });
    const waiting: Waiting = { name, outcome };
    this.#waiting.push(waiting);
    const done = (): void => {
      this.#isBusy = false;
    };
    this.#last = outcome.then(done, done);
    return outcome;
  }

  /** Settles when nothing is under way and nothing waits. */
  async settle(): Promise<void> {
    while (this.isBusy) await this.#last;
  }
}
