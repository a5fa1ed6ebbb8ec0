// Limits work that takes much memory to one client at a time. Only for work that does not wait for other work.

export class Gate {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when all that came before is done. */
  pass<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
