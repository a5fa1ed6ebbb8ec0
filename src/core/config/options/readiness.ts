// The options of a program that say when it is ready. Supervisor has none of them: there, a program that stays up is RUNNING.

import type { OptionTable } from "./entry.ts";

/** Part of the table of [program:x]. */
export const READINESS = {
  readyCheck: {
    key: "ready_check",
    kind: "check",
    default: null,
    change: "restart",
    isEach: true,
    isOwn: true,
    sample: "tcp://127.0.0.1:5432",
    doc: "How to find out that it is ready; it is RUNNING only then.",
  },
  readyTimeout: {
    key: "ready_timeout",
    kind: "duration",
    default: "1m",
    change: "live",
    isOwn: true,
    doc: "A start that is not ready after this has failed.",
  },
  readyInterval: {
    key: "ready_interval",
    kind: "duration",
    default: "1s",
    change: "live",
    isOwn: true,
    doc: "Wait between two checks of ready_check.",
  },
} as const satisfies OptionTable;
