// The health of a program in words.

import { printable } from "../base/printable.ts";
import type { HealthReport } from "../process/describe.ts";
import { healthMessages } from "../process/messages.ts";
import type { ProgramHistory } from "./program-history.ts";

/** A sentence about a running program that is unhealthy, with a blank before it, or "". */
export function describeUnhealthy({ health }: Pick<ProgramHistory, "health">): string {
  if (health?.state !== "unhealthy") return "";
  return ` It is unhealthy: ${printable(failedText(health))} (health_check). ${actionText(health)}`;
}

function failedText({ said, failures, retries }: HealthReport): string {
  return healthMessages.failed(said, failures, retries);
}

function actionText({ action }: HealthReport): string {
  if (action === "report") return "It is not restarted, because health_action=report.";
  if (action.startsWith("signal:")) return `It was sent a signal (health_action=${action}).`;
  return "It is being restarted.";
}

/** What is known of it; none for a program without health_check, or that does not run. */
export function healthLines({
  health,
  state,
}: Pick<ProgramHistory, "health" | "state">): readonly string[] {
  if (health === null || state !== "RUNNING") return [];
  return [`${health.state}: ${printable(health.check)}: ${printable(resultText(health))}`];
}

function resultText(health: HealthReport): string {
  const { said, failures } = health;
  if (failures > 0) return failedText(health);
  return said === "" ? "no answer yet" : said;
}
