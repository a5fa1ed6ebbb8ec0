// Limits how often a message is logged that clients or programs can cause without limit.

interface RateLimitOptions {
  /** So many at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** A bucket of tokens. Dropped items are counted, and reported with the next one that passes. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #lastMs: number | null = null;
  #heldBack = 0;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#tokens = options.burst;
  }

  /**
   * Asks for one.
   * @param nowMs monotonic
   * @returns how many were held back before this one, or null when this one is
   */
  take(nowMs: number): number | null {
    const { burst, perSecond } = this.#options;
    const passed = Math.max(0, nowMs - (this.#lastMs ?? nowMs));
    this.#lastMs = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (passed * perSecond) / 1000);
    if (this.#tokens < 1) {
      this.#heldBack += 1;
      return null;
    }
    this.#tokens -= 1;
    const before = this.#heldBack;
    this.#heldBack = 0;
    return before;
  }
}
