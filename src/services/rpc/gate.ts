// Work that must not be done for several clients at a time, because it takes much memory while it lasts. Only for work that
// waits for no other.

export class Gate {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when all that came before is done. */
  pass<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
