// Limits how often a message is logged, if clients or programs can cause it without limit.

interface RateLimitOptions {
  /** Maximum items at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket. Dropped items are counted, and reported with the next item that passes. */
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
   * Asks to pass one item.
   * @param nowMs monotonic milliseconds
   * @returns the number of items dropped since the last one that passed; null when this item is dropped
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
