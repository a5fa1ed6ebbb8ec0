// The future events of the simulated world: a queue by time, first come first served among equals.

interface Item {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class Agenda {
  readonly #items: Item[] = [];
  #order = 0;

  add(at: number, run: () => void): void {
    const item = { at, order: this.#order++, run };
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#items[middle];
      // Latest first, so that the next one is taken from the end.
      if (other !== undefined && other.at > at) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, item);
  }

  /** When the next thing happens, or null. */
  get next(): number | null {
    return this.#items.at(-1)?.at ?? null;
  }

  take(): (() => void) | null {
    return this.#items.pop()?.run ?? null;
  }
}
