// Changes layered over a map: readers see them, and the map itself stays unchanged.

export class Layer<K, V extends object | string> {
  readonly #base: ReadonlyMap<K, V>;
  #changes: Map<K, V | null> | null = null;

  constructor(base: ReadonlyMap<K, V>) {
    this.#base = base;
  }

  get(key: K): V | null {
    const changed = this.#changes?.get(key);
    return changed === undefined ? (this.#base.get(key) ?? null) : changed;
  }

  has(key: K): boolean {
    return this.get(key) !== null;
  }

  /** @param value null removes the entry */
  set(key: K, value: V | null): void {
    this.#changes ??= new Map();
    this.#changes.set(key, value);
  }

  /** What was set; null when nothing was. */
  get changes(): ReadonlyMap<K, V | null> | null {
    return this.#changes;
  }
}
