// Schedules that can be read and are never due.

import { nextCron } from "../../schedules/cron.ts";
import { parseSchedule } from "../../schedules/parse-schedule.ts";
import type { ConfigWarning } from "../model.ts";
import type { RawSection } from "../raw.ts";
import { warnAt } from "./place.ts";

/** Any moment does: an expression without a year that is due some time is due again. */
const SOME_MOMENT = 0;

/** A remark on `schedule=` of one section. What an expansion will give is not known. */
export function lintSchedule(section: RawSection): readonly ConfigWarning[] {
  const option = section.options.get("schedule");
  if (option === undefined || option.value.includes("%")) return [];
  const schedule = parseSchedule(option.value);
  if (!schedule.ok || schedule.value.kind !== "cron") return [];
  if (nextCron(schedule.value, SOME_MOMENT) !== null) return [];
  const message = `\`${option.value}\` is never due: no month has such a day`;
  const suggestion = "correct the day or the month";
  return [warnAt(section, option, { rule: "never-due", message, suggestion })];
}
