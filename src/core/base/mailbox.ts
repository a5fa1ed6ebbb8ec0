// A queue that handles one item at a time: items that arrive meanwhile wait in order.

/** Hands what is posted to `handle`, each to its end before the next. */
export class Mailbox<T extends object> {
  readonly #handle: (item: T) => void;
  readonly #items: T[] = [];
  #isTurning = false;

  /** @param handle one turn; its exception reaches the first caller of `post`, and the rest waits for the next `post` */
  constructor(handle: (item: T) => void) {
    this.#handle = handle;
  }

  /** @returns true when it and whatever it led to has been handled; false when a turn is under way that will come to it */
  post(item: T): boolean {
    this.#items.push(item);
    if (this.#isTurning) return false;
    this.#isTurning = true;
    try {
      for (let next = this.#items.shift(); next; next = this.#items.shift()) this.#handle(next);
    } finally {
      this.#isTurning = false;
    }
    return true;
  }
}
