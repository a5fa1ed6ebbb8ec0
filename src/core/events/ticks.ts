// TICK events: one whenever the wall clock has passed a multiple of a period that some pool wants. Looked at when the
// next one is due; a clock that was set, or a host that slept, is noticed a minute later at most.

import { type Instant, SECOND } from "../base/time.ts";
import { type EventBody, type TickPeriod, tickEvent } from "./payload.ts";
import type { EventName } from "./types.ts";

const PERIODS: readonly TickPeriod[] = [5, 60, 3600];
/** Longest time without a look at the wall clock while a pool wants ticks. */
const LONGEST_LOOK_MS = 60 * SECOND;

/** The last multiple of a period that was passed, in epoch seconds. */
interface TickMark {
  readonly period: TickPeriod;
  readonly when: number;
}

export interface Ticks {
  /** Of the periods that are wanted. */
  readonly marks: readonly TickMark[];
  /** When to read the wall clock again, in monotonic milliseconds; null if no pool subscribes to ticks. */
  readonly lookAt: number | null;
}

/** Applies a change of the subscribed types. A new period counts from now on. */
export function retuned(ticks: Ticks, wanted: ReadonlySet<EventName>, now: Instant): Ticks {
  const marks = PERIODS.filter((period) => wanted.has(`TICK_${period}`)).map(
    (period) =>
      ticks.marks.find((mark) => mark.period === period) ?? {
        period,
        when: boundary(period, now),
      },
  );
  return { marks, lookAt: nextLook(marks, now) };
}

/** Looks at the wall clock. Several boundaries missed at once are one event, as in Supervisor. */
export function looked(
  ticks: Ticks,
  now: Instant,
): { readonly ticks: Ticks; readonly events: readonly EventBody[] } {
  const events: EventBody[] = [];
  const marks = ticks.marks.map((mark) => {
    const when = boundary(mark.period, now);
    if (when === mark.when) return mark;
    events.push(tickEvent(mark.period, when));
    return { period: mark.period, when };
  });
  return { ticks: { marks, lookAt: nextLook(marks, now) }, events };
}

function boundary(period: TickPeriod, now: Instant): number {
  const seconds = Math.floor(now.wall / SECOND);
  return seconds - (seconds % period);
}

function nextLook(marks: readonly TickMark[], now: Instant): number | null {
  if (marks.length === 0) return null;
  const waits = marks.map(({ period }) => (boundary(period, now) + period) * SECOND - now.wall);
  return now.mono + Math.min(LONGEST_LOOK_MS, ...waits);
}
