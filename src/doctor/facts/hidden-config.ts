// The configuration exists, but the caller has no permission to read it: its problems are unknown, not errors.

import type { Probe } from "./probe.ts";
import type { Situation } from "./situation.ts";

/** Whether only root can read the configuration. */
export function isConfigHidden(
  { caller, config: { path, daemon } }: Pick<Situation, "caller" | "config">,
  probe: Pick<Probe, "look" | "readHead">,
): boolean {
  if (caller.uid === 0 || path === null || daemon?.ok !== false) return false;
  const found = probe.look(path);
  if (!found.ok) return found.error === "EACCES";
  return found.kind === "file" && probe.readHead(path, 1) === null;
}
