// What is known of the health of a process, for clients.

import { shownCheck } from "../config/check-target.ts";
import { healthActionText } from "../config/health-values.ts";
import type { ProcessConfig } from "../config/model.ts";
import { healthMessages } from "./health-messages.ts";
import type { ProcessState } from "./model.ts";

export const HEALTH_STATES = ["healthy", "unhealthy", "unknown"] as const;

/** The health of a program with health_check. */
export interface HealthReport {
  /** `unknown`: it does not run, or was not asked yet. */
  readonly state: (typeof HEALTH_STATES)[number];
  /** As the configuration has it. */
  readonly check: string;
  /** What came of the last check of this run; empty for none. */
  readonly said: string;
  /** Failed checks in a row that count. */
  readonly failures: number;
  /** health_retries: so many of them make it unhealthy. */
  readonly retries: number;
  /** health_action as the configuration has it. */
  readonly action: string;
}

/** null without health_check. */
export function healthOf(config: ProcessConfig, { phase }: ProcessState): HealthReport | null {
  if (config.healthCheck === null) return null;
  const health = phase.kind === "RUNNING" ? (phase.watch?.health ?? null) : null;
  const isHealthy = health?.isHealthy ?? null;
  return {
    state: isHealthy === null ? "unknown" : isHealthy ? "healthy" : "unhealthy",
    check: shownCheck(config.healthCheck),
    said: health?.said ?? "",
    failures: health?.failures ?? 0,
    retries: config.healthRetries,
    action: healthActionText(config.healthAction),
  };
}

/** Why the daemon itself started the process again; empty for another cause, and when it does not run. */
export function restartReasonOf({ phase, history }: ProcessState): string {
  const isMeant = phase.kind === "RUNNING" || phase.kind === "STARTING";
  return isMeant ? (history.reason?.text ?? "") : "";
}

/** Characters of a description, so that it fits a terminal. */
const LONGEST_DESCRIPTION = 80;

/** The description of a program that is watched: a bare uptime would look healthy. @param plain what it is without a watch */
export function watchedDescription(
  plain: string,
  config: ProcessConfig,
  state: ProcessState,
): string {
  const { phase, history } = state;
  if (phase.kind !== "RUNNING" || phase.watch === null) return plain;
  const { health } = phase.watch;
  if (health?.isHealthy === false) {
    const { failures, said } = health;
    const whole = (text: string): string =>
      healthMessages.isUnhealthy(healthMessages.failed(text, failures, config.healthRetries));
    return whole(shortened(said, LONGEST_DESCRIPTION + 1 - whole("x").length));
  }
  if (history.reason === null) return plain;
  const head = `${plain}, restarted: `;
  return `${head}${shortened(history.reason.text, LONGEST_DESCRIPTION - head.length)}`;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(most - 1, 0))}…`;
}
