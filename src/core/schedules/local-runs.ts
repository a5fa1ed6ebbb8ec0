// When an expression is due by the clock of a zone that is known by its offsets alone, such as that of the host: the same moments
// as the package `croner` finds in a zone that has a name.

import { SECOND } from "../base/time.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";

const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/**
 * The first run after a time.
 * @param match the first time that matches after another one, both as the clock shows them; null for none
 * @param isFixed a run that the change to summer time leaves out happens right after the gap, and a run in the hour that the
 * change back repeats happens once. Other runs happen in every hour that passes
 * @returns epoch milliseconds
 */
export function nextLocalRun(
  match: (shown: number) => number | null,
  isFixed: boolean,
  after: number,
  offset: OffsetMinutes,
): number | null {
  const offsetMs = (at: number): number => Math.round(offset(at) * MINUTE);
  let ahead = offsetMs(after);
  let shown = isFixed ? shownFirst(after, offsetMs) : after + ahead;
  for (;;) {
    const found = match(shown);
    if (found === null) return null;
    const at = found - ahead;
    const from = shown - ahead;
    const change = firstChange(from, Math.min(at, from + 3 * DAY), ahead, offsetMs);
    if (change === null) {
      if (at <= from + 3 * DAY) return at;
      // Clocks may be set meanwhile. No zone is two days away from itself, so nothing is found between here and there.
      ahead = offsetMs(at - 2 * DAY);
      shown = at - 2 * DAY + ahead;
      continue;
    }
    const left = change + ahead;
    ahead = offsetMs(change);
    const entered = change + ahead;
    const isInGap = found < entered;
    if (isFixed && isInGap && Math.floor(found / DAY) === Math.floor(entered / DAY)) return change;
    shown = (isFixed ? Math.max(left, entered) : entered) - 1;
  }
}

/** What the clock shows, or the last time that it has shown, if it was set back on this day. */
function shownFirst(now: number, offsetMs: (at: number) => number): number {
  const shown = now + offsetMs(now);
  const before = offsetMs(now - DAY);
  const change = firstChange(now - DAY, now, before, offsetMs);
  return change === null ? shown : Math.max(shown, change + before - 1);
}

/** The first second after `from`, until `to`, at which the offset is not the one before; null for none. */
function firstChange(
  from: number,
  to: number,
  before: number,
  offsetMs: (at: number) => number,
): number | null {
  for (let day = from; day < to; day += DAY) {
    let low = Math.floor(day / SECOND);
    let high = Math.floor(Math.min(day + DAY, to) / SECOND);
    if (offsetMs(high * SECOND) === before) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetMs(middle * SECOND) === before) low = middle;
      else high = middle;
    }
    return high * SECOND;
  }
  return null;
}
