// The conditions of depends_on, and what other tools call them: docker compose, process-compose, systemd, Kubernetes.

import { closest } from "../base/edit-distance.ts";
import type { DependencyCondition } from "./value-types.ts";

export const CONDITIONS: readonly DependencyCondition[] = ["running", "ready", "completed"];

const WORDS: Readonly<Record<DependencyCondition, string>> = {
  running:
    "service_started process_started started start active up alive online launched service_running " +
    "process_running",
  ready:
    "service_healthy process_healthy healthy process_log_ready log_ready available listening " +
    "service_ready process_ready health notify",
  completed:
    "service_completed_successfully process_completed_successfully completed_successfully " +
    "process_completed service_completed success succeeded successful exited exit finished done oneshot",
};

/** The condition that a word means; null for one that resembles none. */
export function meantCondition(word: string): DependencyCondition | null {
  const lower = word.toLowerCase().replaceAll("-", "_");
  const known = CONDITIONS.find((each) => WORDS[each].split(" ").includes(lower));
  return known ?? closest(lower, CONDITIONS);
}

/** What has to be in the section of a program whose condition is needed; null for nothing. */
export function lackingFor(
  condition: DependencyCondition,
  { isOneshot, hasReadyCheck }: { readonly isOneshot: boolean; readonly hasReadyCheck: boolean },
): "type=oneshot" | "ready_check" | null {
  if (condition === "completed") return isOneshot ? null : "type=oneshot";
  return condition === "running" || hasReadyCheck ? null : "ready_check";
}
