// The options of a program that say when a run of it is no good any more although it lives: it does not answer, uses too much
// memory, or is too old. Supervisor has none of them: there, a program that hangs is RUNNING.

import type { OptionTable } from "./entry.ts";

/** Part of the table of [program:x]. */
export const HEALTH = {
  healthCheck: {
    key: "health_check",
    kind: "check",
    default: null,
    change: "live",
    isEach: true,
    isOwn: true,
    sample: "http://127.0.0.1:8000/healthz",
    doc: "Where it answers as long as it is healthy; it is asked while it is RUNNING.",
  },
  healthInterval: {
    key: "health_interval",
    kind: "duration",
    default: "30s",
    change: "live",
    isOwn: true,
    doc: "Time from one health check to the next.",
  },
  healthTimeout: {
    key: "health_timeout",
    kind: "duration",
    default: "5s",
    change: "live",
    isOwn: true,
    doc: "A health check that takes longer has failed.",
  },
  healthRetries: {
    key: "health_retries",
    kind: "count",
    default: "3",
    change: "live",
    isOwn: true,
    doc: "Failed health checks in a row after which it is unhealthy.",
  },
  healthStartPeriod: {
    key: "health_start_period",
    kind: "duration",
    default: "0s",
    change: "live",
    isOwn: true,
    sample: "1m",
    doc: "Failed checks do not count this long after a start, until one succeeds.",
  },
  healthAction: {
    key: "health_action",
    kind: "health action",
    default: "restart",
    change: "live",
    isOwn: true,
    doc: "What is done when it is unhealthy: restart, signal:NAME or report.",
  },
  maxMemory: {
    key: "max_memory",
    kind: "memory limit",
    default: null,
    change: "live",
    isOwn: true,
    sample: "400MB",
    doc: "Restart when it uses more memory with all its children.",
  },
  maxAge: {
    key: "max_age",
    kind: "duration",
    default: null,
    change: "live",
    isOwn: true,
    sample: "1d",
    doc: "Restart when it has run this long.",
  },
  maxAgeJitter: {
    key: "max_age_jitter",
    kind: "fraction",
    default: "0.1",
    change: "live",
    isOwn: true,
    doc: "How much earlier than max_age at most, so that programs do not restart together.",
  },
} as const satisfies OptionTable;
