// When a member of a fleet tries again to reach its hub.

/** Of the first wait, and of the longest one, in milliseconds. */
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/**
 * Milliseconds until the next attempt: twice as long each time, up to a minute, of which chance takes up to half, so that the devices
 * of a hub that was restarted do not all come at the same time.
 * @param failures attempts that failed one after another, 0 after a connection that was lost
 * @param random 0 to 1
 */
export function reconnectDelayMs(failures: number, random: number): number {
  const longest = Math.min(FIRST_MS * 2 ** Math.min(failures, 16), LONGEST_MS);
  return Math.round(longest * (1 - random / 2));
}
