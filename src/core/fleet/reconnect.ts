// When a member of a fleet tries again to reach its hub.

/** Of the first wait after a failure, and of the longest one, in milliseconds. */
const FIRST_MS = 1000;
export const LONGEST_MS = 60_000;
/** Of the wait after a connection that was lost: all members of a hub that is restarted lose it at one instant. */
const SOONEST_MS = 500;
export const LATEST_MS = 10_000;

/**
 * Milliseconds until the next attempt. After a lost connection chance decides alone, so that a hub that was restarted gets its devices one
 * after the other: each takes it a millisecond of a processor. After failures it is twice as long each time, up to a minute, of which
 * chance takes up to half.
 * @param failures attempts that failed one after another, 0 after a connection that was lost
 * @param random 0 to 1
 */
export function reconnectDelayMs(failures: number, random: number): number {
  const isLost = failures === 0;
  const longest = isLost ? LATEST_MS : Math.min(FIRST_MS * 2 ** Math.min(failures, 16), LONGEST_MS);
  const least = isLost ? SOONEST_MS : longest / 2;
  return Math.round(longest - random * (longest - least));
}
