// Limits how many transfers of floods may occupy a thread of the pool at once. The other threads are for all other operations
// that wait for a disk. A flood without a permit is read in pieces.

/** Half of libuv's pool. */
const AT_ONCE = 2;

export class BulkPermits {
  #free = AT_ONCE;

  take(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  release(): void {
    this.#free += 1;
  }
}
