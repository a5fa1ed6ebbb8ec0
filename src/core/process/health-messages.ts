// Lines of the activity log, and texts for people, about programs that are watched.

import { durationText } from "../config/durations.ts";
import { memoryText } from "../config/health-values.ts";
import type { ProcessConfig } from "../config/model.ts";
import { signalName } from "./signals.ts";

export const healthMessages = {
  healthy: (name: string) => `healthy: ${name}`,
  unhealthy: (name: string, failed: string) => `unhealthy: ${name}: ${failed}`,
  /** A check that failed through the host. */
  notChecked: (said: string) => `not checked: ${said}`,
  ofHealth: (name: string, said: string) => `health of ${name}: ${said}`,
  restarting: (name: string, text: string) => `restarting ${name}: ${text}`,
  signalling: (name: string, pid: number, signal: number) =>
    `sending ${name} (pid ${pid}) sig ${signalName(signal)}, because it is unhealthy`,
  /** "connection refused (3 of 3)" */
  failed: (said: string, failures: number, retries: number) =>
    `${said === "" ? "no answer" : said} (${Math.min(failures, retries)} of ${retries})`,
  isUnhealthy: (failed: string) => `unhealthy: ${failed}`,
  memory: (bytes: number, limit: number) => `${memoryText(bytes)} of ${memoryText(limit)} used`,
  age: ({ maxAge }: Pick<ProcessConfig, "maxAge">) =>
    `max_age ${durationText(maxAge ?? 0)} is over`,
} as const;
