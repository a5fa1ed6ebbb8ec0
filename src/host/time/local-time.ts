// The host's time zone, as libc has it: Node knows the names of zones, and neither the rules of POSIX (TZ=CET-1CEST,M3.5.0,M10.5.0),
// nor leap seconds, nor an /etc/localtime that was replaced.

import {
  clockText,
  localTime,
  MONTHS,
  type OffsetMinutes,
  zoneText,
} from "../../core/logs/calendar.ts";
import { posix } from "../posix.ts";

const QUARTER_SECONDS = 15 * 60;
const MINUTE_SECONDS = 60;
/** A log that is read in order, with the days around each of its lines, needs a few. */
const MOST_KNOWN = 64;

/** Minutes to add to UTC to get local time. They have a fraction in a zone with leap seconds. */
export const localOffsetMinutes = offsetsFrom((second) => posix().localOffset(second), Date.now);

/**
 * Remembers the offsets of quarters of an hour. All is asked anew in the next quarter, because a host may get another zone.
 * @param ask the offset at a second since 1970, in seconds
 */
export function offsetsFrom(ask: (second: number) => number, now: () => number): OffsetMinutes {
  /** Null for a quarter in which the offset changes. */
  const known = new Map<number, number | null>();
  let knownIn = Number.NaN;

  function ofQuarter(quarter: number): number | null {
    const first = quarter * QUARTER_SECONDS;
    const offset = ask(first);
    return ask(first + QUARTER_SECONDS - 1) === offset ? offset : null;
  }

  return (wallMs) => {
    const second = Math.floor(wallMs / 1000);
    const quarter = Math.floor(second / QUARTER_SECONDS);
    const present = Math.floor(now() / 1000 / QUARTER_SECONDS);
    if (present !== knownIn || known.size > MOST_KNOWN) known.clear();
    knownIn = present;
    let offset = known.get(quarter);
    if (offset === undefined) {
      offset = ofQuarter(quarter);
      known.set(quarter, offset);
    }
    return (offset ?? ask(second)) / MINUTE_SECONDS;
  };
}

/** The date of a line of an access log, in local time: `21/Nov/2026:08:17:32 +0000` */
export function clfDate(wallMs: number): string {
  const offset = localOffsetMinutes(wallMs);
  const t = localTime(wallMs, offset);
  const date = `${String(t.day).padStart(2, "0")}/${MONTHS[t.month - 1]}/${t.year}`;
  return `${date}:${clockText(t)} ${zoneText(offset).replace(":", "")}`;
}
