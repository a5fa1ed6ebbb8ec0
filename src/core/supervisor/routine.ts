// Decisions that the next daemon does not need to know.

import { isSameButForCheck } from "../process/health.ts";
import type { SupervisorInput, SupervisorPatch, SupervisorState } from "./model.ts";

/**
 * Whether a decision only begins a health check, or takes a result that says the same as the one before.
 * @param state before the decision
 */
export function isRoutine(
  state: Pick<SupervisorState, "processes">,
  input: SupervisorInput,
  { processes }: Pick<SupervisorPatch, "processes">,
): boolean {
  if (input.kind !== "deadline" && input.kind !== "checked") return false;
  const before = state.processes.get(input.key) ?? null;
  const after = processes?.get(input.key) ?? null;
  if (before === null || after === null || processes?.size !== 1) return false;
  return before.runs === after.runs && isSameButForCheck(before.state, after.state);
}
