// Decides by the rate of its output whether a program floods its log: such output is moved without JavaScript.

/** The length of the interval in which reads are counted, milliseconds. */
const WINDOW_MS = 4;
/** A flood is so many reads in one interval, because each costs processor time, however few bytes it returns, … */
export const FLOOD_READS = 16;
/** … or so many bytes. */
export const FLOOD_BYTES = 64 * 1024;
/** Bytes per millisecond below which a flood is over. Programs that write 80 bytes at a time begin one at this rate. */
const LEAST_RATE = (FLOOD_READS * 80) / WINDOW_MS;

/** Counts the reads of one channel. */
export class FloodMeter {
  #since = -Infinity;
  #reads = 0;
  #bytes = 0;

  /** Counts a read. @param now monotonic milliseconds @returns whether the output is a flood; then counting begins anew */
  add(bytes: number, now: number): boolean {
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now;
      this.#reads = 0;
      this.#bytes = 0;
    }
    this.#reads += 1;
    this.#bytes += bytes;
    const isFlood = this.#reads >= FLOOD_READS || this.#bytes >= FLOOD_BYTES;
    if (isFlood) this.#since = -Infinity;
    return isFlood;
  }
}

/** Whether a flood of which so much came in so many milliseconds is over. */
export function isFloodOver(bytes: number, ms: number): boolean {
  return bytes < ms * LEAST_RATE;
}
