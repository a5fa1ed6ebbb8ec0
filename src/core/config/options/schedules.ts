// The options of a program that is started by the clock. Supervisor has none of them.

import type { OptionTable } from "./entry.ts";

/** Part of the table of [program:x]. */
export const SCHEDULES = {
  schedule: {
    key: "schedule",
    kind: "schedule",
    default: null,
    change: "live",
    isOwn: true,
    sample: "0 3 * * *",
    doc: "When to start it: a cron expression with an optional time zone, @every 10m, @reboot.",
  },
  overlap: {
    key: "overlap",
    kind: "overlap",
    default: "skip",
    change: "live",
    isOwn: true,
    doc: "If a run is due while one is under way: skip, queue or restart.",
  },
  catchUp: {
    key: "catch_up",
    kind: "catch up",
    default: "none",
    change: "live",
    isOwn: true,
    doc: "Runs missed because the machine slept or the clock was set: none, or run once.",
  },
} as const satisfies OptionTable;
