// A client that follows a log. Output for a slow client is queued up to a limit. Output beyond the limit is skipped and the gap
// is reported, so that a slow terminal cannot fill the daemon's memory.

/** Most bytes queued for one follower. */
export const FOLLOWER_LIMIT = 1 << 20;
/** Most bytes queued for all followers together. Each follower gets a share of the rest. */
const ALL_FOLLOWERS_LIMIT = 8 << 20;

/** Bytes queued for all followers of this process. */
let waitingForAll = 0;

function share(): number {
  return Math.min(FOLLOWER_LIMIT, (ALL_FOLLOWERS_LIMIT - waitingForAll) / 2);
}

const ENCODER = new TextEncoder();

/** Takes bytes. A returned promise asks for a pause until it settles. */
export type TakeBytes = (bytes: Uint8Array) => void | Promise<void>;

/** Delivers bytes in order to one `TakeBytes`. */
export class Follower {
  readonly #take: TakeBytes;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #skipped = 0;
  #busy = false;
  #closed = false;

  constructor(take: TakeBytes) {
    this.#take = take;
  }

  /** Delivers `bytes` now, or when the reader is ready. Their memory must not change afterwards. */
  deliver(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    if (!this.#busy) {
      this.#hand(bytes);
    } else if (this.#skipped > 0 || this.#waitingBytes + bytes.length > share()) {
      this.#skipped += bytes.length;
    } else {
      this.#waiting.push(bytes);
      this.#count(bytes.length);
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#count(-this.#waitingBytes);
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes;
    waitingForAll += bytes;
  }

  #hand(bytes: Uint8Array): void {
    let pause: void | Promise<void>;
    try {
      pause = this.#take(bytes);
    } catch {
      // A reader that throws is removed; the log and the other readers continue.
      this.close();
      return;
    }
    if (!(pause instanceof Promise)) return;
    this.#busy = true;
    pause.then(
      () => this.#resume(),
      () => this.close(),
    );
  }

  #resume(): void {
    this.#busy = false;
    while (!this.#busy && !this.#closed) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#count(-next.length);
      this.#hand(next);
    }
    if (this.#busy || this.#closed || this.#skipped === 0) return;
    const skipped = this.#skipped;
    this.#skipped = 0;
    this.#hand(ENCODER.encode(`\n==> ${skipped} bytes skipped: reader too slow <==\n`));
  }
}

/** The followers of one log. */
export class Followers {
  /** Null for none, to save memory: there are many logs, and most have no followers. */
  #members: Set<Follower> | null = null;

  get isEmpty(): boolean {
    return this.#members === null;
  }

  /** Adds a follower, which first gets the bytes that `start` returns; null when `start` finds no log. */
  async add(take: TakeBytes, start: () => Promise<Uint8Array | null>): Promise<Follower | null> {
    const follower = new Follower(take);
    this.#members ??= new Set();
    this.#members.add(follower);
    const first = await start();
    if (first === null) this.remove(follower);
    else follower.deliver(first);
    return first === null ? null : follower;
  }

  remove(follower: Follower): void {
    follower.close();
    this.#members?.delete(follower);
    if (this.#members?.size === 0) this.#members = null;
  }

  /** Delivers a copy of the first `length` bytes of `parts`, whose blocks are reused. */
  deliver(parts: readonly Uint8Array[], length: number): void {
    if (this.#members === null) return;
    const copy = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      const taken = Math.min(part.length, length - at);
      copy.set(part.subarray(0, taken), at);
      at += taken;
    }
    for (const follower of this.#members) follower.deliver(copy);
  }
}
