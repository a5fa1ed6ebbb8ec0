// The door to the package `croner`: when an expression is due. It is used for arithmetic alone; its timers are not. What it is
// asked takes below 30 ms, also of an expression that is never due.

import { Cron } from "croner";
import { thrownMessage } from "../base/thrown.ts";
import type { CronSchedule } from "../config/value-types.ts";

/** Parsed expressions. The same object stands in the configurations of all processes of a program. */
const parsed = new WeakMap<CronSchedule, Cron>();

/**
 * @remarks Runs at fixed times that the change to summer time leaves out happen right after the gap, and runs in the hour that
 * the change back repeats happen once. Runs with `*` or a step in the time happen in both hours.
 */
function cronOf(schedule: CronSchedule): Cron {
  const known = parsed.get(schedule);
  if (known !== undefined) return known;
  const cron = new Cron(schedule.expression, {
    mode: "5-or-6-parts",
    fixedTimeRule: "no-wildcard",
    paused: true,
    // Without one, the zone of the host.
    ...(schedule.zone === null ? {} : { timezone: schedule.zone }),
  });
  parsed.set(schedule, cron);
  return cron;
}

/**
 * The next moment, in epoch milliseconds of whole seconds, or null if there is none in the next hundreds of years.
 * @param after the moment is later than this, epoch milliseconds
 */
export function nextCron(schedule: CronSchedule, after: number): number | null {
  // biome-ignore lint/style/noRestrictedGlobals: a moment that was given, in the form that the package takes; not the clock
  const moment = new Date(after);
  return cronOf(schedule).nextRun(moment)?.getTime() ?? null;
}

/** Why the package does not take an expression; null when it does. */
export function cronProblem(schedule: CronSchedule): string | null {
  try {
    cronOf(schedule);
    return null;
  } catch (error) {
    return thrownMessage(error).replace(/^Cron\w+: /, "");
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
