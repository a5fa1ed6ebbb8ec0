// Delay of the answer to a wrong password: doubled after each, up to a second; attempts of a peer wait for one another, so
// that many connections at once do not help. A correct password is never delayed.

/** So many peers are remembered; a new one takes the place of the one that was quiet longest. */
const MOST_PEERS = 256;
const FIRST_DELAY_MS = 50;
const MOST_DELAY_MS = 1000;
/** Longest wait for one answer. */
const MOST_WAIT_MS = 2000;
/** After that long without a try a peer starts again. */
const FORGET_MS = 60_000;

interface Peer {
  readonly failures: number;
  readonly lastMs: number;
  /** When the last of its answers is due. */
  readonly busyUntilMs: number;
}

export class FailedLogins {
  /** In the order of their last tries. */
  readonly #peers = new Map<string, Peer>();

  /**
   * A wrong password.
   * @param peer who, as an address or a user, without a port
   * @param nowMs monotonic
   * @returns how many milliseconds the answer waits
   */
  failed(peer: string, nowMs: number): number {
    const before = this.#peers.get(peer);
    const isNew = before === undefined || nowMs - before.lastMs > FORGET_MS;
    const failures = isNew ? 1 : before.failures + 1;
    const delay = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10));
    const start = Math.max(nowMs, isNew ? nowMs : before.busyUntilMs);
    const busyUntilMs = Math.min(nowMs + MOST_WAIT_MS, start + delay);
    this.#peers.delete(peer);
    this.#peers.set(peer, { failures, lastMs: nowMs, busyUntilMs });
    if (this.#peers.size > MOST_PEERS) {
      for (const quietest of this.#peers.keys()) {
        this.#peers.delete(quietest);
        break;
      }
    }
    return busyUntilMs - nowMs;
  }

  /** How many peers are remembered. */
  get size(): number {
    return this.#peers.size;
  }
}
