// The value of schedule=: a cron expression or a name such as @daily, with an optional time zone behind it; `@every` with a
// duration; `@reboot`. And when it is due next, by which clock, and what a clock that was set changes.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { type Instant, SECOND } from "../base/time.ts";
import { durationText, parseDuration } from "../config/quantities.ts";
import type { Schedule } from "../config/value-types.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import { isCron, isFixed, isTimeZone, nextCron } from "./cron.ts";
import { fieldProblem, habitProblem } from "./fields.ts";

const FORMS =
  'write "0 3 * * *" (minute hour day month weekday), "0 3 * * * Europe/Berlin", @hourly, @daily, @weekly, @monthly, @yearly, ' +
  '"@every 10m" or @reboot';

const NAMED: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** Longer ones are mistakes. */
const MOST_CHARACTERS = 500;

/** Parses the whole value. The error quotes it, with the reason and the valid forms. */
export function parseSchedule(text: string): Result<Schedule, string> {
  const wrong = (why: string): Result<never, string> =>
    err(`not a valid schedule: ${pyRepr(text.slice(0, MOST_CHARACTERS))}: ${why}; ${FORMS}`);
  if (text.length > MOST_CHARACTERS) return wrong("it is too long");
  const words = text.split(/\s+/).filter((word) => word !== "");
  const [first = "", second] = words;
  if (first === "@every" && words.length === 2) return every(second ?? "", wrong);
  if (first === "@reboot") {
    return words.length === 1 ? ok({ kind: "reboot" }) : wrong("nothing follows @reboot");
  }
  const habit = habitProblem(words, isTimeZone);
  if (habit !== null) return wrong(habit);
  if (first === "@every") return wrong(LENGTHS);
  const zone = zoneOf(words);
  const fields = zone === null ? words : words.slice(0, -1);
  if (zone !== null && !isTimeZone(zone)) return wrong(`${pyRepr(zone)} is no time zone`);
  const named = fields.length === 1 ? NAMED[first.toLowerCase()] : undefined;
  if (named !== undefined) return ok({ kind: "cron", expression: named, zone });
  if (first.startsWith("@")) return wrong(`${pyRepr(first)} is not known`);
  const problem = fieldProblem(fields, (expression) => isCron({ kind: "cron", expression, zone }));
  return problem === null
    ? ok({ kind: "cron", expression: fields.join(" "), zone })
    : wrong(problem);
}

const LENGTHS = "@every takes one duration";

function every(
  text: string,
  wrong: (why: string) => Result<never, string>,
): Result<Schedule, string> {
  const seconds = parseDuration(text);
  if (!seconds.ok) return wrong(seconds.error);
  return seconds.value < 1
    ? wrong("@every takes at least 1s")
    : ok({ kind: "every", seconds: seconds.value });
}

/** A weekday is the only other last word that begins with a letter. */
function zoneOf(words: readonly string[]): string | null {
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  const isDay = /^(?:SUN|MON|TUE|WED|THU|FRI|SAT)(?:[A-Z]*DAY)?(?:L?$|[^A-Z])/i.test(last);
  return /^[A-Z]{2}/i.test(last) && !isDay ? last : null;
}

/** A schedule as a file would have it. */
export function scheduleText(schedule: Schedule): string {
  switch (schedule.kind) {
    case "cron":
      return schedule.zone === null
        ? schedule.expression
        : `${schedule.expression} ${schedule.zone}`;
    case "every":
      return `@every ${durationText(schedule.seconds)}`;
    case "reboot":
      return "@reboot";
  }
}

/** Of a process with schedule=, from when it is added until it is removed. */
export interface ScheduleState {
  /** The next run of a cron expression, epoch milliseconds; null for none. */
  readonly atWall: number | null;
  /** The next run of `@every`, monotonic milliseconds; null for none. */
  readonly atMono: number | null;
  /** A run was due and begins when the one under way is over (overlap=queue). */
  readonly isQueued: boolean;
  /** It was stopped on request, and runs when it is started on request. */
  readonly isSuspended: boolean;
  /** How far the wall clock was ahead of the monotonic one when `atWall` was computed, milliseconds. */
  readonly lead: number;
}

/** A schedule as clients see it. */
export interface ScheduleReport {
  /** As a file would have it. */
  readonly text: string;
  /** The next run, epoch milliseconds; null for none. */
  readonly next: number | null;
  readonly isQueued: boolean;
  readonly isSuspended: boolean;
}

/** What came of a run that was due. */
export type RunOutcome = "started" | "queued" | "skipped" | "missed";

/** A run that is due for longer was missed: the machine slept, or the clock was set forward. */
const LATE_MS = 60 * SECOND;

/**
 * A clock that is set back by less does not repeat runs; by more, the new time counts. Runs with a wildcard go by the new time
 * at once, as with cron(8), but for corrections that would only repeat the last one.
 */
const SET_BACK_MS = { fixed: 3 * 3600 * SECOND, wildcard: 60 * SECOND } as const;

type Next = Pick<ScheduleState, "atWall" | "atMono" | "lead">;

/**
 * The first run after now.
 * @param offset that of the host
 * @param before the run that is due now, monotonic milliseconds; `@every` keeps its pace
 */
export function nextAfter(
  schedule: Schedule,
  now: Instant,
  offset: OffsetMinutes,
  before: number | null = null,
): Next {
  const lead = now.wall - now.mono;
  if (schedule.kind !== "every") {
    const atWall = schedule.kind === "cron" ? nextCron(schedule, now.wall, offset) : null;
    return { atWall, atMono: null, lead };
  }
  const period = schedule.seconds * SECOND;
  const inPace = before === null ? now.mono : before + period;
  return { atWall: null, atMono: inPace > now.mono ? inPace : now.mono + period, lead };
}

/** Whether a run is due. */
export function isDue({ atWall, atMono }: Next, now: Instant): boolean {
  return (atWall !== null && atWall <= now.wall) || (atMono !== null && atMono <= now.mono);
}

/** Whether a run that is due is too late. Time that the machine slept does not count for `@every`. */
export function isMissed({ atWall }: Next, now: Instant): boolean {
  return atWall !== null && now.wall - atWall > LATE_MS;
}

/** Whether the clock was set back so far that the next run has to be found by the new time. */
export function isSetBack(schedule: Schedule, { lead, atWall }: Next, now: Instant): boolean {
  const isAtOnce = schedule.kind === "cron" && !isFixed(schedule);
  const least = isAtOnce ? SET_BACK_MS.wildcard : SET_BACK_MS.fixed;
  return atWall !== null && lead - (now.wall - now.mono) >= least;
}
