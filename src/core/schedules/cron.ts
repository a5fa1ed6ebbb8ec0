// The door to the package `croner`: when an expression is due. It is used for arithmetic alone; its timers are not. What it is
// asked takes below 40 ms, also of an expression that is never due.

import { Cron } from "croner";
import type { CronSchedule } from "../config/value-types.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import { nextLocalRun } from "./local-runs.ts";

/** An expression and its last answer. An expression takes 80 kB, and a search that finds nothing many milliseconds. */
interface Known {
  readonly cron: Cron;
  /** Nothing is due after `from` and before `next` by the clock of a host; null for never. */
  answer: {
    readonly from: number;
    readonly next: number | null;
    readonly offset: OffsetMinutes;
  } | null;
}

/** By expression and zone, the one used last at the end. */
const known = new Map<string, Known>();
const MOST_KNOWN = 64;

const UTC: OffsetMinutes = () => 0;

/**
 * @remarks Runs at fixed times that the change to summer time leaves out happen right after the gap, and runs in the hour that
 * the change back repeats happen once. Runs with `*` in the time happen in both hours.
 */
function knownOf({ expression, zone }: CronSchedule): Known {
  const name = `${expression} ${zone ?? ""}`;
  const found = known.get(name) ?? { cron: parsed({ expression, zone }), answer: null };
  known.delete(name);
  known.set(name, found);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return found;
}

function parsed({ expression, zone }: Pick<CronSchedule, "expression" | "zone">): Cron {
  return new Cron(withoutRangeSteps(expression), {
    mode: "5-or-6-parts",
    fixedTimeRule: "no-wildcard",
    paused: true,
    // Without a zone, it compares with what the clock of the host shows: see `nextLocalRun`.
    ...(zone === null ? { utcOffset: 0 } : { timezone: zone }),
  });
}

/**
 * The next time, in epoch milliseconds of whole seconds, or null if there is none in the next hundreds of years.
 * @param after the time is later than this, epoch milliseconds
 * @param offset that of the host, for a schedule without a zone
 */
export function nextCron(
  schedule: CronSchedule,
  after: number,
  offset: OffsetMinutes = UTC,
): number | null {
  const entry = knownOf(schedule);
  const { answer, cron } = entry;
  const isKnown = answer !== null && answer.offset === offset && answer.from <= after;
  if (isKnown && (answer.next === null || after < answer.next)) return answer.next;
  const match = (from: number): number | null =>
    // biome-ignore lint/style/noRestrictedGlobals: a time that was given, in the form that the package takes; not the clock
    cron.nextRun(new Date(from))?.getTime() ?? null;
  const isLocal = schedule.zone === null;
  const next = isLocal ? nextLocalRun(match, isFixed(schedule), after, offset) : match(after);
  entry.answer = { from: after, next, offset };
  return next;
}

/** Seconds, minutes and hours of an expression, and the rest. */
function timeOf(expression: string): readonly [time: string, days: string] {
  const fields = expression.split(" ");
  const count = Math.max(fields.length - 3, 0);
  return [fields.slice(0, count).join(" "), fields.slice(count).join(" ")];
}

/** Whether it has no wildcard in the time, so that its runs are at fixed times, as for cron(8). */
export function isFixed({ expression }: Pick<CronSchedule, "expression">): boolean {
  return !timeOf(expression)[0].includes("*");
}

/** `10-50/20 2` as `10,30,50 2`, which means the same: for the package any step is a wildcard ("no-wildcard"). */
function withoutRangeSteps(expression: string): string {
  const [time, days] = timeOf(expression);
  const listed = time.replace(/\b(\d{1,2})-(\d{1,2})\/(\d{1,2})\b/g, (all, ...ends: string[]) => {
    const [first = 0, last = 0, step = 0] = ends.slice(0, 3).map(Number);
    if (step < 1 || last < first) return all;
    const count = Math.floor((last - first) / step) + 1;
    return Array.from({ length: count }, (_, n) => first + n * step).join(",");
  });
  return `${listed} ${days}`.trim();
}

/** Whether the package takes an expression. */
export function isCron(schedule: CronSchedule): boolean {
  try {
    knownOf(schedule);
    return true;
  } catch {
    return false;
  }
}

/** Whether there is such a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
