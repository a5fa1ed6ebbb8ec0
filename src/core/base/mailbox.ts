// A queue that handles one item at a time: items that arrive meanwhile wait in order.

/** Passes items to `handle`, one at a time. */
export class Mailbox<T extends object> {
  readonly #handle: (item: T) => void;
  readonly #items: T[] = [];
  #isTurning = false;

  /** @param handle one turn; its exception reaches the first caller of `post`, and the rest waits for the next `post` */
  constructor(handle: (item: T) => void) {
    this.#handle = handle;
  }

  /** @returns true if the item and its consequences were handled; false if a turn in progress will handle it */
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
