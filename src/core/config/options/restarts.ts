// The options of a program that say when it is started again after a failure, and when not any more. Supervisor has none of
// them; without them the rules are Supervisor's.

import type { OptionTable } from "./entry.ts";

/** Part of the table of [program:x]. */
export const RESTARTS = {
  restartDelay: {
    key: "restart_delay",
    kind: "duration",
    default: null,
    change: "live",
    isOwn: true,
    sample: "5s",
    doc: "Wait before a restart; without it 1s after a failed start, none after an exit.",
  },
  restartBackoff: {
    key: "restart_backoff",
    kind: "backoff",
    default: "linear",
    change: "live",
    isOwn: true,
    doc: "How the wait grows with each failure: constant, linear or exponential.",
  },
  restartDelayMax: {
    key: "restart_delay_max",
    kind: "duration",
    default: null,
    change: "live",
    isOwn: true,
    sample: "5m",
    doc: "The longest wait before a restart.",
  },
  restartJitter: {
    key: "restart_jitter",
    kind: "fraction",
    default: "0",
    change: "live",
    isOwn: true,
    sample: "0.2",
    doc: "How much the wait differs at random, up and down.",
  },
  restartLimit: {
    key: "restart_limit",
    kind: "rate",
    default: null,
    change: "live",
    isOwn: true,
    sample: "5/1m",
    doc: "Give up after this many failures in this time, instead of startretries.",
  },
  fatalRetryAfter: {
    key: "fatal_retry_after",
    kind: "duration",
    default: null,
    change: "live",
    isOwn: true,
    sample: "10m",
    doc: "Try again this long after giving up.",
  },
} as const satisfies OptionTable;
